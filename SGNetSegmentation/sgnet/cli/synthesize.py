"""``sgnet synthesize``: synthetic studies with their truth."""

from __future__ import annotations

from pathlib import Path

import click

from sgnet.cli.common import PATH, debug_option, json_option, progress_shown
from sgnet.cli.options import settings_options
from sgnet.config import TASKS, SynthesisSettings

EPILOG = """\b
Written for each study, in a folder named after its number:
  t1ce.nii.gz, flair.nii.gz     the images, 1 mm, RAS
  lesions.nii.gz, whole.nii.gz  the truth: numbered lesion cores; cores and oedema
  synthesis.json                every drawn parameter
With --task schwannoma: t2.nii.gz (0.4 x 0.4 x 1.5 mm), lesions.nii.gz (the tumour), synthesis.json.

\b
Examples:
  sgnet synthesize --output studies --count 5
  sgnet synthesize --output studies --count 100 --seed 1000 --anatomy label_maps
  sgnet synthesize --output small --count 3 --max-diameter-mm 20
  sgnet synthesize --output schwannomas --count 40 --task schwannoma
"""


@click.command("synthesize", epilog=EPILOG, short_help="Make synthetic studies with their truth.")
@click.option("--output", required=True, type=PATH, metavar="DIR", help="Folder for the studies; made if missing.")
@click.option(
    "--task", default="metastases", show_default=True, type=click.Choice(list(TASKS)), help="What the studies show."
)
@click.option("--count", default=1, show_default=True, type=click.IntRange(min=1), help="How many studies.")
@click.option(
    "--seed",
    default=0,
    show_default=True,
    type=click.IntRange(min=0),
    help="Number of the first study.",
)
@click.option(
    "--anatomy", type=PATH, metavar="DIR", help="Folder of FreeSurfer-style label maps; heads are drawn without it."
)
@settings_options(SynthesisSettings)
@json_option
@debug_option
def command(
    output: Path,
    task: str,
    count: int,
    seed: int,
    anatomy: Path | None,
    synthesis_settings: SynthesisSettings,
    as_json: bool,
) -> None:
    """Make synthetic T1ce and FLAIR with metastases, or T2 with schwannomas; no patient data needed.

    A study depends on its number and the options only: the same on every computer.
    """
    with progress_shown(as_json) as progress:
        from sgnet.cli.synthetic_files import write_synthetic_schwannoma, write_synthetic_study
        from sgnet.export.files import check_writable
        from sgnet.synthesis.generate import generate_study
        from sgnet.synthesis.schwannoma import generate_schwannoma

        check_writable(output)
        progress.phase("making studies")
        folders = []
        for done, number in enumerate(range(seed, seed + count)):
            progress.step(done, count)
            progress.check()
            folders.append(output / f"study-{number:05d}")
            if task == "schwannoma":
                write_synthetic_schwannoma(generate_schwannoma(number, anatomy), folders[-1])
            else:
                study = generate_study(number, synthesis_settings, anatomy)
                progress.check()
                write_synthetic_study(study, folders[-1])
        progress.step(count, count)
        progress.result(output=str(output.absolute()), files=[folder.name for folder in folders])
    if not as_json:
        click.echo(f"Written to {output}: {folders[0].name}" + (f" to {folders[-1].name}" if count > 1 else ""))
