from functools import partial

import numpy as np
import pytest

from sgnet.training.pool import TrainingStudy


def tiny_study(number):
    """48 x 48 x 24 voxels with one bright cube."""
    rng = np.random.default_rng(number)
    image = rng.uniform(0.2, 0.4, (2, 48, 48, 24)).astype(np.float16)
    instances = np.zeros((48, 48, 24), np.uint8)
    instances[20:26, 20:26, 8:14] = 1
    image[:, instances > 0] = 0.9
    return TrainingStudy(image, instances, instances > 0)


@pytest.fixture
def make_tiny_study():
    return partial(tiny_study)
