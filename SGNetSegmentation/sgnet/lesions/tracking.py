"""Names under which one lesion is found again in the table, DICOM SEG, RTSTRUCT and the report.

Nothing is stored to make them agree: they follow from the label map alone, which every writer has,
so they also exist for a label map that was edited or drawn elsewhere. A lesion keeps its UID as long
as none of its own voxels change, whatever happens to the others; an edited lesion is another finding.
"""

from __future__ import annotations

import hashlib
import uuid

import numpy as np
from numpy.typing import NDArray


def tracking_id(number: int) -> str:
    """What people call the lesion, DICOM's Tracking ID (0062,0020).

    Examples
    --------
    >>> tracking_id(3)
    'Lesion 3'
    """
    return f"Lesion {number}"


def tracking_uid(voxels: NDArray[np.integer], shape: tuple[int, ...]) -> str:
    """The lesion's DICOM Tracking UID (0062,0021), the same on every computer.

    Parameters
    ----------
    voxels : ndarray of int, shape (N,)
        Flat indices (C order) of the lesion's voxels, ascending.
    shape : tuple of int
        Of the label map (I, J, K) on its own grid, before any resampling.

    Returns
    -------
    str
        A UID under 2.25, made of a name-based UUID as DICOM PS3.5 B.2 says.

    Examples
    --------
    >>> tracking_uid(np.array([3, 4]), (4, 4, 4))
    '2.25.78604651997864744429887408317705437770'
    """
    digest = hashlib.sha256(f"sgnet lesion on {'x'.join(map(str, shape))}:".encode())
    # Little-endian whatever the machine, so that the bytes are the same everywhere.
    digest.update(np.ascontiguousarray(voxels, dtype="<i8").tobytes())
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, digest.hexdigest()).int}"


def tracking_uids(labels: NDArray[np.integer]) -> dict[int, str]:
    """The tracking UID of every lesion of a label map, by number in ascending order.

    Parameters
    ----------
    labels : ndarray of int, shape (I, J, K)
        0 is background. Give the label map as it was written, not one resampled onto another grid.

    Examples
    --------
    >>> labels = np.zeros((4, 4, 4), np.uint16)
    >>> labels[0, 0, 3] = labels[0, 1, 0] = 2
    >>> tracking_uids(labels) == {2: tracking_uid(np.array([3, 4]), (4, 4, 4))}
    True
    """
    voxels = np.flatnonzero(labels)
    numbers = labels.reshape(-1)[voxels]
    # Stable, so that each lesion's voxels stay in ascending order.
    order = np.argsort(numbers, kind="stable")
    found, first = np.unique(numbers[order], return_index=True)
    ends = [*first[1:], len(order)]
    return {
        int(number): tracking_uid(voxels[order[start:end]], labels.shape)
        for number, start, end in zip(found, first, ends[: len(found)], strict=True)
    }
