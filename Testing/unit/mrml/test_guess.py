import pytest

from sgnet.data.roles import Role, evidence
from sgnet.mrml.guess import TAGS, Guess, describe, guess_inputs

T1CE = [
    "T1ce", "t1c", "T1 + C", "T1+C", "AX T1 POST", "t1gd", "T1_Gd", "sub-01_t1_post", "t1-contrast",
    "BraTS-MET-00001-000-t1c",
    "3D T1 MPRAGE post contrast", "MPRAGE_km", "t1_mprage_tra_KM", "Ax T1 FLAIR +C", "SAG BRAVO GD",
    "T1w_ce", "t1_vibe gadovist", "sub-A7_ses-1_T1w_ce",
]  # fmt: skip
FLAIR = [
    "FLAIR", "flair", "AX T2 FLAIR", "t2flair", "T2-FLAIR 3D", "t2_tirm_tra_dark-fluid", "t2_space_dark fluid",
    "T2f", "t2_f", "sub-01_FLAIR",
    "BraTS-MET-00001-000-t2f", "CUBE_FLAIR", "3D_Brain_FLAIR_post",
]  # fmt: skip
NEITHER = [
    "T1", "t1n", "AX T2", "t2w", "CT", "DWI", "ADC post", "T1 pre contrast", "T1 without contrast", "MPRAGE",
    "Volume 1", "CT head with contrast",
]  # fmt: skip


def score(name, role):
    return evidence(describe(name), role).score


@pytest.mark.parametrize("name", T1CE)
def test_contrast_enhanced_t1_is_known_by_its_name(name):
    assert score(name, Role.T1CE) > 0
    assert score(name, Role.FLAIR) == 0
    assert guess_inputs(["AX T2 FLAIR", name]).t1ce == 1


@pytest.mark.parametrize("name", FLAIR)
def test_flair_is_known_by_its_name(name):
    assert score(name, Role.FLAIR) > 0
    assert score(name, Role.T1CE) == 0
    assert guess_inputs(["t1ce", name]).flair == 1


@pytest.mark.parametrize("name", NEITHER)
def test_other_volumes_are_left_alone(name):
    guess = guess_inputs([name])
    assert (guess.t1ce, guess.flair) == (None, None)


DERIVED = ["t1ce_seg", "T1ce label", "brain mask post contrast", "FLAIR segmentation", "t1c prob", "T1 POST SUB"]


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
    assert guess_inputs([]) == Guess(None, None, "No volume says that it is the T1ce or the FLAIR: please choose.")
    assert guess_inputs(["t1c"]).reason == (
        'T1ce: "t1c", by its name. No volume says that it is the FLAIR: please choose.'
    )


def test_header_tells_what_the_node_name_does_not():
    names = ["5: AXIAL", "6: AXIAL", "7: AXIAL"]
    headers = [
        {"description": "AXIAL", "modality": "MR", "echo_time_ms": "120", "inversion_time_ms": "2500"},
        {"description": "AXIAL", "modality": "MR", "echo_time_ms": "12.0", "repetition_time_ms": "600"},
        {"modality": "MR", "echo_time_ms": "12", "repetition_time_ms": "600", "contrast_agent": "GADOBUTROL"},
    ]
    guess = guess_inputs(names, [describe(*one) for one in zip(names, headers, strict=True)])
    assert (guess.t1ce, guess.flair) == (2, 0)
    assert guess.reason == (
        'T1ce: "7: AXIAL", by its timing (TE 12, TR 600 ms), contrast agent GADOBUTROL. '
        'FLAIR: "5: AXIAL", by its timing (TE 120, TI 2500 ms).'
    )


def test_series_description_counts_where_the_node_has_another_name():
    assert guess_inputs(["Volume"], [describe("Volume", {"description": "AX T1 POST"})]).t1ce == 0
    # And what it denies is not overruled by a friendly node name.
    assert guess_inputs(["T1 POST"], [describe("T1 POST", {"description": "AX T1 PRE"})]).t1ce is None


def test_flair_of_the_same_visit_goes_first():
    names = ["T1 POST", "FLAIR", "FLAIR 2"]
    visits = ["second", "first", "second"]
    images = [describe(name, {"study_uid": visit}) for name, visit in zip(names, visits, strict=True)]
    assert guess_inputs(names, images).flair == 2
    # Also where another visit's has the better name.
    timing = {"study_uid": "second", "echo_time_ms": "120", "inversion_time_ms": "2500"}
    assert guess_inputs(names, [images[0], images[1], describe("AXIAL", timing)]).flair == 2


def test_original_goes_before_its_reformat_and_ct_is_never_taken():
    reformat = describe("T1 POST", {"image_type": "DERIVED\\SECONDARY\\MPR"})
    assert guess_inputs(["T1 POST", "T1 POST"], [reformat, describe("T1 POST")]).t1ce == 1
    assert guess_inputs(["T1ce"], [describe("T1ce", {"modality": "CT"})]).t1ce is None


def test_numbers_that_cannot_be_read_count_as_not_stated():
    assert describe("x", {"echo_time_ms": "3\\5", "repetition_time_ms": ""}).echo_time_ms is None


def test_every_entry_of_a_description_has_its_tag():
    assert all(len(tag) == 9 and tag[4] == "," for tag in TAGS.values())
