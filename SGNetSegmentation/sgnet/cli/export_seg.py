"""``sgnet export seg``: the lesions as a DICOM Segmentation of the series they were drawn on."""

from __future__ import annotations

from pathlib import Path

import click

from sgnet.cli.common import PATH, debug_option, json_option, progress_shown
from sgnet.errors import InputError

EPILOG = """\b
Each lesion is one segment with the tracking id and UID that also stand in lesions.csv, lesions.json,
the report and RTSTRUCT. With --probabilities the file is FRACTIONAL and holds the core-probability map
as one segment instead. Needs highdicom: pip install highdicom

\b
Examples:
  sgnet export seg --labelmap result/lesions.nii.gz --series dicom/T1ce --output seg.dcm
  sgnet export seg --labelmap result/lesions.nii.gz --whole result/whole.nii.gz --series dicom --output seg.dcm
  sgnet export seg --labelmap result/lesions.nii.gz --probabilities result/probability_core.nii.gz
                   --series dicom/T1ce --output probability.dcm
"""


@click.command("seg", epilog=EPILOG, short_help="DICOM Segmentation (SEG).")
@click.option("--labelmap", required=True, type=PATH, metavar="FILE", help="0 = background, 1..n = lesions.")
@click.option("--series", "folder", required=True, type=PATH, metavar="DIR", help="DICOM folder of the T1ce series.")
@click.option("--output", required=True, type=PATH, metavar="FILE", help="The DICOM file to write.")
@click.option("--whole", type=PATH, metavar="FILE", help="Mask of the whole lesions; adds a segment of the oedema.")
@click.option("--probabilities", type=PATH, metavar="FILE", help="Core-probability map; the file becomes FRACTIONAL.")
@json_option
@debug_option
def command(
    labelmap: Path, folder: Path, output: Path, whole: Path | None, probabilities: Path | None, as_json: bool
) -> None:
    """Write the lesions as one DICOM Segmentation that refers to the series they were drawn on.

    Images on another grid of the same frame of reference are resampled, which is said.

    Research use only: every contour must be reviewed by a qualified person.
    """
    if whole is not None and probabilities is not None:
        raise InputError("--whole adds a binary segment to a binary file; export --probabilities into one of its own.")
    with progress_shown(as_json) as progress:
        # Imported here because these load SimpleITK and pydicom, which the help does not need.
        from sgnet.data.labels import read_labels
        from sgnet.data.read import read_image
        from sgnet.export.files import check_writable
        from sgnet.export.planning import find_planning_series
        from sgnet.export.seg import require_highdicom, write_seg

        require_highdicom()
        check_writable(output.parent)
        progress.phase("reading labels")
        labels = read_labels(labelmap)
        progress.phase("reading series")
        series = find_planning_series(folder, labels.grid)
        progress.phase("writing")
        written = write_seg(
            labels,
            series,
            output,
            whole=None if whole is None else read_labels(whole),
            probability=None if probabilities is None else read_image(probabilities),
            progress=progress,
        )
        progress.result(output=str(output.absolute()), files=[output.name], lesions=list(written))
    if not as_json:
        click.echo(f"Written to {output}: {len(written)} lesion{'' if len(written) == 1 else 's'} on {series.label}")
