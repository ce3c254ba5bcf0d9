"""One self-contained HTML page of a result: every lesion with its picture and numbers, totals, provenance."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from sgnet.atomic import atomic_path
from sgnet.errors import InputError
from sgnet.report.content import COLOURS, COLUMNS, FOOTNOTE, caption, cell, headline, made, provenance_rows, totals
from sgnet.report.html import html_page, page_head, png_data, table


def write_page(
    content: Mapping[str, Any],
    path: Path,
    pictures: Mapping[int, bytes] | None = None,
    overview: bytes | None = None,
    identifiers: bool = False,
) -> None:
    """Write the report.

    Parameters
    ----------
    content : mapping
        What ``lesions.json`` holds.
    path : Path
        An HTML file; appears only once it is complete. It loads nothing from elsewhere.
    pictures : mapping of int to bytes, optional
        A PNG of each lesion, by its number (:func:`sgnet.report.planes.draw_planes`).
    overview : bytes, optional
        A PNG shown in place of the pictures. It may show file names.
    identifiers : bool
        Whether to name the input files, whose names often hold the patient's.

    Raises
    ------
    InputError
        If ``content`` is not that of a ``lesions.json``, or the file cannot be written.
    """
    try:
        lesions, provenance = list(content["lesions"]), dict(content["provenance"])
        body = [
            page_head(headline(lesions), made(provenance)),
            _totals(lesions),
            _table(lesions),
            _pictures(lesions, pictures or {}, overview),
            _provenance(provenance, identifiers),
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"lesions.json cannot be read ({error!r}); run the segmentation again.") from error
    with atomic_path(path) as temporary:
        temporary.write_text(html_page("Brain metastases", body), encoding="utf-8")


def _totals(lesions: list[dict[str, Any]]) -> str:
    cells = "".join(f"<div><b>{escape(value)}</b><span>{escape(what)}</span></div>" for value, what in totals(lesions))
    return f'<div class="totals">{cells}</div>'


def _table(lesions: list[dict[str, Any]]) -> str:
    if not lesions:
        return "<p>No lesion was found.</p>"
    rows = [[cell(one.get(key), text) for _, key, text in COLUMNS] for one in lesions]
    measurements = table([title for title, _, _ in COLUMNS], rows)
    return f'<h2>Measurements</h2>{measurements}<p class="faint">{escape(FOOTNOTE)}</p>'


def _pictures(lesions: list[dict[str, Any]], pictures: Mapping[int, bytes], overview: bytes | None) -> str:
    if not pictures:
        if overview is None:
            return ""
        return f'<h2>Overview</h2><img class="overview" alt="Overview" src="{png_data(overview)}">'
    parts = ["<h2>Lesions</h2>"]
    for one in lesions:
        number = int(one["number"])
        if number not in pictures:
            continue
        name, size, tracking = (escape(text) for text in caption(one))
        uid = f'<div class="uid">Tracking UID {tracking}</div>' if tracking else ""
        parts.append(
            f"<figure><figcaption><b>{name}</b>{size}{uid}</figcaption>"
            f'<img alt="{name} in three planes" src="{png_data(pictures[number])}"></figure>'
        )
    parts.append(f'<p class="faint">{escape(COLOURS)}</p>')
    return "".join(parts)


def _provenance(provenance: Mapping[str, Any], identifiers: bool) -> str:
    rows = provenance_rows(provenance, identifiers)
    cells = "".join(f"<tr><th>{escape(key)}</th><td>{escape(value)}</td></tr>" for key, value in rows)
    return f'<h2>Provenance</h2><table class="words"><tbody>{cells}</tbody></table>'
