"""The tables of docs/model.md on real scans, of the shipped model and of the one before."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from harness.cells import BINS, VOLUMES, Rows, rounded, score_cell
from harness.model_results import ModelResults


def real_scans(now: ModelResults, before: ModelResults) -> Rows:
    """The labelled gliomas."""
    scores = ("dice", "precision", "recall", "hd95_mm")
    words = ("Dice", "precision", "recall", "HD95 mm")
    yield ["scan", *(f"core {word}" for word in words), "false components", *(f"whole {word}" for word in words)]
    for model in (now, before):
        if not model.has("real_scans.csv"):
            continue
        rows = [row for row in model.rows("real_scans.csv") if row["core_dice"]]
        for row in rows if model is now else ():
            core, whole = ([score_cell(row[f"{output}_{one}"], one) for one in scores] for output in ("core", "whole"))
            yield [row["case"], *core, row["core_false_positives"], *whole]
        title = "mean" if model is now else f"mean of {model.name}"
        averaged = ("core_dice", "core_false_positives", "whole_dice")
        core, false, whole = (np.mean([float(row[name]) for row in rows]) for name in averaged)
        yield [title, f"{core:.3f}", "", "", "", f"{false:g}", f"{whole:.3f}", "", "", ""]


def inserted(now: ModelResults, before: ModelResults) -> Rows:
    """Small lesions drawn into the real scans, at the first point."""
    models = [model for model in (now, before) if model.has("inserted_lesions.csv")]
    rows = [model.rows("inserted_lesions.csv") for model in models]
    yield ["diameter", *(["found"] + [model.name for model in models[1:]])]
    for of_both in zip(*rows, strict=True):
        name = of_both[0]["diameter"]
        if name in BINS:
            yield [BINS[name], *(f"{row['found']} of {row['inserted']}" for row in of_both)]
        else:
            yield [name, *(row["found"] for row in of_both)]


def inserted_outlines(now: ModelResults, before: ModelResults) -> Rows:
    """Their outlines, at `sensitive`."""
    file = "inserted_outlines_sensitive.csv"
    models = [model for model in (now, before) if model.has(file)]
    titles = ["found", "volume", "Dice"]
    yield ["true volume", *titles, *(f"{model.name}: {title}" for model in models[1:] for title in titles)]
    for of_both in zip(*(model.rows(file) for model in models), strict=True):
        cells = [[row["found"], row["median volume ratio"], row["mean dice"]] for row in of_both]
        name = VOLUMES[of_both[0]["true volume"].removesuffix(" ml")]
        yield [name, *(cell for found, *two in cells for cell in (found, rounded(two[0], 2), rounded(two[1], 3)))]


def flair(now: ModelResults, _before: ModelResults) -> Rows:
    """FLAIR missing, shifted, swapped."""
    yield from _variants(now, "flair_robustness.csv", "fault")


def brightness(now: ModelResults, _before: ModelResults) -> Rows:
    """Brightness that is no lesion's."""
    yield from _variants(now, "brightness.csv", "change")


def gates(now: ModelResults, _before: ModelResults) -> Rows:
    """Share of the head and of the lesions where a gate is open, by level."""
    rows = now.rows("gate_coverage.csv")
    cases = list(dict.fromkeys(row["case"] for row in rows))
    regions = ("head", "core", "whole")
    yield ["level", *(f"{case}: {region}" if region == "head" else region for case in cases for region in regions)]
    for level in sorted({int(row["voxel_mm"]) for row in rows}, reverse=True):
        at = {row["case"]: row for row in rows if int(row["voxel_mm"]) == level}
        yield [f"{level} mm", *(rounded(at[case][region], 3) for case in cases for region in regions)]


def _variants(model: ModelResults, file: str, what: str) -> Rows:
    rows = model.rows(file)
    cases = list(dict.fromkeys(row["case"] for row in rows))
    yield [what, *(title for case in cases for title in (f"{case}: core, whole Dice", "false"))]
    for name in dict.fromkeys(row[what] for row in rows):
        of_cases = [row for case in cases for row in rows if row["case"] == case and row[what] == name]
        yield [name, *(cell for row in of_cases for cell in _both(row))]


def _both(row: Mapping[str, str]) -> tuple[str, str]:
    return f"{rounded(row['core_dice'], 3)}, {rounded(row['whole_dice'], 3)}", row["false_lesions"]
