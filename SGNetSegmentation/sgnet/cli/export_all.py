"""``sgnet export all``: every format that radiotherapy takes over, in one folder."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from sgnet import RESEARCH_USE_ONLY
from sgnet.cli.common import PATH, debug_option, json_option, progress_shown
from sgnet.cli.options import settings_options
from sgnet.config import EXPORT_FORMATS, ExportSettings

EPILOG = """\b
Written, all or none of them:
  lesions.nii.gz            labelmap: 0 = background, n = lesion n
  seg.dcm                   seg: DICOM Segmentation, one segment a lesion
  sr.dcm                    sr: DICOM Structured Report (TID 1500), the measurements of each segment
  rtstruct.dcm              rtstruct: one GTV a lesion, with margins one PTV a lesion and margin
  volumes.csv, .json        each structure's volume in the mask and in the contours, and its UID

Without --series there is the label map alone; SEG and SR need highdicom.

\b
Examples:
  sgnet export all --labelmap result/lesions.nii.gz --series dicom/T1ce --output plan
  sgnet export all --labelmap result/lesions.nii.gz --series dicom/T1ce --output plan --margin-mm 3 --margin-mm 5
  sgnet export all --labelmap result/lesions.nii.gz --series ct --output plan --format rtstruct --format labelmap
"""


@click.command("all", epilog=EPILOG, short_help="Every format at once, into a folder.")
@click.option("--labelmap", required=True, type=PATH, metavar="FILE", help="0 = background, 1..n = lesions.")
@click.option("--series", "series_folder", type=PATH, metavar="DIR", help="DICOM folder of the MR or CT.")
@click.option("--output", required=True, type=PATH, metavar="DIR", help="Folder for the files.")
@click.option(
    "--format", "formats", type=click.Choice(EXPORT_FORMATS), multiple=True, help="Only this format; repeatable."
)
@click.option("--margin-mm", "margins_mm", type=float, multiple=True, help="Add PTVs with this margin; repeatable.")
@settings_options(ExportSettings, ("names", "holes", "overlap"))
@json_option
@debug_option
def command(
    labelmap: Path,
    series_folder: Path | None,
    output: Path,
    formats: tuple[str, ...],
    margins_mm: tuple[float, ...],
    export_settings: ExportSettings,
    as_json: bool,
) -> None:
    """Write the lesions in every format that radiotherapy takes over, with a check of their volumes.

    Research use only: every contour must be reviewed by a qualified person.
    """
    chosen = formats or (EXPORT_FORMATS if series_folder is not None else ("labelmap",))
    settings = dataclasses.replace(export_settings, formats=chosen, margins_mm=margins_mm)
    with progress_shown(as_json) as progress:
        # Imported here because these load SimpleITK and pydicom, which the help does not need.
        from sgnet.data.labels import read_labels
        from sgnet.export.contour_check import check_table
        from sgnet.export.files import check_writable
        from sgnet.export.planning import find_planning_series
        from sgnet.export.together import check_formats, export_together

        check_formats(settings, series_folder is not None)
        check_writable(output)
        progress.phase("reading labels")
        labels = read_labels(labelmap)
        series = None
        if series_folder is not None:
            progress.phase("reading the series")
            series = find_planning_series(series_folder, labels.grid)
        written = export_together(labels, series, output, settings, progress)
        progress.result(
            output=str(output.absolute()),
            files=[path.name for path in written.files],
            volumes=[one.to_dict() for one in written.checks],
        )
    if not as_json:
        click.echo(check_table(written.checks))
        click.echo(f"\nWritten to {output}: {', '.join(path.name for path in written.files)}")
        click.echo(RESEARCH_USE_ONLY)
