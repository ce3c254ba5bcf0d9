"""What a person has changed of the lesions that the program gave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sgnet.lesions.placed import PlacedMask

Named = tuple[str, PlacedMask]


@dataclass(frozen=True)
class ChangedLesion:
    """One lesion before and after; ``dice`` is 1 where nothing changed."""

    before_name: str
    after_name: str
    before_ml: float
    after_ml: float
    dice: float


@dataclass(frozen=True)
class Changes:
    """Two sets of lesions compared.

    Attributes
    ----------
    changed : tuple of ChangedLesion
        Lesions that overlap one of the other set but are not the same voxels.
    unchanged : int
    added, removed : tuple of (name, ml)
        Lesions with no partner in the other set.
    before_ml, after_ml : float
        All lesions together.
    dice : float
        Of all lesions together; 1 if both sets are empty.
    """

    changed: tuple[ChangedLesion, ...]
    unchanged: int
    added: tuple[tuple[str, float], ...]
    removed: tuple[tuple[str, float], ...]
    before_ml: float
    after_ml: float
    dice: float


def compare(before: Sequence[Named], after: Sequence[Named], voxel_mm3: float) -> Changes:
    """Pair the lesions of two sets, those with the most common voxels first, and say what differs.

    Lesions of one set must not overlap each other. Two lesions that became one count as one changed and one
    removed lesion.

    Examples
    --------
    >>> import numpy as np
    >>> cube = PlacedMask((0, 0, 0), np.ones((2, 2, 2), bool))
    >>> half = PlacedMask((0, 0, 0), np.ones((1, 2, 2), bool))
    >>> compare([("1", cube)], [("1", half)], 1000.0).changed
    (ChangedLesion(before_name='1', after_name='1', before_ml=8.0, after_ml=4.0, dice=0.6666666666666666),)
    """
    ml = voxel_mm3 / 1000.0
    shared = {
        (a, b): common
        for a, (_, one) in enumerate(before)
        for b, (_, other) in enumerate(after)
        if (common := one.shared_voxels(other)) > 0
    }
    sizes = [[mask.voxels for _, mask in side] for side in (before, after)]
    partners: dict[int, int] = {}
    for a, b in sorted(shared, key=lambda pair: (-shared[pair], pair)):
        if a not in partners and b not in partners.values():
            partners[a] = b
    changed, unchanged = [], 0
    for a, b in sorted(partners.items()):
        dice = _dice(shared[a, b], sizes[0][a], sizes[1][b])
        if dice == 1.0:
            unchanged += 1
        else:
            changed.append(ChangedLesion(before[a][0], after[b][0], sizes[0][a] * ml, sizes[1][b] * ml, dice))
    return Changes(
        tuple(changed),
        unchanged,
        tuple((name, sizes[1][b] * ml) for b, (name, _) in enumerate(after) if b not in partners.values()),
        tuple((name, sizes[0][a] * ml) for a, (name, _) in enumerate(before) if a not in partners),
        sum(sizes[0]) * ml,
        sum(sizes[1]) * ml,
        _dice(sum(shared.values()), sum(sizes[0]), sum(sizes[1])),
    )


def _dice(common: int, one: int, other: int) -> float:
    return 2.0 * common / (one + other) if one + other else 1.0
