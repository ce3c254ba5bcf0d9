from __future__ import annotations

import numpy as np
import pytest

from sgnet.errors import InputError
from sgnet.export.planning import find_planning_series
from sgnet.geometry import Grid, Volume

GRID = Grid((10, 12, 6), np.diag([1.0, 1.0, 2.0, 1.0]))
OTHER = Grid((10, 12, 4), np.diag([1.0, 1.0, 3.0, 1.0]))


def image(grid):
    return Volume(np.ones(grid.shape, np.float32), grid)


def test_the_only_series_is_taken_whatever_its_grid(tmp_path, write_dicom):
    write_dicom(image(OTHER), tmp_path, SeriesDescription="only")
    assert find_planning_series(tmp_path, GRID).description == "only"


def test_a_ct_will_do(tmp_path, write_dicom):
    write_dicom(image(GRID), tmp_path, Modality="CT")
    assert len(find_planning_series(tmp_path, GRID).slices) == 6


def test_among_several_the_one_with_the_label_maps_voxels(tmp_path, write_dicom):
    write_dicom(image(OTHER), tmp_path / "a", SeriesDescription="other")
    write_dicom(image(GRID), tmp_path / "b", SeriesDescription="wanted")
    # Two slices at one place: no volume, and no reason to stop.
    write_dicom(image(GRID), tmp_path / "c", SeriesDescription="broken", ImagePositionPatient=[0, 0, 0])
    assert find_planning_series(tmp_path, GRID).description == "wanted"


@pytest.mark.parametrize(
    ("grids", "sentence"), [((OTHER, OTHER), "none of them has"), ((GRID, GRID), "2 of them have")]
)
def test_several_that_cannot_be_told_apart_are_refused(tmp_path, write_dicom, grids, sentence):
    for n, grid in enumerate(grids):
        write_dicom(image(grid), tmp_path / str(n))
    with pytest.raises(InputError, match=sentence):
        find_planning_series(tmp_path, GRID)


def test_a_folder_without_images_or_no_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no MR or CT series"):
        find_planning_series(tmp_path, GRID)
    with pytest.raises(InputError, match="no such folder"):
        find_planning_series(tmp_path / "missing", GRID)
