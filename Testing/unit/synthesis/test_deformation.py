import numpy as np
import pytest

from sgnet.synthesis.anatomy import Anatomy
from sgnet.synthesis.deformation import Deformation
from sgnet.synthesis.tissue import Tissue

SHAPE = (80, 90, 70)


def ball():
    centre = (np.array(SHAPE) - 1) / 2
    grids = np.meshgrid(*[np.arange(n) - c for n, c in zip(SHAPE, centre, strict=True)], indexing="ij")
    distance = np.sqrt(sum(g**2 for g in grids)) - 25
    tissue = np.where(distance < 0, Tissue.WHITE_MATTER, Tissue.AIR).astype(np.uint8)
    tissue[(distance < 0) & (grids[0] > 12)] = Tissue.CORTEX  # a cap on the right
    return Anatomy("ball", tissue, np.clip(distance, -127, 127).astype(np.int8))


def deformation(**changes):
    still = {
        "rotation_deg": (0.0, 0.0, 0.0), "scale": (1.0, 1.0, 1.0), "shear": (0.0, 0.0, 0.0), "mirrored": False,
        "elastic_mm": 0.0, "fine_mm": 0.0, "margin_mm": 9, "cut": (0.0, 0.0), "narrow_sulci": False, "seed": 0,
    }  # fmt: skip
    return Deformation(**{**still, **changes})


def right_and_left(anatomy):
    cap = np.argwhere(anatomy.tissue == Tissue.CORTEX)[:, 0].mean()
    rest = np.argwhere(anatomy.tissue == Tissue.WHITE_MATTER)[:, 0].mean()
    return cap - rest


def test_scale_changes_the_volume_by_its_product():
    still = (deformation().apply(ball()).tissue > 0).sum()
    grown = (deformation(scale=(1.1, 1.1, 0.9)).apply(ball()).tissue > 0).sum()
    assert grown / still == pytest.approx(1.1 * 1.1 * 0.9, rel=0.03)


def test_mirroring_exchanges_left_and_right():
    assert right_and_left(deformation().apply(ball())) > 5
    assert right_and_left(deformation(mirrored=True).apply(ball())) < -5


def test_cut_takes_slices_away_from_below_and_above():
    full = deformation().apply(ball()).tissue.shape[2]
    assert deformation(cut=(0.25, 0.25)).apply(ball()).tissue.shape[2] == full - 2 * round(0.25 * full)


def test_turning_by_ninety_degrees_about_the_s_axis_brings_right_to_anterior():
    turned = deformation(rotation_deg=(0.0, 0.0, 90.0)).apply(ball())
    cap = np.argwhere(turned.tissue == Tissue.CORTEX).mean(0)
    rest = np.argwhere(turned.tissue == Tissue.WHITE_MATTER).mean(0)
    assert cap[1] - rest[1] > 5 and abs(cap[0] - rest[0]) < 1
