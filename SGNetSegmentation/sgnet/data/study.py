"""The input of everything: one patient's T1ce, and FLAIR where there is one."""

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
    flair : Volume or None
        On a grid of its own; its header (or a registration that replaced its affine) places it in
        the patient coordinates of ``t1ce``. None: the study has a T1ce alone, and the notes say so.
    notes : tuple of str
        What was done to the input that the user must know, one sentence each
        (for example that FLAIR was registered).
    """

    t1ce: Volume
    flair: Volume | None = None
    notes: tuple[str, ...] = ()

    @property
    def volumes(self) -> tuple[Volume, ...]:
        """T1ce and, where there is one, FLAIR."""
        return (self.t1ce,) if self.flair is None else (self.t1ce, self.flair)
