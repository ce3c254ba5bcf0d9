from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from sgnet.data.timepoints import place_earlier
from sgnet.errors import InputError
from sgnet.geometry import Grid, Volume
from sgnet.preprocessing.itk import resample


def earlier_scan(volume, angles, shift, spacing_mm=(2.0, 2.0, 3.0)):
    """The head turned and shifted, brighter, sampled on a grid of its own; and where the current head went."""
    grid = volume.grid
    centre = grid.to_ras([(np.array(grid.shape) - 1) / 2])[0]
    moved = np.eye(4)
    moved[:3, :3] = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    moved[:3, 3] = centre + shift - moved[:3, :3] @ centre
    factor = np.array(spacing_mm) / np.array(grid.spacing_mm)
    affine = grid.affine_ijk_to_ras @ np.diag([*factor, 1.0])
    own = Grid(tuple(int(n) for n in np.ceil(np.array(grid.shape) / factor)), affine)
    there = Grid(grid.shape, moved @ grid.affine_ijk_to_ras)
    array = 1.4 * resample(volume.array.astype(np.float32), there, own)
    return Volume(array, own, "earlier"), moved


def distance_mm(volume, one, other):
    """Mean over the head."""
    points = volume.grid.to_ras(np.argwhere(volume.array > 0))
    return float(np.linalg.norm(points @ (one - other)[:3, :3].T + (one - other)[:3, 3], axis=1).mean())


@pytest.mark.parametrize(
    ("angles", "shift"), [((0, 0, 0), (0, 0, 0)), ((7, -5, 9), (6, -9, 4)), ((-4, 3, 12), (60, 20, -30))]
)
def test_a_known_motion_is_found_to_a_millimetre(head, recorder, angles, shift):
    current = head().t1ce
    earlier, moved = earlier_scan(current, angles, shift)
    placement = place_earlier(current, earlier, recorder)
    assert distance_mm(current, placement.from_current, moved) < 0.7
    assert placement.moved_mm == pytest.approx(distance_mm(current, moved, np.eye(4)), abs=0.7)
    assert placement.edge_agreement > 0.6 and placement.notes == ()


def test_two_patients_are_refused(head, recorder):
    with pytest.raises(InputError, match="do not show the same head"):
        place_earlier(head(0).t1ce, replace(head(1).t1ce, name="other"), recorder)


def test_a_volume_without_a_head_is_refused(head, recorder):
    current = head().t1ce
    with pytest.raises(InputError, match=r"empty: no head was found"):
        place_earlier(current, Volume(np.zeros(current.grid.shape), current.grid, "empty"), recorder)


def test_a_doubtful_pair_is_told(head, recorder, monkeypatch):
    monkeypatch.setattr("sgnet.data.timepoints.DOUBTFUL_HEAD", 1.0)
    current = head().t1ce
    placement = place_earlier(current, earlier_scan(current, (2, 0, 0), (3, 0, 0))[0], recorder)
    assert "resemble each other less" in placement.notes[0]
    assert recorder.warnings == list(placement.notes)
