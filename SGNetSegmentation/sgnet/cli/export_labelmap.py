"""``sgnet export labelmap``: a label map in another image format, whole or one mask a lesion."""

from __future__ import annotations

from pathlib import Path

import click

from sgnet.cli.common import PATH, debug_option, json_option, progress_shown

EPILOG = """\b
With --separate, --output is a folder and the masks are lesion_01.nii.gz, lesion_02.nii.gz, ...
by the numbers of the label map; masks of an earlier export stay only where they are replaced.

\b
Examples:
  sgnet export labelmap --labelmap result/lesions.nii.gz --output lesions.nrrd
  sgnet export labelmap --labelmap result/lesions.nii.gz --output masks --separate
  sgnet export labelmap --labelmap result/lesions.nii.gz --output masks --separate --format mha
"""


@click.command("labelmap", epilog=EPILOG, short_help="NIfTI, NRRD or MetaImage.")
@click.option("--labelmap", required=True, type=PATH, metavar="FILE", help="0 = background, 1..n = lesions.")
@click.option(
    "--output", required=True, type=PATH, metavar="PATH", help="File (.nii.gz, .nrrd, .mha); a folder with --separate."
)
@click.option("--separate", is_flag=True, help="One mask a lesion.")
@click.option(
    "--format",
    "ending",
    type=click.Choice(["nii.gz", "nrrd", "mha"]),
    default="nii.gz",
    show_default=True,
    help="Format of the separate masks.",
)
@json_option
@debug_option
def command(labelmap: Path, output: Path, separate: bool, ending: str, as_json: bool) -> None:
    """Write a label map in another image format, whole or as one mask a lesion."""
    with progress_shown(as_json) as progress:
        # Imported here because these load SimpleITK, which the help does not need.
        from sgnet.data.labels import read_labels
        from sgnet.export.files import check_writable
        from sgnet.export.labelmap import write_labelmap, write_masks

        folder = output if separate else output.parent
        check_writable(folder)
        progress.phase("reading labels")
        labels = read_labels(labelmap)
        progress.phase("writing")
        files = write_masks(labels, output, ending) if separate else [write_labelmap(labels, output)]
        progress.result(output=str(folder.absolute()), files=[path.name for path in files])
    if not as_json:
        click.echo(f"Written to {folder}: {', '.join(path.name for path in files) or 'nothing, there is no lesion'}")
