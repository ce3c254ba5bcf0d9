from dataclasses import replace

import numpy as np

from sgnet.synthesis.anatomy import Anatomy
from sgnet.synthesis.tissue import Tissue
from sgnet.synthesis.vessels import Vessels

SHAPE = (40, 40, 40)
NONE = Vessels(pial=0, piercing=0, brightness=3.0, largest_radius_mm=1.0, seed=1)


def half_fluid():
    """White matter with a layer of fluid."""
    tissue = np.full(SHAPE, Tissue.WHITE_MATTER, np.uint8)
    tissue[:, :, 15:25] = Tissue.CSF
    return Anatomy("block", tissue, np.full(SHAPE, -10, np.int8))


def painted(vessels):
    t1ce = np.zeros(SHAPE, np.float32)
    vessels.paint(t1ce, half_fluid())
    return t1ce


def test_no_vessels_leave_the_image_alone():
    assert (painted(NONE) == 0).all()


def test_pial_vessels_follow_the_fluid():
    drawn = painted(replace(NONE, pial=20)) > 0
    assert drawn.any()
    assert drawn[:, :, 13:27].sum() > 0.9 * drawn.sum()


def test_vessels_have_the_drawn_brightness():
    t1ce = painted(replace(NONE, pial=20, piercing=10))
    inside = t1ce[t1ce > 0]
    assert 0.6 * 3 - 1e-5 <= inside.min() and inside.max() <= 1.15 * 3 + 1e-5
