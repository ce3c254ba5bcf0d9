"""A result in a real scene, reviewed: two clear lesions, a middling one, a faint one, a small one."""

import numpy as np
import pytest

from sgnet.config import LesionSettings
from sgnet.geometry import Grid
from sgnet.lesions.confidence import AS_PEAK
from sgnet.lesions.find import find_lesions
from sgnet.lesions.midplane import Midplane
from sgnet.lesions.position import HeadPosition
from sgnet.lesions.probability_map import ProbabilityMap
from sgnet.lesions.tightening import AT_THRESHOLD

SHAPE = (40, 36, 24)
SMALL = 8.0


def ball(core, centre, radius, peak):
    i, j, k = np.indices(SHAPE)
    distance = np.sqrt((i - centre[0]) ** 2 + (j - centre[1]) ** 2 + (k - centre[2]) ** 2)
    np.maximum(core, np.clip(peak * (1.25 - 0.5 * distance / radius), 0, peak), out=core)


@pytest.fixture
def core():
    """Two clear lesions, a middling one, a faint one that is none at 0.5, a small one."""
    core = np.zeros(SHAPE, np.float32)
    ball(core, (10, 10, 10), 5, 0.95)
    ball(core, (28, 10, 10), 4, 0.9)
    ball(core, (10, 27, 10), 3, 0.6)
    ball(core, (28, 27, 10), 3, 0.4)
    core[34:36, 20:22, 20] = 0.7
    core[core < 0.02] = 0
    return core


@pytest.fixture
def t1ce(add_volume, oblique):
    return add_volume(np.zeros(SHAPE, np.float32), oblique)


@pytest.fixture
def grid(t1ce):
    from sgnet.mrml.volumes import world_affine

    return Grid(SHAPE, world_affine(t1ce))


@pytest.fixture
def make(scene, core, t1ce, grid):
    """A function that makes a result as a run does."""
    from sgnet.mrml.child_job import ChildResult, RunSettings
    from sgnet.mrml.result import create_result
    from sgnet.mrml.steps import finish

    def make(settings=None, oedema=False, confidence=AS_PEAK, tightening=AT_THRESHOLD):
        settings = settings or LesionSettings(0.5, SMALL, min_confidence=0.0)
        whole_probability = np.minimum(core * 2, 1).astype(np.float32)
        plane = HeadPosition(Midplane((1.0, 0.0, 0.0), 0.0, 0.9))
        labels, whole, lesions = find_lesions(core, whole_probability, grid, settings, plane, confidence, tightening)
        kept = ProbabilityMap.of(core, whole_probability, grid, plane, confidence, tightening)
        result = ChildResult(labels, whole, lesions, kept)
        return finish(create_result(scene, result, t1ce, RunSettings(settings, oedema=oedema)))

    return make


@pytest.fixture
def node(make):
    return make()


@pytest.fixture
def review_of():
    """A function that reads a node as the panel does."""
    from sgnet.mrml.review import Review
    from sgnet.mrml.steps import finish

    def read(node):
        review = Review(node)
        finish(review.load())
        return review

    return read
