"""``sgnet export sr``: the measurements of a DICOM Segmentation's lesions as a Structured Report."""

from __future__ import annotations

from pathlib import Path

import click

from sgnet.cli.common import PATH, debug_option, json_option, progress_shown

EPILOG = """\b
An Imaging Measurement Report (TID 1500): for each segment of the SEG its tracking identifier, volume (cm3),
longest axial diameter, its perpendicular (RANO-BM) and longest diameter in 3D (mm), measured on the label
map. Give the label map and the series of which the SEG was made. Needs highdicom: pip install highdicom

\b
Examples:
  sgnet export sr --labelmap result/lesions.nii.gz --series dicom/T1ce --seg seg.dcm --output sr.dcm
"""


@click.command("sr", epilog=EPILOG, short_help="DICOM Structured Report (TID 1500).")
@click.option("--labelmap", required=True, type=PATH, metavar="FILE", help="0 = background, 1..n = lesions.")
@click.option("--series", "folder", required=True, type=PATH, metavar="DIR", help="DICOM folder of the T1ce series.")
@click.option("--seg", "seg_file", required=True, type=PATH, metavar="FILE", help="What `sgnet export seg` wrote.")
@click.option("--output", required=True, type=PATH, metavar="FILE", help="The DICOM file to write.")
@json_option
@debug_option
def command(labelmap: Path, folder: Path, seg_file: Path, output: Path, as_json: bool) -> None:
    """Write the measurements of the lesions as a DICOM Structured Report that refers to their segments.

    Research use only: every contour must be reviewed by a qualified person.
    """
    with progress_shown(as_json) as progress:
        # Imported here because these load SimpleITK and pydicom, which the help does not need.
        from sgnet.data.labels import read_labels
        from sgnet.export.files import check_writable
        from sgnet.export.planning import find_planning_series
        from sgnet.export.seg import require_highdicom
        from sgnet.export.sr import read_seg, write_sr

        require_highdicom()
        check_writable(output.parent)
        progress.phase("reading labels")
        labels = read_labels(labelmap)
        progress.phase("reading series")
        series = find_planning_series(folder, labels.grid)
        progress.phase("writing")
        write_sr(labels, series, read_seg(seg_file), output)
        progress.result(output=str(output.parent.absolute()), files=[output.name])
    if not as_json:
        click.echo(f"Written to {output}")
