"""The rough lobe of a point, and a head's place in the average brain."""

import numpy as np
import pytest
from scipy import ndimage

from sgnet.data.read import read_volume
from sgnet.geometry import Grid
from sgnet.lesions.atlas import FOLDER, LOBES, AtlasPose, lobe_shares
from sgnet.lesions.atlas_pose import find_atlas_pose
from sgnet.lesions.position import NOWHERE, HeadPosition

AVERAGE = AtlasPose((1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0), 1.0)
POINTS = {
    (35.0, 45.0, 20.0): "frontal",
    (-40.0, -50.0, 55.0): "parietal",
    (55.0, -15.0, -22.0): "temporal",
    (-20.0, -92.0, 5.0): "occipital",
    (12.0, -18.0, 8.0): "deep",
    (30.0, -65.0, -42.0): "cerebellum",
    (0.0, -26.0, -34.0): "brainstem",
}


@pytest.mark.parametrize(("point", "lobe"), POINTS.items(), ids=POINTS.values())
def test_points_in_the_middle_of_lobes_on_both_sides(point, lobe):
    assert AVERAGE.lobe(point) == lobe
    assert AVERAGE.lobe((-point[0], *point[1:])) == lobe


def test_near_a_border_the_two_likeliest_are_named_and_shares_are_shares():
    line = np.stack([np.full(200, 30.0), np.linspace(60, -90, 200), np.full(200, 45.0)], axis=1)
    shares = lobe_shares(line)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    named = list(dict.fromkeys(AVERAGE.lobe(point) for point in line))
    assert named[0] == "frontal" and {"frontal/parietal", "parietal"} <= set(named)
    assert all(set(one.split("/")) <= set(LOBES) for one in named)


def head(turn_deg=8.0, scale=0.93, shift=(6.0, -9.0, 14.0), size=(100, 110, 100)):
    """The average brain, turned about its third axis, scaled and moved, on 2 mm voxels; its grid and the true map."""
    template = read_volume(FOLDER / "icbm152_2009c_4mm.nii.gz")
    array, inner = template.array.astype(np.float32) / 255, template.grid
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = [-100.0 + shift[0], -125.0 + shift[1], -95.0 + shift[2]]
    grid = Grid(size, affine)
    angle = np.radians(turn_deg)
    turned = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]) / scale
    points = grid.to_ras(np.argwhere(np.ones(size, bool))) - shift
    values = ndimage.map_coordinates(array, inner.to_ijk(points @ turned.T).T, order=1)
    return values.reshape(size), grid, lambda ras: turned @ (np.asarray(ras) - shift)


def test_a_turned_scaled_and_shifted_head_is_found_again():
    image, grid, to_mni = head()
    pose = find_atlas_pose(image, grid)
    assert pose is not None and pose.agreement > 0.5
    matrix = np.array(pose.ras_to_mni).reshape(3, 4)
    brain = grid.to_ras(np.argwhere(image > 0.2)[::500])
    off = [matrix[:, :3] @ point + matrix[:, 3] - to_mni(point) for point in brain]
    assert np.linalg.norm(off, axis=1).mean() < 3
    assert find_atlas_pose(image, grid) == pose


def test_what_is_no_head_has_no_place():
    _, grid, _ = head()
    noise = np.random.default_rng(0).uniform(size=grid.shape).astype(np.float32)
    assert find_atlas_pose(noise, grid) is None
    assert find_atlas_pose(np.zeros(grid.shape, np.float32), grid) is None
    image, grid, _ = head()
    slab = Grid((100, 110, 12), grid.affine_ijk_to_ras @ np.array(
        [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 45.0], [0, 0, 0, 1]]
    ))  # fmt: skip
    assert find_atlas_pose(image[:, :, 45:57], slab) is None


def test_position_survives_as_plain_numbers_and_older_files_have_no_atlas():
    position = HeadPosition(None, AVERAGE)
    assert HeadPosition.from_dict(position.to_dict()) == position
    assert HeadPosition.from_dict({"midplane": None}) == NOWHERE
    assert NOWHERE.lobe((0.0, 0.0, 0.0)) is None and NOWHERE.side((0.0, 0.0, 0.0)) is None
    with pytest.raises(ValueError, match="13 numbers"):
        AtlasPose.from_list([1.0, 2.0])
