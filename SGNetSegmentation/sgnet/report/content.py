"""What the HTML page and the PDF of a result say alike: measurements, totals, provenance."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sgnet.errors import InputError
from sgnet.lesions.confidence import confidence_text
from sgnet.lesions.lesion import Lesion

COLUMNS: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("Lesion", "number", "{}".format),
    ("Volume, ml", "volume_ml", "{:.3f}".format),
    ("Axial, mm", "longest_axial_diameter_mm", "{:.1f}".format),
    ("Perpen\u00addicular, mm", "perpendicular_diameter_mm", "{:.1f}".format),
    ("Longest in 3D, mm", "longest_diameter_mm", "{:.1f}".format),
    ("Surface, mm²", "surface_mm2", "{:.0f}".format),
    ("Spheri\u00adcity", "sphericity", "{:.2f}".format),
    ("Nearest other, mm", "nearest_lesion_mm", "{:.1f}".format),
    ("Oedema, ml", "oedema_ml", "{:.2f}".format),
    ("Side", "side", "{}".format),
    ("Lobe, roughly", "lobe", "{}".format),
    ("Confi\u00addence", "confidence", confidence_text),
)
"""Title, key of a lesion's record, its text. A soft hyphen says where a title may be divided."""

FOOTNOTE = (
    "Axial and perpendicular diameters follow RANO-BM, to the outer edges of the voxels. "
    "The distance to the nearest other lesion is from edge to edge. The side is told by the symmetry of the head; "
    "a displaced midline is not followed. The lobe is a rough one, from an affine match with an average brain; "
    "near a border two are named. Confidence: that it is a lesion, by its highest probability, its size and its shape."
)

COLOURS = "Red: core (GTV). Yellow: whole lesion. Radiological convention."


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


def headline(lesions: Sequence[Mapping[str, Any]]) -> str:
    """The title of a report.

    Examples
    --------
    >>> headline([{}])
    'Brain metastases: 1 lesion'
    """
    return f"Brain metastases: {len(lesions)} lesion{'' if len(lesions) == 1 else 's'}"


def made(provenance: Mapping[str, Any]) -> str:
    """When and by what the lesions were segmented."""
    time = str(provenance.get("created", ""))[:16].replace("T", " ")
    version = str((provenance.get("versions") or {}).get("sgnet", ""))
    return " ".join(["Segmented", *([f"{time} UTC"] if time else []), f"by sgnet {version}".rstrip()])


def totals(lesions: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    """(value, what it is) of number, total and largest volume, longest diameter."""
    volumes = [float(one["volume_ml"]) for one in lesions]
    longest = max((float(one["longest_axial_diameter_mm"]) for one in lesions), default=0.0)
    return (
        (str(len(lesions)), "lesions"),
        (f"{sum(volumes):.2f} ml", "total core volume (GTV)"),
        (f"{max(volumes, default=0.0):.2f} ml", "largest lesion"),
        (f"{longest:.1f} mm", "longest axial diameter"),
    )


def cell(value: Any, text: Callable[[Any], str]) -> str:
    """A measurement as text; a dash where there is none."""
    return "–" if value is None else text(value)


def caption(record: Mapping[str, Any]) -> tuple[str, str, str]:
    """Name, measurements in one line, and tracking UID ("" if there is none) of a lesion."""
    side = "".join(f", {record[name]}" for name in ("side", "lobe") if record.get(name))
    size = f"{record['longest_axial_diameter_mm']:.1f} × {record['perpendicular_diameter_mm']:.1f} mm"
    name = str(record.get("tracking_id") or f"Lesion {int(record['number'])}")
    return name, f"{record['volume_ml']:.3f} ml, {size}{side}", str(record.get("tracking_uid") or "")


def provenance_rows(provenance: Mapping[str, Any], identifiers: bool) -> list[tuple[str, str]]:
    """(what, value) of model, input, settings, versions and notes; names of input files with ``identifiers`` alone."""
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
    return rows


def _names(note: object, provenance: Mapping[str, Any]) -> bool:
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
            # Unknown of what a user has drawn.
            mean_probability=float(record.get("mean_probability") or 0.0),
            peak_probability=float(record.get("peak_probability") or 0.0),
            confidence=None if record.get("confidence") is None else float(record["confidence"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"A lesion of lesions.json cannot be read ({error!r}); run the segmentation again.") from error
