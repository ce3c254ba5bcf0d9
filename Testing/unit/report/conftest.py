import numpy as np
import pytest

from sgnet.config import LesionSettings
from sgnet.data.study import Study
from sgnet.geometry import Grid, Volume
from sgnet.inference.segmentation import Segmentation
from sgnet.lesions.find import find_lesions


@pytest.fixture
def make_segmentation():
    """A builder: a head of noise with a lesion of 4 x 4 x 2 voxels at each place (first corners)."""

    def make(*places, threshold=0.5):
        shape = (60, 70, 12)
        grid = Grid(shape, np.array([[-2.0, 0, 0, 60], [0, -2.0, 0, 70], [0, 0, 4.0, -20], [0, 0, 0, 1]]))
        i, j, k = np.indices(shape)
        head = ((i - 30) / 26) ** 2 + ((j - 35) / 31) ** 2 + ((k - 6) / 6) ** 2 < 1
        noise = np.random.default_rng(0).normal(100, 10, shape).astype(np.float32)
        t1ce = np.where(head, noise, np.float32(0))
        core = np.zeros(shape, dtype=np.float32)
        for x, y, z in places:
            core[x : x + 4, y : y + 4, z : z + 2] = 0.9
        t1ce[core > 0] += 100
        whole = np.maximum(core, np.roll(core, 2, axis=1))
        settings = LesionSettings(threshold=threshold, min_volume_mm3=30, min_confidence=0.7)
        labels, mask, lesions = find_lesions(core, whole, grid, settings)
        study = Study(Volume(t1ce, grid, "t1ce.nii.gz"), Volume(t1ce, grid, "flair.nii.gz"))
        provenance = {"settings": {"lesions": settings.to_dict()}}
        return Segmentation(study, core, whole, labels, mask, lesions, provenance)

    return make
