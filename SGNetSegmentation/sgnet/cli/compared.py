"""Scores of several models read from files, and their comparison on the screen and in files."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sgnet import __version__
from sgnet.atomic import atomic_path
from sgnet.errors import InputError
from sgnet.evaluation.compare import Comparison
from sgnet.report.comparison_page import ComparedModels, p_text, write_comparison_page

_NAMES = ("scores.json", "scores.csv")


def read_models(paths: Sequence[Path]) -> dict[str, dict[str, Any]]:
    """The scores in each of ``paths``, by a name made of as little of the path as tells them apart.

    Raises
    ------
    InputError
        If one holds no scores, or is given twice.
    """
    files = [_file(path) for path in paths]
    places = [
        tuple(file.parent.resolve().parts if file.name in _NAMES else file.resolve().with_suffix("").parts)
        for file in files
    ]
    if len(set(places)) < len(places):
        twice = next(file for file, place in zip(files, places, strict=True) if places.count(place) > 1)
        raise InputError(f"{twice.parent if twice.name in _NAMES else twice} is given twice; give different models.")
    length = 1
    while len({place[-length:] for place in places}) < len(places):
        length += 1
    names = ["/".join(place[-length:]) for place in places]
    return {name: _read(file) for name, file in zip(names, files, strict=True)}


def _file(path: Path) -> Path:
    if path.is_file():
        return path
    found = [path / name for name in _NAMES if (path / name).is_file()]
    if not found:
        raise InputError(f"{path} holds no scores; give a folder or file that `sgnet evaluate --output` wrote.")
    return found[0]


def _read(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
        cases: Any = _from_csv(text) if file.suffix == ".csv" else json.loads(text)["cases"]
        for targets in cases.values():
            for values in targets.values():
                float(values["reference_volume_ml"]), int(values["reference_lesions"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{file} holds no scores of `sgnet evaluate`; evaluate the model again.") from error
    if not cases:
        raise InputError(f"{file} holds no case; evaluate the model again.")
    return dict(cases)


def _from_csv(text: str) -> dict[str, dict[str, dict[str, float | None]]]:
    cases: dict[str, dict[str, dict[str, float | None]]] = {}
    for row in csv.DictReader(text.splitlines()):
        case, target = row.pop("case"), row.pop("target")
        row.pop("empty", None)
        cases.setdefault(case, {})[target] = {key: float(cell) if cell else None for key, cell in row.items()}
    return cases


def comparison_table(compared: ComparedModels) -> str:
    """Plain text: for each target and pair of models, a line a metric."""
    lines = [f"{compared.cases} cases; differences are first minus second, with 95 % intervals."]
    for name, cases in compared.left_out.items():
        if cases:
            lines.append(f"Left out of {name}, which not every model has: {', '.join(cases)}.")
    groups: dict[tuple[str, str, str], list[Comparison]] = {}
    for one in compared.comparisons:
        groups.setdefault((one.target, one.first, one.second), []).append(one)
    width = max(len(one.metric) for one in compared.comparisons)
    for (target, first, second), group in groups.items():
        lines += ["", f"{target}: {first} against {second}"]
        lines.append(
            f"  {'':<{width}}  {'first':>8}  {'second':>8}  {'difference':>10}  {'interval':>20}  "
            f"{'better/worse/tied':>17}  {'effect':>6}  {'p':>6}  {'Holm':>6}"
        )
        lines += [_line(one, width) for one in group]
    lines += [
        "",
        f"p: Wilcoxon's signed-rank test; Holm: corrected for all {len(compared.comparisons)} comparisons; effect: "
        "matched-pairs rank-biserial, above 0 where the first is better.",
    ]
    return "\n".join(lines)


def _line(one: Comparison, width: int) -> str:
    if one.mean_first is None or one.mean_second is None or one.mean_difference is None or one.effect is None:
        return f"  {one.metric:<{width}}  not defined in any case of both"
    interval = "-" if one.ci95 is None else f"[{one.ci95[0]:+.3f}, {one.ci95[1]:+.3f}]"
    counts = f"{one.first_better}/{one.second_better}/{one.ties}"
    undefined = f"  ({one.undefined} undefined)" if one.undefined else ""
    return (
        f"  {one.metric:<{width}}  {one.mean_first:>8.3f}  {one.mean_second:>8.3f}  {one.mean_difference:>+10.3f}  "
        f"{interval:>20}  {counts:>17}  {one.effect:>+6.2f}  {p_text(one.p_value):>6}  {p_text(one.p_holm):>6}"
        f"{undefined}"
    )


def write_comparison(compared: ComparedModels, folder: Path) -> list[Path]:
    """Write ``comparison.html``, ``comparison.json`` and ``comparison.csv`` (a row a target, metric and pair)."""
    folder.mkdir(parents=True, exist_ok=True)
    write_comparison_page(compared, folder / "comparison.html", __version__)
    with atomic_path(folder / "comparison.json") as temporary:
        content = {
            "sgnet": __version__,
            "models": list(compared.models),
            "cases": list(next(iter(compared.models.values()))),
            "left_out": compared.left_out,
            "comparisons": [one.to_dict() for one in compared.comparisons],
        }
        temporary.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    with (
        atomic_path(folder / "comparison.csv") as temporary,
        temporary.open("w", newline="", encoding="utf-8") as stream,
    ):
        rows = [_row(one) for one in compared.comparisons]
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return [folder / name for name in ("comparison.html", "comparison.json", "comparison.csv")]


def _row(one: Comparison) -> dict[str, Any]:
    row = one.to_dict()
    low, high = row.pop("ci95") or (None, None)
    return row | {"ci95_low": low, "ci95_high": high}
