"""``sgnet demo``: everything once, on a study that it makes itself."""

from __future__ import annotations

from pathlib import Path

import click

from sgnet import RESEARCH_USE_ONLY
from sgnet.cli.common import PATH, debug_option, json_option, progress_shown

EPILOG = """\b
Examples:
  sgnet demo
  sgnet demo --output somewhere --seed 7
"""

DEFAULT_SEED = 7
"""Four lesions of 9 to 15 mm, all found by the shipped weights; other seeds show what they miss."""


@click.command("demo", epilog=EPILOG, short_help="Make a synthetic study, segment it, compare with the truth.")
@click.option(
    "--output", default="sgnet-demo", show_default=True, type=PATH, metavar="DIR", help="Folder for study and results."
)
@click.option("--seed", default=DEFAULT_SEED, show_default=True, type=click.IntRange(min=0), help="Which study.")
@json_option
@debug_option
def command(output: Path, seed: int, as_json: bool) -> None:
    """Make a synthetic study, segment it with the shipped weights and compare with the truth.

    Needs no data and no network connection. Leaves the study, its truth and the same files as
    sgnet segment in the output folder.

    Research use only: every contour must be reviewed by a qualified person.
    """
    with progress_shown(as_json) as progress:
        progress.phase("making a synthetic study")
        from sgnet.cli.against_truth import compare, comparison_table
        from sgnet.cli.results import segment_and_save
        from sgnet.cli.synthetic_files import write_synthetic_study
        from sgnet.export.files import check_writable
        from sgnet.report.table import lesion_table
        from sgnet.synthesis.generate import generate_study

        check_writable(output)
        made = generate_study(seed)
        core = made.instances > 0
        segmentation, files = segment_and_save(made.study, output, progress, truth=core)
        files += write_synthetic_study(made, output, prefix="truth_")
        comparison = compare(segmentation, core, made.whole)
        progress.result(
            output=str(output.absolute()),
            files=[path.name for path in files],
            lesions=[lesion.to_dict() for lesion in segmentation.lesions],
            truth=comparison.to_dict(),
        )
    if not as_json:
        click.echo(lesion_table(segmentation.lesions))
        click.echo("\nAgainst the truth:")
        click.echo(comparison_table(comparison))
        click.echo(f"\nWritten to {output.absolute()}: {', '.join(path.name for path in files)}")
        click.echo(RESEARCH_USE_ONLY)
