from dataclasses import replace

import numpy as np
from scipy import ndimage

from sgnet.synthesis.anatomy import Anatomy
from sgnet.synthesis.tissue import Tissue
from sgnet.synthesis.vessels import Vessels, _walk

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


def tube(vessels):
    """T1ce of ``vessels`` in a block of nothing but fluid, black before."""
    shape = (90, 90, 90)
    t1ce = np.zeros(shape, np.float32)
    vessels.paint(t1ce, Anatomy("fluid", np.full(shape, Tissue.CSF, np.uint8), np.full(shape, -10, np.int8)))
    return t1ce


def test_vessels_have_the_drawn_brightness():
    t1ce = painted(replace(NONE, pial=20, piercing=10, largest_radius_mm=2.0))
    assert 0.9 * 3 < t1ce.max() <= 1.15 * 3 + 1e-5


def test_a_tube_thinner_than_a_voxel_fills_a_share_of_it():
    """The thinnest radius is 0.35 mm: 0.38 of a voxel's face, twice where two steps fall into one voxel."""
    thin, thick = (tube(replace(NONE, pial=30, largest_radius_mm=mm)) for mm in (0.01, 2.2))
    assert 0.2 * 3 < np.median(thin[thin > 0]) < 0.5 * 3 < 0.6 * 3 < np.median(thick[thick > 0])


def test_a_tube_is_longer_than_wide_and_fades_at_its_ends():
    shares, lengths = [], []
    for seed in range(20):
        t1ce = np.zeros((120, 120, 120), np.float32)
        depth = np.zeros(t1ce.shape, np.int8)
        depth[40:80, 40:80, 40:80] = -10
        white = Anatomy("white", np.full(t1ce.shape, Tissue.WHITE_MATTER, np.uint8), depth)
        replace(NONE, piercing=1, seed=seed).paint(t1ce, white)
        drawn = np.argwhere(t1ce > 0)
        along = drawn @ np.linalg.eigh(np.cov(drawn.T))[1][:, 2]
        outer = (along < along.min() + 4) | (along > along.max() - 4)
        level = t1ce[t1ce > 0]
        shares.append(level[outer].mean() / level[~outer].mean())
        lengths.append(np.ptp(along))
    assert min(lengths) > 12 and np.median(lengths) > 25
    assert np.median(shares) < 0.5


def test_thick_tubes_bend_less_than_thin_ones():
    rng = np.random.default_rng(0)
    start, radius = np.full((60, 3), 100, np.float32), np.repeat([0.35, 2.2], 30)
    path, _ = _walk(rng, start, radius, np.ones((200, 200, 200), np.float32), wander=0.5)
    headings = np.diff(path, axis=0)
    turns = np.degrees(np.arccos(np.clip((headings[1:] * headings[:-1]).sum(-1), -1, 1))).mean(axis=0)
    assert turns[:30].mean() > 2 * turns[30:].mean() > 10


def test_tubes_end_where_they_meet_and_do_not_fill_a_sulcus():
    """A sheet of fluid of 4 mm: without that rule eight times the tubes fill six times as much of it."""

    def filled(count):
        tissue = np.full((60, 60, 40), Tissue.WHITE_MATTER, np.uint8)
        tissue[:, :, 18:22] = Tissue.CSF
        t1ce = np.zeros(tissue.shape, np.float32)
        sulcus = Anatomy("sulcus", tissue, np.full(tissue.shape, -10, np.int8))
        replace(NONE, pial=count, largest_radius_mm=0.6).paint(t1ce, sulcus)
        return (t1ce[:, :, 18:22] > 0).mean()

    assert filled(160) < 4 * filled(20) < 0.2


def test_what_has_ended_soon_is_not_painted():
    """Many tubes in little fluid meet at once: what is left is long, or there is nothing."""
    for seed in range(8):
        tissue = np.full((60, 60, 60), Tissue.WHITE_MATTER, np.uint8)
        tissue[25:35, 25:35] = Tissue.CSF
        t1ce = np.zeros(tissue.shape, np.float32)
        pit = Anatomy("pit", tissue, np.full(tissue.shape, -10, np.int8))
        replace(NONE, pial=60, largest_radius_mm=2.2, seed=seed).paint(t1ce, pit)
        parts, count = ndimage.label(t1ce > 0, np.ones((3, 3, 3)))
        for part in range(1, count + 1):
            drawn = np.argwhere(parts == part)
            leaves = (drawn == 0).any() or (drawn == 59).any()
            assert leaves or np.linalg.norm(np.ptp(drawn, axis=0)) > 10


def test_tubes_side_by_side_are_no_lump():
    """A pool of fluid with far more tubes than fit: of no cube of 9 mm is a third painted; no tube is above 5 mm."""
    for seed in range(4):
        tissue = np.full((80, 80, 80), Tissue.WHITE_MATTER, np.uint8)
        tissue[:, 25:55, 25:55] = Tissue.CSF
        t1ce = np.zeros(tissue.shape, np.float32)
        pool = Anatomy("pool", tissue, np.full(tissue.shape, -10, np.int8))
        replace(NONE, pial=150, largest_radius_mm=2.2, seed=seed).paint(t1ce, pool)
        assert 0.1 < ndimage.uniform_filter((t1ce > 0.3).astype(float), 9).max() < 0.33
