"""``sgnet segment``: two volumes in, lesions out."""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

from sgnet import RESEARCH_USE_ONLY
from sgnet.cli.common import PATH, debug_option, json_option, progress_shown
from sgnet.cli.options import settings_options
from sgnet.config import InferenceSettings, LesionSettings
from sgnet.errors import InputError

EPILOG = """\b
Written into the output folder, all on the T1ce grid:
  lesions.nii.gz   0 = background, 1..n = lesions, the largest first
  core.nii.gz      enhancing and necrotic tissue of all lesions
  whole.nii.gz     core and oedema
  lesions.csv      one row a lesion: volume, diameters, position, probability
  lesions.json     the same, with settings, versions and input geometry
  overview.png     slices through each lesion

\b
Examples:
  sgnet segment --t1ce t1ce.nii.gz --flair flair.nii.gz --output result
  sgnet segment --t1ce dicom/T1ce --flair dicom/FLAIR --output result
  sgnet segment --t1ce a.nrrd --flair b.nrrd --output result --threshold 0.4 --min-volume-mm3 5
  sgnet segment --t1ce a.nrrd --flair b.nrrd --output result --operating-point sensitive
  sgnet segment --t1ce a.mha --flair b.mha --output result --device cpu --save-probabilities --json
"""


@click.command("segment", epilog=EPILOG, short_help="Segment the metastases of one study.")
@click.option("--t1ce", required=True, type=PATH, help="Contrast-enhanced T1: NIfTI, NRRD, MHA or DICOM folder.")
@click.option("--flair", type=PATH, help="FLAIR of the same visit, on any grid; likewise. Without it: T1ce alone.")
@click.option("--output", required=True, type=PATH, metavar="DIR", help="Folder for the results; made if missing.")
@settings_options(LesionSettings)
@click.option(
    "--operating-point", metavar="NAME", help="What counts as a lesion by the model's name: precise, sensitive."
)
@click.option("--save-map", is_flag=True, help="Write probability_map.npz: what another threshold needs, compact.")
@click.option("--save-probabilities", is_flag=True, help="Write probability_core.nii.gz and probability_whole.nii.gz.")
@click.option("--model", type=PATH, metavar="DIR", help="Model folder in place of the shipped weights.")
@settings_options(InferenceSettings)
@json_option
@debug_option
def command(
    t1ce: Path,
    flair: Path | None,
    output: Path,
    lesion_settings: LesionSettings,
    operating_point: str | None,
    save_map: bool,
    save_probabilities: bool,
    model: Path | None,
    inference_settings: InferenceSettings,
    as_json: bool,
) -> None:
    """Segment every metastasis of one study, given as T1ce and FLAIR.

    FLAIR may lie on another grid; where its header does not bring it onto T1ce, it is registered.
    Without FLAIR more lesions are missed, outlines are worse, and the result is marked so.
    Results of an earlier run in the output folder are replaced; other files stay.

    Research use only: every contour must be reviewed by a qualified person.
    """
    with progress_shown(as_json) as progress:
        # Imported here because these load torch, which `sgnet segment --help` does not need.
        from sgnet.cli.results import segment_and_save
        from sgnet.data.load import load_study
        from sgnet.export.files import check_writable

        check_writable(output)
        if operating_point is not None:
            lesion_settings = _at(operating_point, model, lesion_settings)
        segmentation, files = segment_and_save(
            load_study(t1ce, flair, progress),
            output,
            progress,
            model=model,
            inference=inference_settings,
            lesions=lesion_settings,
            save_map=save_map,
            save_probabilities=save_probabilities,
        )
        progress.result(
            output=str(output.absolute()),
            files=[path.name for path in files],
            lesions=[lesion.to_dict() for lesion in segmentation.lesions],
        )
    if not as_json:
        from sgnet.report.table import lesion_table

        click.echo(lesion_table(segmentation.lesions))
        click.echo(f"\nWritten to {output}: {', '.join(path.name for path in files)}")
        click.echo(RESEARCH_USE_ONLY)


def _at(name: str, model: Path | None, settings: LesionSettings) -> LesionSettings:
    """``settings`` at the model's operating point ``name``."""
    from sgnet.inference.operating_points import CHOSEN, named_point, read_config
    from sgnet.models import SHIPPED

    given = click.get_current_context().get_parameter_source
    for option in CHOSEN:
        if given(option) is ParameterSource.COMMANDLINE:
            flag = "--" + option.replace("_", "-")
            raise InputError(f"--operating-point and {flag} contradict each other; give one of them.")
    return named_point(read_config(model or SHIPPED), name).settings(settings)
