"""``sgnet followup``: the lesions of two or more visits of one patient, matched and compared."""

from __future__ import annotations

from pathlib import Path

import click

from sgnet import RESEARCH_USE_ONLY
from sgnet.cli.common import PATH, debug_option, json_option, progress_shown
from sgnet.cli.options import settings_options
from sgnet.config import FollowUpSettings
from sgnet.errors import InputError

EPILOG = """\b
A case is a folder as `sgnet segment` writes it (its lesions.nii.gz is used) or a label map: 0 is background, each
other number one lesion. The T1ce that belongs to it, a file or a DICOM folder, lies on the same grid; each earlier
one is registered rigidly to the current one. Sizes are measured on the grids the lesions were drawn on.

\b
Give --previous and --previous-t1ce once, or several times from the oldest (the baseline) to the latest: response
is then judged against the baseline, progression against the smallest sum (the nadir).

\b
Written into the output folder:
  followup.csv   one row a lesion: change, volumes, diameters, RANO-BM category, place in the current scan
  followup.json  the same, with the patient's categories, their reasons, and the registration
  followup.png   volumes before and now, sum of the target diameters

\b
Examples:
  sgnet followup --previous january --previous-t1ce january/t1ce.nii.gz \\
    --current june --current-t1ce june/t1ce.nii.gz --output change
"""


@click.command("followup", epilog=EPILOG, short_help="Compare the lesions of two or more visits (RANO-BM).")
@click.option("--previous", required=True, multiple=True, type=PATH, metavar="CASE", help="An earlier case.")
@click.option("--previous-t1ce", required=True, multiple=True, type=PATH, metavar="PATH", help="Its T1ce.")
@click.option("--current", required=True, type=PATH, metavar="CASE", help="The current case.")
@click.option("--current-t1ce", required=True, type=PATH, metavar="PATH", help="Its T1ce.")
@click.option("--output", required=True, type=PATH, metavar="DIR", help="Folder for the results; made if missing.")
@settings_options(FollowUpSettings)
@json_option
@debug_option
def command(
    previous: tuple[Path, ...],
    previous_t1ce: tuple[Path, ...],
    current: Path,
    current_t1ce: Path,
    output: Path,
    follow_up_settings: FollowUpSettings,
    as_json: bool,
) -> None:
    """Say which lesions are new, gone, grown, shrunk or stable since the previous visit.

    The categories follow RANO-BM (Lin et al., Lancet Oncology 2015) as far as sizes on T1ce go: steroids, clinical
    status and confirmation on a later scan are not known here.

    Research use only: every contour must be reviewed by a qualified person.
    """
    if len(previous) != len(previous_t1ce):
        raise InputError(
            f"{len(previous)} --previous and {len(previous_t1ce)} --previous-t1ce were given; give one T1ce a case."
        )
    with progress_shown(as_json) as progress:
        # Imported here because these load SimpleITK and matplotlib, which the help does not need.
        from sgnet.cli.followup_files import read_visit, write_followup
        from sgnet.export.files import check_writable
        from sgnet.lesions.timeline import compare_visits
        from sgnet.report.followup_table import followup_table

        check_writable(output)
        progress.phase("reading volumes")
        pairs = [*zip(previous, previous_t1ce, strict=True), (current, current_t1ce)]
        visits = [read_visit(case, t1ce) for case, t1ce in pairs]
        followup = compare_visits(visits, follow_up_settings, progress)
        progress.phase("writing results")
        files = write_followup(followup, output)
        progress.result(output=str(output.absolute()), files=[path.name for path in files], **followup.to_dict())
    if not as_json:
        click.echo(followup_table(followup))
        click.echo(f"\nWritten to {output}: {', '.join(path.name for path in files)}")
        click.echo(RESEARCH_USE_ONLY)
