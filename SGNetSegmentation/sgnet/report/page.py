"""One self-contained HTML page of a result: every lesion with its picture and numbers, totals, provenance."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from sgnet.atomic import atomic_path
from sgnet.errors import InputError
from sgnet.lesions.lesion import Lesion
from sgnet.report.html import html_page, page_head, png_data

_COLUMNS = (
    ("Lesion", "number", "{}"),
    ("Volume, ml", "volume_ml", "{:.3f}"),
    ("Axial, mm", "longest_axial_diameter_mm", "{:.1f}"),
    ("Perpen&shy;dicular, mm", "perpendicular_diameter_mm", "{:.1f}"),
    ("Longest in 3D, mm", "longest_diameter_mm", "{:.1f}"),
    ("Surface, mm²", "surface_mm2", "{:.0f}"),
    ("Spheri&shy;city", "sphericity", "{:.2f}"),
    ("Nearest other, mm", "nearest_lesion_mm", "{:.1f}"),
    ("Oedema, ml", "oedema_ml", "{:.2f}"),
    ("Side", "side", "{}"),
    ("Mean proba&shy;bility", "mean_probability", "{:.2f}"),
)


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
            _head(lesions, provenance),
            _totals(lesions),
            _table(lesions),
            _pictures(lesions, pictures or {}, overview),
            _provenance(provenance, identifiers),
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"lesions.json cannot be read ({error!r}); run the segmentation again.") from error
    with atomic_path(path) as temporary:
        temporary.write_text(html_page("Brain metastases", body), encoding="utf-8")


def read_content(folder: Path) -> dict[str, Any]:
    """What ``lesions.json`` of a result folder holds.

    Raises
    ------
    InputError
        If there is none, or it is damaged.
    """
    path = Path(folder) / "lesions.json"
    if not path.is_file():
        raise InputError(f"{folder} holds no lesions.json; give a folder that `sgnet segment` wrote.")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read; run the segmentation again.") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} cannot be read; run the segmentation again.")
    return content


def _head(lesions: list[dict[str, Any]], provenance: dict[str, Any]) -> str:
    made = str(provenance.get("created", ""))[:16].replace("T", " ")
    version = (provenance.get("versions") or {}).get("sgnet", "")
    count = f"{len(lesions)} lesion{'' if len(lesions) == 1 else 's'}"
    return page_head(f"Brain metastases: {count}", f"Segmented {made} UTC by sgnet {version}")


def _totals(lesions: list[dict[str, Any]]) -> str:
    volumes = [float(one["volume_ml"]) for one in lesions]
    longest = max((float(one["longest_axial_diameter_mm"]) for one in lesions), default=0.0)
    cells = (
        (str(len(lesions)), "lesions"),
        (f"{sum(volumes):.2f} ml", "total core volume (GTV)"),
        (f"{max(volumes, default=0.0):.2f} ml", "largest lesion"),
        (f"{longest:.1f} mm", "longest axial diameter"),
    )
    return '<div class="totals">' + "".join(f"<div><b>{a}</b><span>{b}</span></div>" for a, b in cells) + "</div>"


def _table(lesions: list[dict[str, Any]]) -> str:
    if not lesions:
        return "<p>No lesion was found.</p>"
    head = "".join(f"<th>{title}</th>" for title, _, _ in _COLUMNS)
    rows = "".join(
        "<tr>" + "".join(f"<td>{_cell(one.get(key), form)}</td>" for _, key, form in _COLUMNS) + "</tr>"
        for one in lesions
    )
    return (
        f'<h2>Measurements</h2><div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
        '</div><p class="faint">Axial and perpendicular diameters follow RANO-BM, to the outer edges of the voxels. '
        "The distance to the nearest other lesion is from edge to edge. The side is told by the symmetry of the head, "
        "not by an atlas; a displaced midline is not followed.</p>"
    )


def _cell(value: Any, form: str) -> str:
    return "–" if value is None else escape(form.format(value))


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
        side = f", {escape(str(one['side']))}" if one.get("side") else ""
        size = f"{one['longest_axial_diameter_mm']:.1f} × {one['perpendicular_diameter_mm']:.1f} mm"
        tracking = one.get("tracking_uid")
        uid = f'<div class="uid">Tracking UID {escape(str(tracking))}</div>' if tracking else ""
        name = escape(str(one.get("tracking_id") or f"Lesion {number}"))
        parts.append(
            f"<figure><figcaption><b>{name}</b>{one['volume_ml']:.3f} ml, {size}{side}{uid}</figcaption>"
            f'<img alt="{name} in three planes" src="{png_data(pictures[number])}"></figure>'
        )
    parts.append('<p class="faint">Red: core (GTV). Yellow: whole lesion. Radiological convention.</p>')
    return "".join(parts)


def _provenance(provenance: dict[str, Any], identifiers: bool) -> str:
    model = provenance.get("model") or {}
    rows = [("Model", f"{model.get('name', '–')}, SHA-256 {model.get('sha256', '–')}")]
    rows += [("Computed on", str(provenance.get("computed_on", "–")))]
    for role, one in (provenance.get("input") or {}).items():
        shape = " × ".join(map(str, one["shape_ijk"]))
        spacing = " × ".join(f"{value:.3g}" for value in one["spacing_mm"])
        name = f"{one['name']}: " if identifiers else ""
        rows.append((f"Input {role}", f"{name}{shape} voxels of {spacing} mm"))
    for group, values in (provenance.get("settings") or {}).items():
        rows.append((f"Settings, {group}", ", ".join(f"{key} {value}" for key, value in values.items())))
    rows.append(("Versions", ", ".join(f"{key} {value}" for key, value in (provenance.get("versions") or {}).items())))
    # Notes may name the input.
    notes = provenance.get("notes") or ()
    rows += [("Note", str(note)) for note in notes if identifiers or not _names(note, provenance)]
    cells = "".join(f"<tr><th>{escape(key)}</th><td>{escape(value)}</td></tr>" for key, value in rows)
    return f'<h2>Provenance</h2><table class="words"><tbody>{cells}</tbody></table>'


def _names(note: object, provenance: dict[str, Any]) -> bool:
    return any(str(one["name"]) in str(note) for one in (provenance.get("input") or {}).values())


def lesion_of(record: Mapping[str, Any]) -> Lesion:
    """The lesion of one entry of ``lesions.json``, with what a picture of it needs.

    Raises
    ------
    InputError
        If the entry lacks a measurement.
    """
    try:
        right, anterior, superior = record["centroid_ras_mm"]
        return Lesion(
            number=int(record["number"]),
            volume_ml=float(record["volume_ml"]),
            longest_axial_diameter_mm=float(record["longest_axial_diameter_mm"]),
            perpendicular_diameter_mm=float(record["perpendicular_diameter_mm"]),
            longest_diameter_mm=float(record["longest_diameter_mm"]),
            centroid_ras_mm=(float(right), float(anterior), float(superior)),
            mean_probability=float(record["mean_probability"]),
            peak_probability=float(record["peak_probability"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"A lesion of lesions.json cannot be read ({error!r}); run the segmentation again.") from error
