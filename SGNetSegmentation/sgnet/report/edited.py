"""Lesions whose outlines were edited, or some of which were rejected, after they had been measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import ndimage

from sgnet.geometry import Volume
from sgnet.lesions.measure import measure_lesion
from sgnet.lesions.neighbours import distances_mm, oedema_ml
from sgnet.lesions.tracking import tracking_uids


def measured_again(
    records: Sequence[Mapping[str, Any]], labels: Volume, whole: Volume | None = None
) -> list[dict[str, Any]]:
    """The record of every lesion of ``labels``: the one it has where its voxels are unchanged, else measured anew.

    What was edited has no probability and no confidence: the network said nothing of voxels that a person has drawn.
    Distances to the nearest other lesion, which depend on all of them, are always measured anew; so is the oedema, if
    ``whole`` is given. The side is that of the record under the same number, since the midline is not known here.

    Parameters
    ----------
    records : sequence of mapping
        Of :meth:`sgnet.lesions.lesion.Lesion.to_dict`; those of lesions that ``labels`` lacks are left out.
    labels : Volume
        0 is background, n is lesion n.
    whole : Volume, optional
        Mask of the whole lesions, on the grid of ``labels``.

    Returns
    -------
    list of dict
        In the order of the numbers.
    """
    earlier = {int(one["number"]): one for one in records}
    uids = tracking_uids(labels.array.astype(np.uint16, copy=False))
    # The functions below count lesions from 1 without gaps.
    dense = np.searchsorted([0, *uids], labels.array).astype(np.uint16)
    gaps = distances_mm(dense, labels.grid)
    oedema = None if whole is None else oedema_ml(dense, whole.array.astype(bool), labels.grid)
    boxes = ndimage.find_objects(dense)
    result = []
    for n, (number, uid) in enumerate(uids.items()):
        before = earlier.get(number, {})
        if before.get("tracking_uid") == uid:
            record = dict(before)
        else:
            box = boxes[n]
            mask = dense[box] == n + 1
            crop = labels.grid.with_shape(mask.shape, [part.start for part in box])
            record = measure_lesion(mask, np.zeros(mask.shape, np.float32), crop).to_dict()
            record |= {"mean_probability": None, "peak_probability": None, "confidence": None}
            record |= {name: before.get(name) for name in ("side", "lobe")}
        record |= {"number": number, "tracking_id": f"Lesion {number}", "tracking_uid": uid}
        record["nearest_lesion_mm"] = gaps[n]
        if oedema is not None:
            record["oedema_ml"] = oedema[n]
        result.append(record)
    return result
