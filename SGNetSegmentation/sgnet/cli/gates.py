"""``sgnet gates``: where the network's gates let details through."""

from __future__ import annotations

from pathlib import Path

import click

from sgnet.cli.common import PATH, debug_option, json_option, progress_shown
from sgnet.cli.options import settings_options
from sgnet.config import InferenceSettings, LesionSettings

EPILOG = """\b
Written into the output folder, on the T1ce grid:
  gates_1.nii.gz ... one map a level, the finest first: share of the channel groups that are open, 0 to 1
  gates.png          T1ce with the lesions found, and the open gates of each level

\b
Example:
  sgnet gates --t1ce t1ce.nii.gz --flair flair.nii.gz --output gates
"""


@click.command("gates", epilog=EPILOG, short_help="Show where the network looked: its gates, as maps and a picture.")
@click.option("--t1ce", required=True, type=PATH, help="Contrast-enhanced T1, as for `sgnet segment`.")
@click.option("--flair", type=PATH, help="FLAIR, as for `sgnet segment`.")
@click.option("--output", required=True, type=PATH, metavar="DIR", help="Folder for the maps; made if missing.")
@click.option("--model", type=PATH, metavar="DIR", help="Model folder in place of the shipped weights.")
@settings_options(LesionSettings, ["threshold", "min_volume_mm3", "min_confidence"])
@settings_options(InferenceSettings, ["window", "overlap", "device", "precision"])
@json_option
@debug_option
def command(
    t1ce: Path,
    flair: Path | None,
    output: Path,
    model: Path | None,
    lesion_settings: LesionSettings,
    inference_settings: InferenceSettings,
    as_json: bool,
) -> None:
    """Draw the spatial gates of a model on one study: which places it looked at in detail.

    A gate decides for each place whether the encoder's details reach the decoder. Where the coarsest
    one is closed the output is background by definition, so a lesion can only be found where it is open.
    """
    with progress_shown(as_json) as progress:
        from dataclasses import replace

        from sgnet.data.load import load_study
        from sgnet.export.files import check_writable
        from sgnet.export.volume import write_volume
        from sgnet.geometry import Volume
        from sgnet.inference.gate_maps import gate_maps
        from sgnet.inference.model import load_model
        from sgnet.inference.segment import segment_study
        from sgnet.preprocessing.pipeline import preprocess, restore
        from sgnet.report.gates import draw_gates

        check_writable(output)
        study = load_study(t1ce, flair, progress)
        progress.phase("loading model")
        loaded = load_model(model)
        segmentation = segment_study(study, loaded, inference_settings, lesion_settings, progress)
        progress.phase("drawing gates")
        prepared = preprocess(study, loaded.preprocess)
        maps = gate_maps(prepared.image, loaded, inference_settings, progress)
        native = [replace(one, openness=restore(one.openness, prepared)) for one in maps]
        output.mkdir(parents=True, exist_ok=True)
        names = [f"gates_{number}.nii.gz" for number in range(1, len(native) + 1)]
        for name, one in zip(names, native, strict=True):
            write_volume(Volume(one.openness, study.t1ce.grid), output / name)
        draw_gates(segmentation, native, output / "gates.png")
        share = [round(float((one.openness[prepared.head] > 0).mean()), 4) for one in maps]
        progress.result(output=str(output.absolute()), files=[*names, "gates.png"], open_share=share)
    if not as_json:
        for number, (one, value) in enumerate(zip(maps, share, strict=True), start=1):
            click.echo(f"gates_{number}, {one.voxel_mm:g} mm: {value:.1%} of the head has an open gate")
        click.echo(f"Written to {output}")
