import numpy as np
import pytest

from sgnet.config import LesionSettings
from sgnet.data.study import Study
from sgnet.geometry import Grid, Volume
from sgnet.inference.segmentation import Segmentation
from sgnet.lesions.confidence import Confidence
from sgnet.lesions.find import find_lesions

SIZE_COUNTS = Confidence(0.5, 1.0, 0.3, 0.0)


@pytest.fixture
def segmentation():
    """Two lesions of 24 and 12 voxels on an oblique, anisotropic grid."""
    affine = np.array([[-0.8, 0.3, 0.0, 10.0], [-0.3, -0.8, 0.0, 20.0], [0.0, 0.0, 2.0, 30.0], [0, 0, 0, 1]])
    grid = Grid((9, 8, 7), affine)
    core = np.zeros(grid.shape, dtype=np.float32)
    core[1:4, 1:5, 1:3] = 0.75
    core[6:8, 5:8, 4:6] = 0.5
    whole = np.where(core > 0, np.float32(1.0), np.float32(0.0))
    whole[4, 1:5, 1:3] = 0.8
    labels, mask, lesions = find_lesions(
        core, whole, grid, LesionSettings(min_volume_mm3=1, min_confidence=0), confidence=SIZE_COUNTS
    )
    image = Volume(core + 1, grid, "t1ce.nii.gz")
    provenance = {"version": "0.1.0", "settings": {"lesions": {"threshold": 0.5}}}
    return Segmentation(Study(image, image), core, whole, labels, mask, lesions, provenance)
