"""The tables of docs/model.md on synthetic studies, of the shipped model and of the one before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.cells import BINS, VOLUMES, Rows, found_of, outline_cells, share_of, with_interval
from harness.model_results import ModelResults

POINTS = ("precise", "sensitive")
SHOWN_CONFIDENCES = ("0.0", "0.2", "0.25", "0.3", "0.35", "0.4", "0.5", "0.6", "0.7", "0.8")


def detection(now: ModelResults, before: ModelResults) -> Rows:
    """Dice, lesions found by longest axial diameter, false ones; at both points, of both models."""
    named = list(_points_of(now, before))
    yield ["", *(title for title, _ in named)]
    for output in ("core", "whole"):
        title = f"{output} Dice, mean (95 % interval)" if output == "core" else f"{output} Dice"
        yield [title, *(with_interval(one[output]["scores"]["dice"], "mean", 3) for _, one in named)]
    for name, words in BINS.items():
        counts = [one["core"]["lesions"]["by_diameter"][name] for _, one in named]
        yield [f"lesions found, {words}" if name == "<3 mm" else words, *(found_of(one) for one in counts)]
    false = [one["core"]["lesions"]["false_positives_per_scan"] for _, one in named]
    yield ["false components a study", *(with_interval(one, "value", 2) for one in false)]


def detection_by_volume(now: ModelResults, before: ModelResults) -> Rows:
    """Lesions found by the diameter of the sphere of their volume."""
    named = list(_points_of(now, before))
    yield ["", *(title for title, _ in named)]
    for name, words in BINS.items():
        yield [words, *(found_of(one["core"]["lesions"]["by_volume"][name]) for _, one in named)]


def detection_without(now: ModelResults, before: ModelResults) -> Rows:
    """What is left without FLAIR and without oedema, at the first point."""
    yield ["", "5 to 10 mm", "10 mm and more", "false a study", "core Dice"]
    kinds = {"precise": "as drawn", "without_flair": "T1ce alone", "without_oedema": "every oedema left out"}
    for model in (now, before):
        for kind, words in kinds.items():
            if model.has(f"synthetic_{kind}.json"):
                core = model.study_summary(kind)["core"]
                found = [found_of(core["lesions"]["by_diameter"][name]) for name in ("5-10 mm", ">=10 mm")]
                false = core["lesions"]["false_positives_per_scan"]["value"]
                title = words if model is now else f"{model.name}: {words}"
                yield [title, *found, f"{false:.2f}", f"{core['scores']['dice']['mean']:.3f}"]


def outlines(now: ModelResults, before: ModelResults) -> Rows:
    """Volume and Dice of the lesions found, with those at the threshold alone and those of the model before."""
    drawn = {model.name: model.study_summary("precise")["core"]["lesions"]["outlines"] for model in (now, before)}
    titles = ["found", "volume", "Dice"]
    yield ["true volume", *titles, "volume at the threshold alone", "Dice", f"{before.name}: found", *titles[1:]]
    for name, words in VOLUMES.items():
        mine = drawn[now.name]["as drawn"][f"{name} ml"]
        plain = drawn[now.name]["at the threshold"][f"{name} ml"]
        old = drawn[before.name]["as drawn"][f"{name} ml"]
        yield [words, *outline_cells(mine), *outline_cells(plain)[1:], *outline_cells(old)]


def contrast(now: ModelResults, _before: ModelResults) -> Rows:
    """Lesions found by how much they stand out, at the first point."""
    table = now.study_summary("precise")["core"]["lesions"]["by_contrast"]
    yield ["contrast", *table["5-10 mm"]]
    for name, classes in table.items():
        yield [BINS[name], *(found_of(one) for one in classes.values())]


def confidence(now: ModelResults, _before: ModelResults) -> Rows:
    """Bodies by their confidence, with how many are lesions."""
    fitted = now.calibration["lesion confidence"]["true bodies"]
    yield ["confidence", *(name.replace("-", " to ") for name in fitted)]
    held_out = now.study_summary("precise")["core"]["lesions"]["by_confidence"]
    for words, counts in (("development", fitted), ("held out", held_out)):
        yield [words, *(share_of(true, all_of_them) for true, all_of_them in counts.values())]


def sweep(now: ModelResults, before: ModelResults) -> Rows:
    """What each least confidence finds of the development studies."""
    models = [model for model in (now, before) if model.has("operating_points.csv")]
    columns = ["false a study", *list(BINS.values())[1:]]
    yield ["least confidence", *columns, *(f"{model.name}: {name}" for model in models[1:] for name in columns)]
    rows = {model.name: {row["min_confidence"]: row for row in _development(model)} for model in models}
    for least in SHOWN_CONFIDENCES:
        cells = []
        for model in models:
            row = rows[model.name][least]
            cells += [f"{float(row['false_lesions_a_study']):.2f}"]
            cells += [row[f"sensitivity {name}"].replace("/", " of ") for name in list(BINS)[1:]]
        yield [least if least != "0.0" else "none", *cells]


def _points_of(now: ModelResults, before: ModelResults) -> Iterator[tuple[str, dict[str, Any]]]:
    for model in (now, before):
        for point in POINTS:
            yield f"`{point}`" if model is now else f"{model.name}, `{point}`", model.study_summary(point)


def _development(model: ModelResults) -> Iterator[Mapping[str, str]]:
    wanted = {"data": "synthetic", "threshold": "0.3", "min_volume_mm3": "20.0"}
    return (row for row in model.rows("operating_points.csv") if wanted.items() <= row.items())
