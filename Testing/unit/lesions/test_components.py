import numpy as np

from sgnet.lesions.components import bounding_box, label_components
from sgnet.lesions.match import overlap_voxels


def test_bounding_box_of_nothing_is_none():
    assert bounding_box(np.zeros((2, 3, 4), dtype=bool)) is None


def test_labels_of_a_crop_lie_where_the_voxels_do():
    mask = np.zeros((6, 6, 6), dtype=bool)
    mask[2, 2, 2] = mask[5, 5, 5] = True
    labels, count = label_components(mask)
    assert count == 2
    assert (labels[2, 2, 2], labels[5, 5, 5]) == (1, 2)
    assert labels.sum() == 3


def test_overlap_of_maps_without_labels_is_an_empty_table():
    nothing = np.zeros(3, dtype=np.uint16)
    assert overlap_voxels(nothing, np.array([0, 2, 2], dtype=np.uint16)).shape == (0, 2)


def test_overlap_counts_the_shared_voxels_of_each_pair():
    first = np.array([1, 1, 2, 2, 0, 2], dtype=np.uint8)
    second = np.array([2, 2, 2, 0, 1, 1], dtype=np.int32)
    assert overlap_voxels(first, second).tolist() == [[0, 2], [1, 1]]
