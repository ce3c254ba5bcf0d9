"""``sgnet align``: the transform that brings FLAIR onto T1ce."""

from __future__ import annotations

from pathlib import Path

import click

from sgnet.cli.common import PATH, debug_option, json_option, progress_shown

EPILOG = """\b
Examples:
  sgnet align --t1ce t1ce.nii.gz --flair flair.nii.gz --output flair_to_t1ce.tfm
"""


@click.command("align", epilog=EPILOG, short_help="Register FLAIR to T1ce and write the transform.")
@click.option("--t1ce", required=True, type=PATH, help="Contrast-enhanced T1: NIfTI, NRRD, MHA or DICOM folder.")
@click.option("--flair", required=True, type=PATH, help="FLAIR of the same visit, on any grid; likewise.")
@click.option("--output", required=True, type=PATH, metavar="FILE", help="The transform, .tfm or .h5 (ITK).")
@json_option
@debug_option
def command(t1ce: Path, flair: Path, output: Path, as_json: bool) -> None:
    """Register FLAIR to T1ce rigidly, as sgnet segment does, and write the transform.

    Where FLAIR lies on T1ce already, it is the identity. 3D Slicer opens the file as a linear transform to put
    FLAIR under; ITK resamples FLAIR onto T1ce with it.
    """
    with progress_shown(as_json) as progress:
        import numpy as np

        from sgnet.data.align import align_flair
        from sgnet.data.load import read_study
        from sgnet.export.transform import write_transform

        study = read_study(t1ce, flair, progress)
        aligned = align_flair(study, progress)
        assert study.flair is not None and aligned.flair is not None
        before, after = (one.grid.affine_ijk_to_ras for one in (study.flair, aligned.flair))
        matrix = after @ np.linalg.inv(before)
        write_transform(matrix, output)
        progress.result(output=str(output.absolute()), files=[output.name], flair_to_t1ce_ras=matrix.tolist())
    if not as_json:
        click.echo(f"Written to {output}.")
