import numpy as np
import pytest

from sgnet.errors import InputError

pytest.importorskip("slicer", reason="slicer-core is not installed: pip install 'trame-slicer[standalone]'")

from sgnet.mrml.volumes import create_volume_node, study_from_nodes, voxels

SHAPE = (24, 30, 16)


def test_study_has_the_voxels_and_the_geometry_of_the_nodes(add_volume, affine):
    array = np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE)
    study = study_from_nodes(add_volume(array, affine), add_volume(array + 1, affine, "FLAIR"))
    np.testing.assert_array_equal(study.t1ce.array, array)
    np.testing.assert_array_equal(study.flair.array, array + 1)
    assert study.t1ce.array.dtype == np.int16
    np.testing.assert_allclose(study.t1ce.grid.affine_ijk_to_ras, affine, atol=1e-12)
    assert (study.t1ce.name, study.flair.name) == ("T1ce", "FLAIR")


def test_study_does_not_share_memory_with_the_node(add_volume):
    node = add_volume(np.zeros(SHAPE, np.float32), np.eye(4))
    study = study_from_nodes(node, add_volume(np.ones(SHAPE, np.float32), np.eye(4), "FLAIR"))
    voxels(node)[:] = 7
    assert study.t1ce.array.max() == 0


def test_linear_parent_transforms_are_applied_and_the_node_stays_as_it_is(add_volume, put_under_transform, oblique):
    node = add_volume(np.zeros(SHAPE, np.float32), oblique)
    shift = np.eye(4)
    shift[:3, 3] = (10, -20, 30)
    turn = np.array([[0, -1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])
    inner = put_under_transform(node, shift)
    put_under_transform(inner, turn)
    study = study_from_nodes(node, add_volume(np.ones(SHAPE, np.float32), np.eye(4), "FLAIR"))
    np.testing.assert_allclose(study.t1ce.grid.affine_ijk_to_ras, turn @ shift @ oblique, atol=1e-10)
    assert node.GetParentTransformNode() is inner


def test_a_warping_transform_is_refused(scene, add_volume):
    node = add_volume(np.zeros(SHAPE, np.float32), np.eye(4), "bent")
    warp = scene.AddNewNodeByClass("vtkMRMLGridTransformNode", "warp")
    from vtkmodules.vtkCommonDataModel import vtkImageData

    field = vtkImageData()
    field.SetDimensions(3, 3, 3)
    field.AllocateScalars(11, 3)
    import slicer

    grid = slicer.vtkOrientedGridTransform()
    grid.SetDisplacementGridData(field)
    warp.SetAndObserveTransformFromParent(grid)
    node.SetAndObserveTransformNodeID(warp.GetID())
    with pytest.raises(InputError, match=r'"bent" stands under the warping transform "warp".*harden'):
        study_from_nodes(node, add_volume(np.ones(SHAPE, np.float32), np.eye(4), "FLAIR"))


def test_a_shearing_transform_is_refused(add_volume, put_under_transform):
    node = add_volume(np.zeros(SHAPE, np.float32), np.eye(4))
    shear = np.eye(4)
    shear[0, 1] = 0.3
    put_under_transform(node, shear)
    with pytest.raises(InputError, match="not perpendicular"):
        study_from_nodes(node, add_volume(np.ones(SHAPE, np.float32), np.eye(4), "FLAIR"))


def test_unusable_inputs_are_refused_in_one_sentence(scene, add_volume):
    good = add_volume(np.zeros(SHAPE, np.float32), np.eye(4))
    empty = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "nothing")
    colour = add_volume(np.zeros((*SHAPE, 3), np.uint8), np.eye(4), "photo")
    flat = add_volume(np.zeros((24, 30, 1), np.float32), np.eye(4), "scout")
    for t1ce, flair, sentence in [
        (None, good, "Please choose a T1ce volume."),
        (good, None, "Please choose a FLAIR volume."),
        (good, good, 'T1ce and FLAIR are the same volume "T1ce"; please choose two volumes.'),
        (good, empty, 'The volume "nothing" is empty; please choose another one.'),
        (colour, good, 'The volume "photo" is a colour or vector image; please choose a grey-value MRI volume.'),
        (good, flat, 'The volume "scout" is a single slice; please choose a 3D volume.'),
    ]:
        with pytest.raises(InputError) as error:
            study_from_nodes(t1ce, flair)
        assert str(error.value) == sentence


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_an_array_becomes_a_volume_node_in_the_place_of_another(scene, add_volume, put_under_transform, oblique, dtype):
    like = add_volume(np.zeros(SHAPE, np.float32), oblique)
    transform = put_under_transform(like, np.diag([1.0, 1.0, 1.0, 1.0]))
    array = np.arange(np.prod(SHAPE)).reshape(SHAPE).astype(dtype)
    node = create_volume_node(scene, array, like, "probability")
    np.testing.assert_array_equal(voxels(node), array)
    assert voxels(node).dtype == dtype
    assert node.GetParentTransformNode() is transform
    study = study_from_nodes(node, like)
    assert study.t1ce.grid.matches(study.flair.grid, 1e-9)


def test_an_array_of_another_size_is_refused(scene, add_volume, ids_of):
    like = add_volume(np.zeros(SHAPE, np.float32), np.eye(4))
    before = ids_of(scene)
    with pytest.raises(InputError, match="does not fit the volume T1ce"):
        create_volume_node(scene, np.zeros((2, 3, 4)), like, "probability")
    assert ids_of(scene) == before
