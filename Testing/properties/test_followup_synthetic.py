"""Synthetic patients a second time, elsewhere in the scanner and on another grid, with every lesion's fate known.

Run by ``pytest -m slow Testing/properties/test_followup_synthetic.py -s``; prints the error of the registration.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial.transform import Rotation

from sgnet.config import FollowUpSettings
from sgnet.events import Progress
from sgnet.geometry import Grid, Volume
from sgnet.lesions.timeline import Visit, compare_visits
from sgnet.preprocessing.itk import resample
from sgnet.synthesis.generate import generate_study

SETTINGS = FollowUpSettings()
FATES = ("stable", "grown", "shrunk", "new", "gone")


def with_fates(instances):
    """The same lesions before and now, lesion n with fate n - 1 of the list, over and over."""
    before, now = np.zeros_like(instances), np.zeros_like(instances)
    fates = {}
    for number, box in enumerate(ndimage.find_objects(instances), start=1):
        if box is None:
            continue
        wide = tuple(slice(max(part.start - 4, 0), part.stop + 4) for part in box)
        own = instances[wide] == number
        larger = ndimage.binary_dilation(own, iterations=2) & ((instances[wide] == 0) | own)
        fates[number] = fate = FATES[(number - 1) % len(FATES)]
        if fate != "new":
            before[wide][larger if fate == "shrunk" else own] = number
        if fate != "gone":
            now[wide][larger if fate == "grown" else own] = number
    return before, now, fates


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "slices_mm"), [(11, 1.0), (11, 3.0), (5, 2.0)])
def test_every_lesion_is_found_again(seed, slices_mm):
    made = generate_study(seed)
    t1ce = made.study.t1ce
    before, now, fates = with_fates(made.instances)
    rng = np.random.default_rng(seed)
    centre = t1ce.grid.to_ras([(np.array(t1ce.grid.shape) - 1) / 2])[0]
    moved = np.eye(4)
    moved[:3, :3] = Rotation.from_euler("xyz", rng.uniform(-10, 10, 3), degrees=True).as_matrix()
    moved[:3, 3] = centre + rng.uniform(-15, 15, 3) - moved[:3, :3] @ centre

    affine = t1ce.grid.affine_ijk_to_ras @ np.diag([0.9, 0.9, slices_mm, 1.0])
    own = Grid(tuple(int(n / step) for n, step in zip(t1ce.grid.shape, (0.9, 0.9, slices_mm), strict=True)), affine)
    there = Grid(t1ce.grid.shape, moved @ t1ce.grid.affine_ijk_to_ras)
    image = resample(t1ce.array.astype(np.float32), there, own)
    image += np.float32(0.05 * image.std()) * rng.standard_normal(image.shape).astype(np.float32) * (image > 0)
    points = np.argwhere(np.ones(own.shape, bool))
    ijk = np.rint(there.to_ijk(own.to_ras(points))).astype(int)
    inside = ((ijk >= 0) & (ijk < there.shape)).all(axis=1)
    labels = np.zeros(own.shape, before.dtype)
    labels[tuple(points[inside].T)] = before[tuple(ijk[inside].T)]

    earlier = Visit("before", Volume(image, own), Volume(labels, own))
    followup = compare_visits([earlier, Visit("now", t1ce, Volume(now, t1ce.grid))], SETTINGS, Progress())
    found = np.array(followup.scans[0].from_current).reshape(4, 4)
    head = t1ce.grid.to_ras(np.argwhere(made.head[::4, ::4, ::4]) * 4)
    error = np.linalg.norm(head @ (found - moved)[:3, :3].T + (found - moved)[:3, 3], axis=1)
    print(f"\nseed {seed}, slices of {slices_mm} mm: error {error.mean():.2f} mm, at most {error.max():.2f} mm", end="")
    assert error.max() < 1.0

    seen = set(np.unique(labels)) | set(np.unique(now))
    for track in followup.tracks:
        numbers = {size.number for scan in track.sizes for size in scan}
        if len(numbers) > 1:
            # Neighbours that grew together where one was dilated are one finding, rightly.
            continue
        (number,) = numbers
        seen.discard(number)
        expected = fates[number]
        if expected in ("grown", "shrunk", "stable"):
            sizes = track.volume_ml(-2), track.volume_ml()
            if not all(sizes):
                assert expected != "stable" or max(sizes) < 0.01, (number, sizes)
                continue  # a speck between two thick slices
            change = track.change(SETTINGS).value
            assert change in (expected, "stable") and (change == expected or max(sizes) < 0.05), (number, sizes, change)
        else:
            assert track.change(SETTINGS).value == expected, number
    assert len(fates) >= 4
