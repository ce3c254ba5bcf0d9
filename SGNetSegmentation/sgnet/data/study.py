"""The input of everything: one patient's T1ce and FLAIR."""

from __future__ import annotations

from dataclasses import dataclass

from sgnet.geometry import Volume


@dataclass(frozen=True, eq=False)
class Study:
    """A contrast-enhanced T1 and a FLAIR volume of one patient and one visit.

    Attributes
    ----------
    t1ce : Volume
        Its grid is the grid of every result.
    flair : Volume
        On a grid of its own; its header (or a registration that replaced its affine) places it in
        the patient coordinates of ``t1ce``.
    notes : tuple of str
        What was done to the input that the user must know, one sentence each
        (for example that FLAIR was registered).
    """

    t1ce: Volume
    flair: Volume
    notes: tuple[str, ...] = ()
