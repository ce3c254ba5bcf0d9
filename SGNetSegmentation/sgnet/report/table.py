"""The lesions as a table for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from sgnet.lesions.confidence import confidence_text
from sgnet.lesions.lesion import Lesion

_HEADER = ("Lesion", "Volume ml", "Axial mm", "Perp. mm", "3D mm", "Centroid R, A, S mm", "Peak p", "Confidence")


def lesion_table(lesions: Sequence[Lesion]) -> str:
    """Plain text, one line a lesion and a line of totals, columns aligned.

    Examples
    --------
    >>> print(lesion_table([Lesion(1, 1.5, 14.2, 11.0, 15.1, (-20.04, 13.0, 5.5), 0.91, 0.99, confidence=0.97)]))
    Lesion  Volume ml  Axial mm  Perp. mm  3D mm  Centroid R, A, S mm  Peak p  Confidence
         1      1.500      14.2      11.0   15.1  -20.0,  13.0,   5.5    0.99        0.97
     Total      1.500                                                            1 lesion
    >>> print(lesion_table([]))
    No lesion found.
    """
    if not lesions:
        return "No lesion found."
    rows = [_cells(lesion) for lesion in lesions]
    widths = [max(len(row[column]) for row in (_HEADER, *rows)) for column in range(len(_HEADER))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in (_HEADER, *rows)]
    total = f"{'Total'.rjust(widths[0])}  {sum(lesion.volume_ml for lesion in lesions):{widths[1]}.3f}"
    count = f"{len(lesions)} lesion" + ("" if len(lesions) == 1 else "s")
    return "\n".join([*lines, total + count.rjust(len(lines[0]) - len(total))])


def _cells(lesion: Lesion) -> tuple[str, ...]:
    return (
        str(lesion.number),
        f"{lesion.volume_ml:.3f}",
        f"{lesion.longest_axial_diameter_mm:.1f}",
        f"{lesion.perpendicular_diameter_mm:.1f}",
        f"{lesion.longest_diameter_mm:.1f}",
        ", ".join(f"{value + 0.0:5.1f}" for value in lesion.centroid_ras_mm).strip(),
        f"{lesion.peak_probability:.2f}",
        "-" if lesion.confidence is None else confidence_text(lesion.confidence),
    )
