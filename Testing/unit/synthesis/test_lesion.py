from dataclasses import replace

import numpy as np
import pytest

from sgnet.synthesis.anatomy import Anatomy
from sgnet.synthesis.lesion import Pattern, SyntheticLesion
from sgnet.synthesis.tissue import Tissue

SHAPE = (60, 60, 60)
CENTRE = (30, 30, 30)


def white_matter():
    return Anatomy("block", np.full(SHAPE, Tissue.WHITE_MATTER, np.uint8), np.full(SHAPE, -20, np.int8))


def lesion(seed=0, diameter=14.0, **changes):
    plain = SyntheticLesion.draw(np.random.default_rng(seed), diameter)
    calm = {"roughness": 0.02, "axes": (1.0, 1.0, 1.0), "texture": 0.0, "septa": 0.0, "nodule": 0.0}
    return replace(plain, **{**calm, **changes})


def painted(which, anatomy=None, centre=CENTRE):
    t1ce, flair = np.ones(SHAPE, np.float32), np.ones(SHAPE, np.float32)
    instances, whole = np.zeros(SHAPE, np.uint8), np.zeros(SHAPE, bool)
    drawn = which.paint((t1ce, flair), instances, whole, anatomy or white_matter(), centre, 1)
    return drawn, t1ce, flair, instances, whole


def drawn_and_visible(diameter, brightest=1.0):
    drawn = [SyntheticLesion.draw(np.random.default_rng(seed), diameter) for seed in range(200)]
    return drawn, [one.visible(brightest) for one in drawn]


@pytest.mark.parametrize("diameter, least", [(3.0, 1.7), (6.0, 1.4), (18.0, 1.2)])
def test_a_smaller_lesion_has_to_be_brighter_to_be_seen(diameter, least):
    drawn, seen = drawn_and_visible(diameter)
    assert min(one.enhancement for one in drawn) < least
    assert least <= min(one.enhancement for one in seen) < least + 0.1
    # No pile at the least: which of two is brighter stays as drawn.
    solid = [(a.enhancement, b.enhancement) for a, b in zip(drawn, seen, strict=True) if a.pattern is Pattern.SOLID]
    assert np.corrcoef(np.array(solid).T)[0, 1] > 0.999


def test_a_thin_rim_has_to_be_brighter_than_a_thick_one():
    thick, thin = (lesion(diameter=24.0, pattern=Pattern.RING, rim_mm=mm, enhancement=1.2) for mm in (4.0, 1.2))
    assert thick.visible(1.0).enhancement + 0.2 < thin.visible(1.0).enhancement


def test_a_lesion_is_brighter_than_the_brightest_tissue_around():
    _, seen = drawn_and_visible(15.0)
    _, brighter = drawn_and_visible(15.0, brightest=1.3)
    assert min(one.enhancement for one in brighter) > 1.3
    assert brighter[0].enhancement == pytest.approx(1.3 * seen[0].enhancement)


@pytest.mark.parametrize("diameter, hidden", [(7.0, {Pattern.CYST, Pattern.WEAK}), (25.0, set())])
def test_small_lesions_have_a_wall_that_can_be_seen(diameter, hidden):
    drawn, seen = drawn_and_visible(diameter)
    assert {one.pattern for one in seen} == set(Pattern) - hidden
    assert {one.pattern for one in drawn} == set(Pattern)
    assert min(one.rim_mm for one in drawn) < 1 <= min(one.rim_mm for one in seen)
    assert max(one.rim_gap for one in seen) <= (0.3 if hidden else 0.7) < max(one.rim_gap for one in drawn)


def test_visibility_changes_nothing_but_enhancement_and_rim():
    drawn, seen = drawn_and_visible(7.0)
    for before, after in zip(drawn, seen, strict=True):
        rim = {name: getattr(after, name) for name in ("pattern", "enhancement", "rim_mm", "rim_gap")}
        assert replace(before, **rim) == after


@pytest.mark.parametrize("diameter", [3.0, 8.0, 20.0])
def test_core_has_about_the_volume_of_its_ball(diameter):
    _, _, _, instances, _ = painted(lesion(diameter=diameter, pattern=Pattern.SOLID, oedema_mm=0.0))
    ball = np.pi / 6 * diameter**3
    assert 0.55 * ball < instances.sum() < 1.6 * ball


def test_ring_is_bright_at_its_rim_and_dark_in_its_middle():
    ring = lesion(diameter=24.0, pattern=Pattern.RING, rim_mm=3.0, rim_variation=0.0, rim_gap=0.0,
                  enhancement=2.5, necrosis_t1ce=0.3, oedema_mm=0.0)  # fmt: skip
    _, t1ce, _, instances, _ = painted(ring)
    assert t1ce[CENTRE] == pytest.approx(0.3, abs=0.05)
    assert t1ce[instances > 0].max() > 1.8


def test_oedema_is_bright_on_flair_and_belongs_to_the_whole_but_not_to_the_core():
    _, t1ce, flair, instances, whole = painted(
        lesion(oedema_mm=10.0, oedema_flair=0.8, oedema_t1ce=-0.2, pattern=Pattern.SOLID)
    )
    oedema = whole & (instances == 0)
    assert oedema.sum() > instances.sum()
    assert flair[oedema].mean() > 1.2 and t1ce[oedema].mean() < 0.95


def test_lesion_that_would_touch_another_is_not_drawn():
    first = lesion(pattern=Pattern.SOLID)
    t1ce, flair = np.ones(SHAPE, np.float32), np.ones(SHAPE, np.float32)
    instances, whole = np.zeros(SHAPE, np.uint8), np.zeros(SHAPE, bool)
    assert first.paint((t1ce, flair), instances, whole, white_matter(), CENTRE, 1)
    before = instances.copy()
    assert not first.paint((t1ce, flair), instances, whole, white_matter(), (38, 30, 30), 2)
    np.testing.assert_array_equal(instances, before)


def test_lesion_mostly_outside_the_brain_is_not_drawn():
    anatomy = white_matter()
    outside = Anatomy("shell", anatomy.tissue, np.full(SHAPE, 5, np.int8))
    drawn, t1ce, _, instances, _ = painted(lesion(), outside)
    assert not drawn and instances.sum() == 0 and (t1ce == 1).all()


def test_lesion_at_the_edge_of_the_volume_is_cut_off():
    drawn, _, _, instances, _ = painted(lesion(diameter=10, pattern=Pattern.SOLID), centre=(1, 30, 30))
    assert drawn and 0 < instances.sum()
