"""Scores against other people's code: surfaces and Dice against DeepMind's ``surface-distance``, overlaps and volumes
against ITK, the BraTS scores against their definition done naively."""

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from sgnet.evaluation.lesionwise import lesion_scores
from sgnet.evaluation.surface import surface_distances
from sgnet.evaluation.voxel import voxel_scores
from sgnet.geometry import Grid

reference_package = pytest.importorskip("surface_distance", reason="surface-distance (extra `dev`) is not installed")

pytestmark = pytest.mark.filterwarnings("ignore:Please import .* from the `scipy.ndimage`:DeprecationWarning")


def blobs(seed, shape=(22, 20, 14), share=0.12):
    """A few smooth pieces, some at the edge of the image."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=shape), 1.6)
    return noise > np.quantile(noise, 1 - share)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.5, 0.7, 3.0)])
def test_hd95_assd_and_surface_dice_equal_the_reference_package(seed, spacing):
    first, second = blobs(seed), np.roll(blobs(seed), 1, axis=0) | blobs(seed + 100, share=0.02)
    ours = surface_distances(first, second, spacing)
    theirs = reference_package.compute_surface_distances(first, second, spacing)
    for percent in (50, 95, 100):
        expected = reference_package.compute_robust_hausdorff(theirs, percent)
        assert ours.hausdorff_mm(percent) == pytest.approx(expected, abs=1e-6)
    for tolerance in (0.5, 1.0, 2.0):
        expected = reference_package.compute_surface_dice_at_tolerance(theirs, tolerance)
        assert ours.surface_dice(tolerance) == pytest.approx(expected, abs=1e-6)
    there, back = reference_package.compute_average_surface_distance(theirs)
    areas = theirs["surfel_areas_gt"].sum(), theirs["surfel_areas_pred"].sum()
    assert ours.average_mm() == pytest.approx(np.average([there, back], weights=areas), abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_the_scores_of_a_case_are_those_of_the_reference_package(seed):
    """Through the whole function, which crops first and judges empty masks."""
    spacing = (0.5, 0.7, 3.0)
    predicted, reference = np.roll(blobs(seed), 2, axis=1), blobs(seed)
    scores = voxel_scores(predicted, reference, Grid(reference.shape, np.diag([*spacing, 1.0])))
    theirs = reference_package.compute_surface_distances(reference, predicted, spacing)
    assert scores["dice"] == pytest.approx(reference_package.compute_dice_coefficient(reference, predicted))
    assert scores["hd95_mm"] == pytest.approx(reference_package.compute_robust_hausdorff(theirs, 95), abs=1e-6)
    assert scores["nsd_1mm"] == pytest.approx(
        reference_package.compute_surface_dice_at_tolerance(theirs, 1.0), abs=1e-6
    )
    areas = theirs["surfel_areas_gt"].sum(), theirs["surfel_areas_pred"].sum()
    means = reference_package.compute_average_surface_distance(theirs)
    assert scores["assd_mm"] == pytest.approx(np.average(means, weights=areas), abs=1e-6)


def itk_mask(mask, spacing):
    image = sitk.GetImageFromArray(np.ascontiguousarray(mask.T.astype(np.uint8)))
    image.SetSpacing(spacing)
    return image


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("share", [0.05, 0.2])
def test_overlaps_and_volumes_are_those_of_itk(seed, share):
    spacing = (0.5, 0.7, 3.0)
    predicted, reference = np.roll(blobs(seed, share=share), 1, axis=0), blobs(seed)
    scores = voxel_scores(predicted, reference, Grid(reference.shape, np.diag([*spacing, 1.0])))
    images = itk_mask(predicted, spacing), itk_mask(reference, spacing)
    overlaps = sitk.LabelOverlapMeasuresImageFilter()
    overlaps.Execute(*images)
    assert scores["dice"] == pytest.approx(overlaps.GetDiceCoefficient(1))
    # ITK calls its first image the source; the false negatives are shares of the second.
    assert scores["recall"] == pytest.approx(1 - overlaps.GetFalseNegativeError(1))
    assert scores["precision"] == pytest.approx(1 - overlaps.GetFalseDiscoveryRate(1))
    volumes_mm3 = []
    for image in images:
        shape = sitk.LabelShapeStatisticsImageFilter()
        shape.Execute(image)
        volumes_mm3.append(shape.GetPhysicalSize(1))
    error = 100 * abs(volumes_mm3[0] - volumes_mm3[1]) / volumes_mm3[1]
    assert scores["relative_volume_error_percent"] == pytest.approx(error)
    assert [scores["predicted_volume_ml"], scores["reference_volume_ml"]] == pytest.approx(
        [volume / 1000 for volume in volumes_mm3]
    )


def naive_brats(predicted, reference, spacing):
    """BraTS-METS 2023 as its rules read, one full-size mask at a time."""
    neighbours_18, neighbours_26 = ndimage.generate_binary_structure(3, 2), np.ones((3, 3, 3))
    blobs_of_reference, n_blobs = ndimage.label(ndimage.binary_dilation(reference, neighbours_18), neighbours_26)
    pieces, n_pieces = ndimage.label(predicted, neighbours_26)
    matched, dices, distances = set(), [], []
    for blob in range(1, n_blobs + 1):
        lesion = reference & (blobs_of_reference == blob)
        touching = set(np.unique(pieces[ndimage.binary_dilation(lesion, neighbours_18)]).tolist()) - {0}
        matched |= touching
        if lesion.sum() * np.prod(spacing) <= 2:
            continue
        pool = np.isin(pieces, list(touching))
        dices.append(2 * (pool & lesion).sum() / (pool.sum() + lesion.sum()))
        if touching:
            surfaces = reference_package.compute_surface_distances(lesion, pool, spacing)
            distances.append(reference_package.compute_robust_hausdorff(surfaces, 95))
        else:
            distances.append(374.0)
    wrong = n_pieces - len(matched)
    total = len(dices) + wrong
    return sum(dices) / total, (sum(distances) + 374.0 * wrong) / total


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.6, 0.6, 2.0)])
def test_brats_scores_equal_their_definition(seed, spacing):
    shape = (40, 36, 20)
    reference = blobs(seed, shape, 0.02)
    predicted = np.roll(reference, 1, axis=1) & blobs(seed + 50, shape, 0.7) | blobs(seed + 100, shape, 0.01)
    scores = lesion_scores(predicted, reference, Grid(shape, np.diag([*spacing, 1.0])))
    dice, hd95_mm = naive_brats(predicted, reference, spacing)
    assert scores["brats_reference_lesions"] > 3
    assert scores["brats_dice"] == pytest.approx(dice)
    assert scores["brats_hd95_mm"] == pytest.approx(hd95_mm, abs=1e-6)
