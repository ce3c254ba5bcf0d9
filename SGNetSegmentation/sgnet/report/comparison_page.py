"""One self-contained HTML page that compares models over the same cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from sgnet.atomic import atomic_path
from sgnet.evaluation.compare import LARGER_IS_BETTER, Comparison, Scores
from sgnet.report.html import html_page, page_head, svg_plot, table
from sgnet.report.plots import box_plots, forest_plot

UNITS = {"hd95_mm": "mm", "assd_mm": "mm", "brats_hd95_mm": "mm", "relative_volume_error_percent": "%"}
_HOW = (
    "Differences are first minus second model, case by case; intervals are 95 % bootstrap intervals of their mean over "
    "cases (10,000 resamples, levels widened for small samples). P-values are of Wilcoxon's signed-rank test, "
    "two-sided, cases without a difference left out; exact for up to 50 cases without ties, else by the normal "
    "approximation. They are corrected by Holm's method for all comparisons on this page together. The effect is the "
    "matched-pairs rank-biserial correlation: 1 where the first model is better in every case that differs. The test "
    "asks about these models on such cases; training them again is another source of chance, which it does not see."
)


@dataclass(frozen=True)
class ComparedModels:
    """What a comparison is about: models, their scores of the shared cases, the results, and what was left out."""

    models: Mapping[str, Scores]
    comparisons: Sequence[Comparison]
    left_out: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def cases(self) -> int:
        """How many cases are compared."""
        return len(next(iter(self.models.values())))

    @property
    def targets(self) -> list[str]:
        """``core``, ``whole`` or both."""
        return list(dict.fromkeys(one.target for one in self.comparisons))

    def of(self, target: str) -> list[Comparison]:
        """The comparisons of one target."""
        return [one for one in self.comparisons if one.target == target]


def write_comparison_page(compared: ComparedModels, path: Path, version: str) -> None:
    """Write the page; the file appears only once it is complete."""
    title = f"Comparison of {len(compared.models)} models on {compared.cases} cases"
    parts = [page_head(title, f"Computed by sgnet {version}"), _left_out(compared)]
    for target in compared.targets:
        parts += [f"<h2>{escape(target.capitalize())}</h2>", _means(compared, target), _plots(compared, target)]
        parts += [_tests(compared, target)]
    parts.append(f'<h2>How it was tested</h2><p class="faint">{escape(_HOW)}</p>')
    with atomic_path(path) as temporary:
        temporary.write_text(html_page(title, [part for part in parts if part]), encoding="utf-8")


def _left_out(compared: ComparedModels) -> str:
    rows = [[name, str(len(cases)), ", ".join(cases)] for name, cases in compared.left_out.items() if cases]
    if not rows:
        return ""
    return "<h2>Left out</h2><p>Cases that not every model has:</p>" + table(["Model", "Cases", "Names"], rows)


def _values(scores: Scores, target: str, metric: str) -> list[float]:
    found = [case[target].get(metric) for case in scores.values() if target in case]
    return [float(value) for value in found if value is not None]


def _metrics(compared: ComparedModels, target: str) -> list[str]:
    return list(dict.fromkeys(one.metric for one in compared.of(target)))


def _means(compared: ComparedModels, target: str) -> str:
    metrics = _metrics(compared, target)
    rows = []
    for name, scores in compared.models.items():
        row = [name]
        for metric in metrics:
            values = _values(scores, target, metric)
            row.append(f"{sum(values) / len(values):.3f}" if values else "–")
        rows.append(row)
    heads = [f"{metric} {'↑' if LARGER_IS_BETTER[metric] else '↓'}" for metric in metrics]
    return table(["Mean over cases", *heads], rows)


def _plots(compared: ComparedModels, target: str) -> str:
    shares = [one for one in _metrics(compared, target) if one not in UNITS and one != "false_positives"]
    parts = []
    if shares:
        boxes = {
            name: {metric: _values(scores, target, metric) for metric in shares}
            for name, scores in compared.models.items()
        }
        parts.append(svg_plot(box_plots(boxes, "share", (0.0, 1.0)), f"Box plots of {target} by model"))
    for metric in _metrics(compared, target):
        rows = [
            (f"{one.first} − {one.second}", one.mean_difference, one.ci95, one.p_holm is not None and one.p_holm < 0.05)
            for one in compared.of(target)
            if one.metric == metric and one.mean_difference is not None
        ]
        if rows:
            unit = f", {UNITS[metric]}" if metric in UNITS else ""
            better = "right" if LARGER_IS_BETTER[metric] else "left"
            label = f"{metric}{unit} (the {better} favours the first)"
            parts.append(svg_plot(forest_plot(rows, label), f"Differences of {metric} with intervals"))
    note = '<p class="faint">Red: significant at 5 % after the correction.</p>'
    return '<div class="plots">' + "".join(parts) + "</div>" + note


def _tests(compared: ComparedModels, target: str) -> str:
    rows = [
        [
            one.metric,
            f"{one.first} − {one.second}",
            str(one.n),
            str(one.undefined),
            "–" if one.mean_difference is None else f"{one.mean_difference:+.3f}",
            "–" if one.ci95 is None else f"{one.ci95[0]:+.3f} to {one.ci95[1]:+.3f}",
            f"{one.first_better} / {one.second_better} / {one.ties}",
            "–" if one.effect is None else f"{one.effect:+.2f}",
            p_text(one.p_value) + (" (normal)" if one.test == "normal" else ""),
            p_text(one.p_holm),
        ]
        for one in compared.of(target)
    ]
    head = [
        "Metric", "Models", "Cases", "Undefined", "Mean difference", "95 % interval", "First better / second / tied",
        "Effect", "p", "p (Holm)",
    ]  # fmt: skip
    return table(head, rows)


def p_text(value: float | None) -> str:
    """A p-value with three decimals.

    Examples
    --------
    >>> p_text(0.0004), p_text(0.0416), p_text(None)
    ('<0.001', '0.042', '–')
    """
    if value is None:
        return "–"
    return "<0.001" if value < 0.001 else f"{value:.3f}"
