import pytest
import torch

from sgnet.losses.lesions import CROSS_ENTROPY, FALSE_VOXELS, MARGIN, lesion_loss, surroundings

LONG = 40


def line(*values):
    """Probabilities along one axis as logits, shape (1, 1, 1, 1, n)."""
    return torch.logit(torch.tensor(values, dtype=torch.float64)).view(1, 1, 1, 1, -1)


@pytest.fixture
def two():
    """A lesion of 1 voxel and one of 10, far from each other; logits that give 0 everywhere."""
    lesions = torch.zeros(1, 1, 1, 1, LONG, dtype=torch.uint8)
    lesions[..., 3], lesions[..., 20:30] = 1, 2
    return torch.full((1, 1, 1, 1, LONG), -30.0), lesions


def test_a_missed_lesion_costs_the_same_whatever_its_size(two):
    logits, lesions = two
    missed = 1 + CROSS_ENTROPY * 30
    small, large = (torch.where(lesions == found, 30.0, logits) for found in (2, 1))
    assert float(lesion_loss(logits, lesions)) == pytest.approx(missed, abs=1e-4)
    assert float(lesion_loss(small, lesions)) == pytest.approx(missed / 2, abs=1e-4)
    assert float(lesion_loss(large, lesions)) == pytest.approx(missed / 2, abs=1e-4)


def test_a_lesion_that_is_surely_missed_still_teaches(two):
    logits, lesions = two
    logits.requires_grad_()
    lesion_loss(logits, lesions).backward()
    # One voxel of one lesion of two.
    assert float(logits.grad[..., 3].sum()) == pytest.approx(-CROSS_ENTROPY / 2, abs=1e-4)
    assert float(logits.grad[lesions == 2].sum()) == pytest.approx(-CROSS_ENTROPY / 2, abs=1e-4)


def test_what_is_false_costs_in_the_surroundings_by_the_dice_and_outside_by_its_volume(two):
    logits, lesions = two
    right = torch.where(lesions > 0, 30.0, logits)
    near, far = right.clone(), right.clone()
    near[..., 3 + MARGIN] = 30
    far[..., 3 + MARGIN + 1] = 30
    assert float(lesion_loss(right, lesions)) == pytest.approx(0, abs=1e-4)
    assert float(lesion_loss(far, lesions)) == pytest.approx(30 / FALSE_VOXELS, abs=1e-4)
    # One of the two lesions: 1 - 2 / (2 + 1).
    assert float(lesion_loss(near, lesions)) == pytest.approx(0.5 / 3, abs=1e-4)


def test_half_certain_voxels_match_the_formula():
    lesions = torch.tensor([0, 1, 1], dtype=torch.uint8).view(1, 1, 1, 1, 3)
    # 1 - 2 * (0.5 + 0.25) / (0.5 + 0.5 + 0.25 + 2), and the mean of log 2 and log 4
    expected = 1 - 1.5 / 3.25 + CROSS_ENTROPY * 1.5 * 0.693147
    assert float(lesion_loss(line(0.5, 0.5, 0.25), lesions)) == pytest.approx(expected, abs=1e-5)


def test_every_lesion_of_the_batch_counts_once(two):
    logits, lesions = two
    one = torch.where(lesions == 2, lesions, 0)
    batch = torch.cat([logits, torch.where(one > 0, 30.0, logits)]), torch.cat([lesions, one])
    assert float(lesion_loss(*batch)) == pytest.approx(2 / 3 * (1 + CROSS_ENTROPY * 30), abs=1e-4)
    known = torch.tensor([False, True])
    assert float(lesion_loss(*batch, known)) == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("false", [100, 300])
def test_a_sample_without_lesions_costs_by_what_is_found(false):
    logits = torch.full((2, 1, 1, 1, 500), -30.0)
    logits[0, ..., :false] = 4
    cost = false * 4.01815 / FALSE_VOXELS
    nothing = torch.zeros(logits.shape, dtype=torch.uint8)
    assert float(lesion_loss(logits, nothing)) == pytest.approx(cost / 2, rel=1e-4)
    assert float(lesion_loss(logits, nothing, torch.tensor([True, False]))) == pytest.approx(cost, rel=1e-4)
    assert float(lesion_loss(logits, nothing, torch.tensor([False, True]))) == pytest.approx(0, abs=1e-6)


def test_surroundings_reach_as_far_along_every_axis_and_into_the_corners():
    lesions = torch.zeros(1, 13, 13, 13, dtype=torch.uint8)
    lesions[0, 6, 6, 6] = 7
    expected = torch.zeros(1, 13, 13, 13, dtype=torch.int64)
    around = slice(6 - MARGIN, 6 + MARGIN + 1)
    expected[0, around, around, around] = 7
    assert torch.equal(surroundings(lesions), expected)


def test_voxels_of_touching_lesions_are_their_own():
    lesions = torch.tensor([0, 1, 1, 2, 2, 1, 0], dtype=torch.uint8).view(1, 1, 1, 7)
    assert surroundings(lesions).flatten().tolist() == [2, 1, 1, 2, 2, 1, 2]
