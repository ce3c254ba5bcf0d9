"""``sgnet batch``: a folder of studies, the model loaded once."""

from __future__ import annotations

from pathlib import Path

import click

from sgnet import RESEARCH_USE_ONLY
from sgnet.cli.common import PATH, debug_option, json_option, progress_shown
from sgnet.cli.options import settings_options
from sgnet.config import InferenceSettings, LesionSettings

EPILOG = """\b
Each sub-folder of --input is one study: image files whose names say which is the T1ce and which the FLAIR (t1ce,
t1c, T1_post, flair, t2f ...), or DICOM. Written into a folder of the same name under --output: what sgnet segment
writes; beside them studies.csv, a row a study.

\b
Examples:
  sgnet batch --input studies --output results
  sgnet batch --input studies --output results --skip-done
"""


@click.command("batch", epilog=EPILOG, short_help="Segment every study of a folder.")
@click.option("--input", "studies", required=True, type=PATH, metavar="DIR", help="Folder with a sub-folder a study.")
@click.option("--output", required=True, type=PATH, metavar="DIR", help="Folder for the results; made if missing.")
@click.option("--skip-done", is_flag=True, help="Leave studies alone that have a result already.")
@settings_options(LesionSettings)
@click.option("--model", type=PATH, metavar="DIR", help="Model folder in place of the shipped weights.")
@settings_options(InferenceSettings)
@json_option
@debug_option
def command(
    studies: Path,
    output: Path,
    skip_done: bool,
    lesion_settings: LesionSettings,
    model: Path | None,
    inference_settings: InferenceSettings,
    as_json: bool,
) -> None:
    """Segment every study of a folder; one that fails is told and does not stop the others.

    Research use only: every contour must be reviewed by a qualified person.
    """
    with progress_shown(as_json) as progress:
        from sgnet.cli.batch_run import run_batch
        from sgnet.data.studies import study_folders
        from sgnet.export.files import check_writable

        folders = study_folders(studies)
        check_writable(output)
        rows = run_batch(folders, output, progress, model, inference_settings, lesion_settings, skip_done)
        progress.result(output=str(output.absolute()), files=["studies.csv"], studies=[row.to_dict() for row in rows])
    if not as_json:
        for row in rows:
            click.echo(
                f"{row.study}: {row.status}" + (f" ({row.message})" if row.message else f", {row.lesions} lesions")
            )
        click.echo(f"\nWritten to {output}: studies.csv")
        click.echo(RESEARCH_USE_ONLY)
