"""``sgnet export rtstruct``: lesions as structures of a planning system."""

from __future__ import annotations

from pathlib import Path

import click

from sgnet import RESEARCH_USE_ONLY
from sgnet.cli.common import PATH, debug_option, json_option, progress_shown
from sgnet.cli.options import settings_options
from sgnet.config import RtStructSettings

EPILOG = """\b
Written:
  FILE               one GTV a lesion; with margins one PTV a lesion and margin
  FILE_volumes.csv   every structure's volume in the mask and in the contours

Contours run along the edges of the voxels, so that they enclose the mask exactly. A margin is a
distance in mm from the lesion's surface; a voxel belongs to it where its centre does.

\b
Examples:
  sgnet export rtstruct --labelmap result/lesions.nii.gz --series dicom/T1ce --output rtstruct.dcm
  sgnet export rtstruct --labelmap result/lesions.nii.gz --series dicom/T1ce --output rtstruct.dcm --margin-mm 1
  sgnet export rtstruct --labelmap result/lesions.nii.gz --series dicom/T1ce --output rtstruct.dcm --check
  sgnet export rtstruct --labelmap l.nrrd --series ct --output r.dcm --margin-mm 1 --margin-mm 2 --holes keyhole
"""


@click.command("rtstruct", epilog=EPILOG, short_help="DICOM RT Structure Set.")
@click.option("--labelmap", required=True, type=PATH, metavar="FILE", help="0 = background, 1..n = lesions.")
@click.option("--series", "folder", required=True, type=PATH, metavar="DIR", help="DICOM folder of the MR or CT.")
@click.option("--output", required=True, type=PATH, metavar="FILE", help="The structure set; usually ends in .dcm.")
@click.option("--margin-mm", "margins_mm", type=float, multiple=True, help="Add PTVs with this margin; repeatable.")
@click.option("--check", "only_check", is_flag=True, help="Show the volumes and write nothing.")
@settings_options(RtStructSettings)
@json_option
@debug_option
def command(
    labelmap: Path,
    folder: Path,
    output: Path,
    margins_mm: tuple[float, ...],
    only_check: bool,
    rt_struct_settings: RtStructSettings,
    as_json: bool,
) -> None:
    """Write lesions as a DICOM RT Structure Set that refers to the slices of a series.

    The label map and the series share a frame of reference; their voxels may differ.
    """
    with progress_shown(as_json) as progress:
        # Imported here because these load SimpleITK and pydicom, which the help does not need.
        from sgnet.data.labels import read_labels
        from sgnet.export.contour_check import check_table
        from sgnet.export.files import check_writable
        from sgnet.export.planning import find_planning_series
        from sgnet.export.rtstruct import build_rtstruct

        check_writable(output.parent)
        progress.phase("reading labels")
        labels = read_labels(labelmap)
        progress.phase("reading the series")
        series = find_planning_series(folder, labels.grid)
        progress.phase("drawing contours")
        structures = build_rtstruct(labels, series, margins_mm, rt_struct_settings, progress)
        files: list[Path] = []
        if not only_check:
            progress.phase("writing")
            files = structures.write(output)
        progress.result(
            output=str(output.parent.absolute()),
            files=[path.name for path in files],
            volumes=[one.to_dict() for one in structures.checks],
        )
    if not as_json:
        click.echo(check_table(structures.checks))
        click.echo(f"\nWritten to {output.parent}: {', '.join(path.name for path in files) or 'nothing'}")
        click.echo(RESEARCH_USE_ONLY)
