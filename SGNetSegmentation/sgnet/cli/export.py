"""``sgnet export``: a finished segmentation in the formats of other systems; one file a format."""

from __future__ import annotations

import click

from sgnet.cli.main import LazyGroup

EPILOG = """\b
Examples:
  sgnet export all --labelmap result/lesions.nii.gz --series dicom/T1ce --output plan --margin-mm 3
  sgnet export rtstruct --labelmap result/lesions.nii.gz --series dicom/T1ce --output rtstruct.dcm
  sgnet export seg --labelmap result/lesions.nii.gz --series dicom/T1ce --output seg.dcm
  sgnet export labelmap --labelmap result/lesions.nii.gz --output lesions.nrrd
  sgnet export labelmap --labelmap result/lesions.nii.gz --output masks --separate
"""


class ExportGroup(LazyGroup):
    """A format ``x`` is the command of ``sgnet.cli.export_x``."""

    names = ("all", "rtstruct", "seg", "sr", "labelmap")
    module_prefix = "sgnet.cli.export_"


@click.group(
    "export",
    cls=ExportGroup,
    epilog=EPILOG,
    invoke_without_command=True,
    short_help="Hand lesions to other systems.",
)
@click.pass_context
def command(context: click.Context) -> None:
    """Write the lesions of a finished segmentation in the format of another system.

    Research use only: every contour must be reviewed by a qualified person.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
