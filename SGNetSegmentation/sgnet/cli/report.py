"""``sgnet report``: the page of a result."""

from __future__ import annotations

from pathlib import Path

import click

from sgnet.cli.common import PATH, debug_option, json_option, progress_shown
from sgnet.errors import InputError

EPILOG = """\b
One HTML file that loads nothing from elsewhere: totals, measurements, a picture of each lesion in three
planes, provenance; with --pdf the same as PDF beside it. The pictures need the input images, which a
result folder does not hold: give --t1ce and --flair. File names, which often hold the patient's, are
left out unless --identifiers is given; with it and without the images, overview.png is shown.
With --labelmap the report is of lesions as they were edited: those that changed are measured again.

\b
Examples:
  sgnet report result --t1ce t1ce.nii.gz --flair flair.nii.gz
  sgnet report result --t1ce dicom/T1ce --flair dicom/FLAIR --output report.html --pdf
  sgnet report result --t1ce t1ce.nii.gz --flair flair.nii.gz --labelmap edited.nrrd --output edited.html
"""


@click.command("report", epilog=EPILOG, short_help="Make a page of a result.")
@click.argument("folder", type=PATH, metavar="DIR")
@click.option("--t1ce", type=PATH, help="The T1ce that was segmented.")
@click.option("--flair", type=PATH, help="Its FLAIR, if it had one.")
@click.option("--output", type=PATH, metavar="FILE", help="The page; DIR/report.html if not given.")
@click.option("--labelmap", type=PATH, metavar="FILE", help="Edited lesions in place of DIR/lesions.nii.gz.")
@click.option("--pdf", is_flag=True, help="Also write the report as PDF beside the page.")
@click.option("--identifiers", is_flag=True, help="Name the input files.")
@json_option
@debug_option
def command(
    folder: Path,
    t1ce: Path | None,
    flair: Path | None,
    output: Path | None,
    labelmap: Path | None,
    pdf: bool,
    identifiers: bool,
    as_json: bool,
) -> None:
    """Make one self-contained page of DIR, a folder that `sgnet segment` wrote.

    Research use only: every contour must be reviewed by a qualified person.
    """
    if t1ce is None and flair is not None:
        raise InputError("The pictures need the T1ce; give --t1ce besides --flair, or neither.")
    page = output or folder / "report.html"
    with progress_shown(as_json) as progress:
        # Imported here because these load SimpleITK and matplotlib, which the help does not need.
        from sgnet.data.labels import read_labels
        from sgnet.data.load import load_study
        from sgnet.export.files import check_writable
        from sgnet.report.content import lesion_of, read_content
        from sgnet.report.edited import measured_again
        from sgnet.report.page import write_page
        from sgnet.report.pdf import write_pdf
        from sgnet.report.planes import draw_planes
        from sgnet.report.window import windowed

        check_writable(page.parent)
        content = read_content(folder)
        whole = read_labels(folder / "whole.nii.gz") if (folder / "whole.nii.gz").is_file() else None
        labels = None if labelmap is None else read_labels(labelmap)
        if labels is not None:
            progress.phase("measuring lesions")
            same = whole is not None and whole.grid.matches(labels.grid, 0.1)
            content["lesions"] = measured_again(content.get("lesions", ()), labels, whole if same else None)
        pictures: dict[int, bytes] = {}
        if t1ce is not None:
            study = load_study(t1ce, flair, progress)
            progress.phase("drawing lesions")
            labels = labels or read_labels(folder / "lesions.nii.gz")
            if not labels.grid.matches(study.t1ce.grid, 0.1):
                raise InputError(f"{t1ce} is not on the grid of {labels.name}; give the T1ce that was segmented.")
            first, second = windowed(study.t1ce)[0], windowed(study.flair)[0] if study.flair else None
            for done, record in enumerate(content.get("lesions", ())):
                progress.step(done, len(content["lesions"]))
                progress.check()
                lesion = lesion_of(record)
                pictures[lesion.number] = draw_planes(lesion, first, second, labels, whole)
        progress.phase("writing")
        overview = folder / "overview.png"
        use_overview = identifiers and not pictures and overview.is_file()
        write_page(content, page, pictures, overview.read_bytes() if use_overview else None, identifiers)
        files = [page]
        if pdf:
            files.append(page.with_suffix(".pdf"))
            write_pdf(content, files[-1], pictures, identifiers)
        progress.result(output=str(page.absolute()), files=[file.name for file in files])
    if not as_json:
        click.echo(f"Written to {', '.join(map(str, files))}")
