"""``sgnet compare``: models against each other over the same cases."""

from __future__ import annotations

from pathlib import Path

import click

from sgnet.cli.common import PATH, debug_option, json_option, progress_shown

# Repeated here because evaluation, which knows them, loads SciPy; a test compares.
METRICS = (
    "dice", "precision", "recall", "hd95_mm", "assd_mm", "nsd_1mm", "relative_volume_error_percent", "brats_dice",
    "brats_hd95_mm", "sensitivity", "lesion_precision", "f1", "false_positives",
)  # fmt: skip
MAIN = ("dice", "hd95_mm", "nsd_1mm", "brats_dice", "sensitivity", "false_positives")

EPILOG = """\b
Each SCORES is a folder (or its scores.json or scores.csv) that `sgnet evaluate --output` wrote; its name is the
model's. Every pair of models (or each model with that of --against) is compared on every metric, for core and whole:
mean difference with a bootstrap 95 % interval, Wilcoxon's signed-rank test with Holm's correction over all comparisons,
matched-pairs rank-biserial correlation. A case that lacks a metric (sensitivity without a lesion) is left out of that
line and counted.

\b
Written with --output:
  comparison.html  one page with tables and plots; loads nothing from elsewhere
  comparison.json  everything
  comparison.csv   one row a target, metric and pair

\b
Examples:
  sgnet compare scores/sgnet scores/unet
  sgnet compare scores/sgnet scores/sgnet_ungated scores/unet --against sgnet --metric dice --output comparison
"""


@click.command("compare", epilog=EPILOG, short_help="Compare the scores of several models, with statistics.")
@click.argument("scores", nargs=-1, required=True, type=PATH, metavar="SCORES SCORES ...")
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    type=click.Choice(METRICS),
    default=MAIN,
    show_default=True,
    help="What to compare; may be repeated. Choose before looking: each costs power.",
)
@click.option("--against", metavar="NAME", help="Compare each other model with this one, and no other pair.")
@click.option("--shared", is_flag=True, help="Compare the cases that all models have, and list the others.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Of the bootstrap.")
@click.option("--output", type=PATH, metavar="DIR", help="Folder for the comparison; made if missing.")
@json_option
@debug_option
def command(
    scores: tuple[Path, ...],
    metrics: tuple[str, ...],
    against: str | None,
    shared: bool,
    seed: int,
    output: Path | None,
    as_json: bool,
) -> None:
    """Compare two or more models over the same cases, case by case.

    Cases that not every model has are refused unless --shared is given, and so are cases of one name
    with different references.
    """
    with progress_shown(as_json) as progress:
        from sgnet.cli.compared import comparison_table, read_models, write_comparison
        from sgnet.evaluation.compare import compare_models, shared_cases
        from sgnet.export.files import check_writable
        from sgnet.report.comparison_page import ComparedModels

        if output is not None:
            check_writable(output)
        models = read_models(scores)
        left_out: dict[str, list[str]] = {}
        if shared:
            models, left_out = shared_cases(models)
        progress.phase("comparing")
        comparisons = compare_models(models, tuple(dict.fromkeys(metrics)), seed, against)
        compared = ComparedModels(models, comparisons, left_out)
        files = [] if output is None else write_comparison(compared, output)
        progress.result(
            output=None if output is None else str(output.absolute()),
            files=[path.name for path in files],
            comparisons=[one.to_dict() for one in compared.comparisons],
            left_out=left_out,
        )
    if not as_json:
        click.echo(comparison_table(compared))
        if output is not None:
            click.echo(f"\nWritten to {output}: {', '.join(path.name for path in files)}")
