"""One self-contained HTML page of an evaluation: numbers, plots, and what was done with empty masks."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from sgnet.atomic import atomic_path
from sgnet.report.html import html_page, page_head, svg_plot, table
from sgnet.report.plots import box_plots, calibration_plot, interval_plot, scatter_plot

Cases = Mapping[str, Mapping[str, Mapping[str, Any]]]

_SHARES = {
    "Dice": "dice", "Precision": "precision", "Recall": "recall", "NSD 1 mm": "nsd_1mm", "BraTS Dice": "brats_dice",
    "Lesions found": "sensitivity", "Lesions right": "lesion_precision", "Lesion F1": "f1",
}  # fmt: skip
_DISTANCES = {"HD95": "hd95_mm", "ASSD": "assd_mm", "BraTS HD95": "brats_hd95_mm"}
_ERRORS = {"Volume error": "relative_volume_error_percent"}
_SCORES = {
    "Dice": "dice", "Precision (voxels)": "precision", "Recall (voxels)": "recall", "HD95, mm": "hd95_mm",
    "ASSD, mm": "assd_mm", "NSD at 1 mm": "nsd_1mm", "Volume error, %": "relative_volume_error_percent",
    "BraTS-METS lesion-wise Dice": "brats_dice", "BraTS-METS lesion-wise HD95, mm": "brats_hd95_mm",
}  # fmt: skip
_RATES = {
    "Sensitivity (lesions)": "sensitivity", "Precision (lesions)": "precision", "F1 (lesions)": "f1",
    "False positives a scan": "false_positives_per_scan",
}  # fmt: skip
_CASE_COLUMNS = {
    "Dice": "dice", "Precision": "precision", "Recall": "recall", "HD95, mm": "hd95_mm", "ASSD, mm": "assd_mm",
    "NSD": "nsd_1mm", "Volume error, %": "relative_volume_error_percent", "BraTS Dice": "brats_dice",
    "BraTS HD95, mm": "brats_hd95_mm", "Found": "found_lesions", "of": "reference_lesions", "False": "false_positives",
    "Empty": "empty",
}  # fmt: skip
_MEASURED = (
    "Voxel scores compare the masks of a case. Surface distances are weighted by area (the definitions of the "
    "surface-distance package). Lesions are 26-connected components: one is found when at least one of its voxels is "
    "predicted; a predicted one without a voxel of the reference is false; those of the reference of at most 2 mm³ "
    "are ignored. The BraTS-METS scores are those of the 2023 challenge: missed and false lesions count Dice 0 and "
    "374 mm. Intervals of means and rates are 95 % bootstrap intervals over cases; those by diameter are Wilson's, "
    "which take lesions for independent."
)


def write_evaluation_page(cases: Cases, summary: Mapping[str, Any], path: Path, version: str) -> None:
    """Write the page.

    Parameters
    ----------
    cases : mapping
        Of each case, of each target, what :func:`sgnet.evaluation.case.evaluate_case` returned.
    summary : mapping
        What :func:`sgnet.evaluation.summary.summarise` made of them; a target may hold
        ``"calibration"`` (:func:`sgnet.evaluation.calibration.CalibrationCounts.to_dict`).
    path : Path
        Appears only once it is complete. It names the cases.
    version : str
        Of sgnet, named in the page.
    """
    count = f"{len(cases)} case{'' if len(cases) == 1 else 's'}"
    parts = [
        page_head(f"Evaluation: {count}", f"Computed by sgnet {version}"),
        _totals(summary),
        _scores(summary),
        _box_plots(cases, summary),
        _sizes(cases, summary),
        _calibration(summary),
        _empty(summary),
        _cases(cases),
        _lesions(cases),
        f'<h2>How it was measured</h2><p class="faint">{escape(_MEASURED)}</p>',
    ]
    with atomic_path(path) as temporary:
        temporary.write_text(html_page(f"Evaluation of {count}", [part for part in parts if part]), encoding="utf-8")


def _totals(summary: Mapping[str, Any]) -> str:
    target, values = next(iter(summary.items()))
    lesions = values["lesions"]
    cells = (
        (_number(values["scores"]["dice"]["mean"]), f"mean Dice, {target}"),
        (_number(values["scores"]["brats_dice"]["mean"]), f"BraTS-METS lesion-wise Dice, {target}"),
        (f"{lesions['found']} of {lesions['reference']}", f"lesions found, {target}"),
        (_number(lesions["false_positives_per_scan"]["value"], 2), f"false positives a scan, {target}"),
    )
    return '<div class="totals">' + "".join(f"<div><b>{a}</b><span>{b}</span></div>" for a, b in cells) + "</div>"


def _scores(summary: Mapping[str, Any]) -> str:
    rows = []
    for title, key in _SCORES.items():
        row = [title]
        for values in summary.values():
            one = values["scores"][key]
            row += [_number(one["mean"]), _number(one["sd"]), _interval(one["ci95"]), str(one["n"])]
        rows.append(row)
    for title, key in _RATES.items():
        row = [title]
        for values in summary.values():
            one = values["lesions"][key]
            row += [_number(one["value"]), "", _interval(one["ci95"]), str(values["cases"])]
        rows.append(row)
    head = [""]
    for target in summary:
        head += [f"{target}: mean", "SD", "95 % interval", "cases"]
    return "<h2>Scores</h2>" + table(head, rows)


def _box_plots(cases: Cases, summary: Mapping[str, Any]) -> str:
    shares, distances, errors = (
        {target: {place: _values(cases, target, key) for place, key in names.items()} for target in summary}
        for names in (_SHARES, _DISTANCES, _ERRORS)
    )
    plots = [
        svg_plot(box_plots(shares, "share", (0.0, 1.0)), "Box plots of the scores between 0 and 1"),
        svg_plot(box_plots(distances, "mm"), "Box plots of the distances"),
        svg_plot(box_plots(errors, "%"), "Box plot of the volume error"),
    ]
    return (
        '<h2>Spread over cases</h2><div class="plots">' + "".join(plots) + "</div>"
        '<p class="faint">Each dot is a case. Box: quartiles and median; diamond: mean; whiskers: the last case within '
        "1.5 quartile ranges. Distances and errors are logarithmic above 1. Lesions right: share of the predicted "
        "lesions.</p>"
    )


def _values(cases: Cases, target: str, key: str) -> list[float]:
    found = [case[target].get(key) for case in cases.values() if target in case]
    return [float(value) for value in found if value is not None]


def _sizes(cases: Cases, summary: Mapping[str, Any]) -> str:
    points: dict[str, dict[str, tuple[float, float, float, str]]] = {}
    scattered: dict[str, tuple[list[float], list[float]]] = {}
    rows = []
    for target, values in summary.items():
        points[target] = {}
        for size, one in values["lesions"]["by_diameter"].items():
            if one["reference"]:
                points[target][size] = (one["sensitivity"], *one["ci95"], f"{one['found']}/{one['reference']}")
            rows.append(
                [f"{target}, {size}", str(one["reference"]), str(one["found"]), _number(one["sensitivity"]),
                 _interval(one["ci95"]), str(_false_positives(cases, target, size))]
            )  # fmt: skip
        counted = [one for one in _records(cases, target) if one["dice"] is not None]
        scattered[target] = [one["diameter_mm"] for one in counted], [one["dice"] for one in counted]
    if not any(points.values()):
        return "<h2>By size</h2><p>The reference holds no lesion.</p>"
    return (
        '<h2>By size</h2><div class="plots">'
        + svg_plot(
            interval_plot(points, "lesions found", (0.0, 1.12)),
            "Share of the lesions found, by diameter, with intervals",
        )
        + svg_plot(
            scatter_plot(scattered, ("longest axial diameter, mm", "Dice of the lesion")),
            "Dice of each lesion by diameter",
        )
        + "</div>"
        + table(["Longest axial diameter", "Lesions", "Found", "Share", "95 % interval", "False positives"], rows)
        + '<p class="faint">Dice of a lesion: with all predicted lesions that share a voxel with it; 0 if missed.</p>'
    )


def _records(cases: Cases, target: str) -> list[Mapping[str, Any]]:
    return [lesion for case in cases.values() if target in case for lesion in case[target]["lesions"]]


def _false_positives(cases: Cases, target: str, size: str) -> int:
    return sum(one["status"] == "false positive" and one["size"] == size for one in _records(cases, target))


def _calibration(summary: Mapping[str, Any]) -> str:
    given = {target: values["calibration"] for target, values in summary.items() if "calibration" in values}
    if not given:
        return ""
    rows = [
        [target, str(one["cases"]), str(one["voxels"]), _number(one["expected_calibration_error"]),
         _number(one["brier_score"]), f"{one['left_out_in_reference']} of {one['left_out']}"]
        for target, one in given.items()
    ]  # fmt: skip
    floor = next(iter(given.values()))["floor"]
    head = ["Target", "Cases with maps", "Voxels", "ECE", "Brier score", f"In the reference, below {floor:g}"]
    return (
        "<h2>Calibration</h2>"
        + svg_plot(calibration_plot({name: one["bins"] for name, one in given.items()}), "Reliability curve")
        + table(head, rows)
        + f'<p class="faint">Over the voxels of probability {floor:g} and more, all cases pooled, in ten bins of one '
        "width. On the dashed line a probability means what it says; below it the model is too sure.</p>"
    )


def _empty(summary: Mapping[str, Any]) -> str:
    names = {"both": "prediction and reference", "predicted": "prediction only", "reference": "reference only"}
    rows = [[name, *(str(values["empty"][key]["cases"]) for values in summary.values())] for key, name in names.items()]
    given = next(iter(summary.values()))["empty"]
    words = "".join(f"<li>Empty {name}: {escape(given[key]['given'])}.</li>" for key, name in names.items())
    return (
        "<h2>Empty masks</h2>"
        + table(["Empty", *(f"cases, {target}" for target in summary)], rows)
        + f'<ul class="faint">{words}</ul>'
    )


def _cases(cases: Cases) -> str:
    rows = [
        [name, target, *(_cell(values[key]) for key in _CASE_COLUMNS.values())]
        for name, targets in cases.items()
        for target, values in targets.items()
    ]
    return "<h2>Cases</h2>" + table(["Case", "Target", *_CASE_COLUMNS], rows)


def _lesions(cases: Cases) -> str:
    rows = [
        [name, target, lesion["status"], f"{lesion['volume_ml']:.3f}", f"{lesion['diameter_mm']:.1f}",
         ", ".join(f"{value:.1f}" for value in lesion["centroid_ras_mm"]), _number(lesion["dice"]),
         _number(lesion["hd95_mm"], 1)]
        for name, targets in cases.items() for target, values in targets.items() for lesion in values["lesions"]
    ]  # fmt: skip
    if not rows:
        return ""
    head = ["Case", "Target", "Status", "Volume, ml", "Axial, mm", "Centroid R, A, S, mm", "Dice", "HD95, mm"]
    return f"<h2>Lesions</h2><details><summary>All {len(rows)}</summary>" + table(head, rows) + "</details>"


def _number(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _cell(value: Any) -> str:
    return str(value) if isinstance(value, (int, str)) else _number(value)


def _interval(interval: Any) -> str:
    return "–" if interval is None else f"{interval[0]:.3f} to {interval[1]:.3f}"
