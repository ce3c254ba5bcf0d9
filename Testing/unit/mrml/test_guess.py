import pytest

from sgnet.mrml.guess import Guess, flair_score, guess_inputs, t1ce_score

T1CE = [
    "T1ce", "t1c", "T1 + C", "T1+C", "AX T1 POST", "t1gd", "T1_Gd", "sub-01_t1_post", "t1-contrast",
    "BraTS-MET-00001-000-t1c",
    "3D T1 MPRAGE post contrast", "MPRAGE_km", "t1_mprage_tra_KM", "Ax T1 FLAIR +C", "SAG BRAVO GD",
    "T1w_ce", "t1_vibe gadovist",
]  # fmt: skip
FLAIR = [
    "FLAIR", "flair", "AX T2 FLAIR", "t2flair", "T2-FLAIR 3D", "t2_tirm_tra_dark-fluid", "t2_space_dark fluid",
    "T2f", "t2_f",
    "BraTS-MET-00001-000-t2f", "CUBE_FLAIR", "3D_Brain_FLAIR_post",
]  # fmt: skip
NEITHER = [
    "T1", "t1n", "AX T2", "t2w", "CT", "DWI", "ADC post", "T1 pre contrast", "T1 without contrast", "MPRAGE",
    "Volume 1",
]  # fmt: skip


@pytest.mark.parametrize("name", T1CE)
def test_contrast_enhanced_t1_is_known_by_its_name(name):
    assert t1ce_score(name) > 0
    assert guess_inputs(["AX T2 FLAIR", name]).t1ce == 1


@pytest.mark.parametrize("name", FLAIR)
def test_flair_is_known_by_its_name(name):
    assert flair_score(name) > 0
    assert t1ce_score(name) == 0
    assert guess_inputs(["t1ce", name]).flair == 1


@pytest.mark.parametrize("name", NEITHER)
def test_other_volumes_are_left_alone(name):
    guess = guess_inputs([name])
    assert (guess.t1ce, guess.flair) == (None, None)


DERIVED = ["t1ce_seg", "T1ce label", "brain mask post contrast", "FLAIR segmentation", "t1c prob"]


@pytest.mark.parametrize("name", DERIVED)
def test_what_was_derived_from_a_volume_is_not_taken_for_it(name):
    guess = guess_inputs([name])
    assert (guess.t1ce, guess.flair) == (None, None)


def test_the_surer_name_wins_and_of_equal_ones_the_first():
    assert guess_inputs(["Head contrast", "T1ce", "T1 post"]).t1ce == 1
    assert guess_inputs(["T1 FLAIR", "T2 FLAIR"]).flair == 1


def test_one_volume_is_never_both():
    guess = guess_inputs(["T1 FLAIR post"])
    assert (guess.t1ce, guess.flair) == (0, None)


def test_reason_names_what_was_chosen_and_what_is_missing():
    assert guess_inputs([]) == Guess(None, None, "No volume name says that it is the T1ce or the FLAIR: please choose.")
    assert guess_inputs(["t1c"]).reason == (
        'Chosen by name: T1ce "t1c". No volume name says that it is the FLAIR: please choose.'
    )
