from dataclasses import replace

import numpy as np
import pytest

from sgnet.synthesis.contrast import T1CE_RANGES, Contrast
from sgnet.synthesis.t2 import T2Contrast
from sgnet.synthesis.tissue import DRAWN, Tissue


def test_each_tissue_has_a_level_within_its_range_or_somewhat_beyond():
    for seed in range(30):
        levels = Contrast.draw(np.random.default_rng(seed)).t1ce
        assert len(levels) == len(Tissue) and levels[Tissue.AIR] == 0
        for tissue in DRAWN:
            low, high = T1CE_RANGES[tissue]
            assert 0.6 * low <= levels[tissue] <= 1.35 * high


@pytest.mark.parametrize("kind", ["t1ce", "flair", "t2"])
def test_a_strand_of_plexus_is_half_fluid(kind):
    rng = np.random.default_rng(3)
    levels = T2Contrast.draw(rng).levels if kind == "t2" else getattr(Contrast.draw(rng), kind)
    fluid, plexus = levels[Tissue.VENTRICLE], levels[Tissue.CHOROID_PLEXUS]
    assert levels[Tissue.PLEXUS_STRAND] == pytest.approx((fluid + plexus) / 2) and fluid != plexus


def test_cisterns_and_ventricles_hold_the_same_fluid_on_t2():
    levels = T2Contrast.draw(np.random.default_rng(0)).levels
    assert levels[Tissue.VENTRICLE] == levels[Tissue.CSF] > 2


def test_the_plexus_enhances_more_evenly_than_the_dura():
    contrast = replace(Contrast.draw(np.random.default_rng(0)), texture=0.0)
    brightest = {}
    for tissue in (Tissue.CHOROID_PLEXUS, Tissue.PLEXUS_STRAND, Tissue.DURA):
        t1ce, _ = contrast.apply(np.full((60, 60, 60), tissue, np.uint8))
        brightest[tissue] = t1ce.max() / contrast.t1ce[tissue]
    assert brightest.pop(Tissue.DURA) > 1.6
    assert list(brightest.values()) == pytest.approx([1.2, 1.2])


def test_what_lesions_are_told_from_is_brighter_than_no_tissue_of_the_brain_but_the_plexus():
    contrast = Contrast.draw(np.random.default_rng(1))
    levels = [0.5] * len(Tissue)
    for tissue, level in ((Tissue.CHOROID_PLEXUS, 2.5), (Tissue.PLEXUS_STRAND, 2.2), (Tissue.CORTEX, 0.9)):
        levels[tissue] = level
    assert replace(contrast, t1ce=tuple(levels)).brightest == 0.9
