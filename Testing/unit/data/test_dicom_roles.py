"""Series are told apart as a radiographer would: by name, contrast agent and timing."""

from __future__ import annotations

from pathlib import Path

import pytest

from sgnet.data.dicom_headers import Series, Slice
from sgnet.data.dicom_roles import Role, choose_series, is_flair, is_t1ce
from sgnet.errors import InputError

ONE_SLICE = Slice(Path("x"), 0, 4, 4, (0, 0, 0), (1, 0, 0, 0, 1, 0), (1, 1), 1, 0)


def series(name="", agent="", te=None, ti=None, tr=None, slices=30, image_type=("ORIGINAL", "PRIMARY")):
    return Series(name, f"d, series 1 '{name}'", name, "", "", image_type, agent, "", te, ti, tr, (ONE_SLICE,) * slices)


@pytest.mark.parametrize(
    "name",
    [
        "AX T1 POST",
        "T1_MPRAGE_SAG_+C",
        "t1_mprage_tra_iso_KM",
        "Ax T1 FSPGR 3D +GD",
        "3D T1 TFE Gd",
        "SAG BRAVO +C",
        "T1ce",
        "t1c",
        "t1_se_tra post contrast",
        "T1W_3D_CE",
        "T1 C+",
        "preop T1 post",
        "T1 GADOVIST",
    ],
)
def test_descriptions_of_t1ce(name):
    assert is_t1ce(series(name))
    assert not is_flair(series(name))


@pytest.mark.parametrize(
    "name",
    [
        "AX T1",
        "AX T1 PRE",
        "T1 without contrast",
        "T1 w/o contrast",
        "t1_mprage_nativ",
        "AX T2 FLAIR POST",
        "AX T2 POST GD",
        "AX DWI POST",
        "T1 POST SUB",
        "TOF MRA POST T1",
        "localizer T1 post",
    ],
)
def test_descriptions_that_are_no_t1ce(name):
    assert not is_t1ce(series(name))


@pytest.mark.parametrize("name", ["AX FLAIR", "t2_flair_tra_fs", "T2_SPACE_dark-fluid", "TIRM DARK FLUID", "FLAIR +C"])
def test_descriptions_of_flair(name):
    assert is_flair(series(name))
    assert not is_t1ce(series(name))


@pytest.mark.parametrize("name", ["AX T2", "T1 FLAIR", "AX T1 POST", "STIR"])
def test_descriptions_that_are_no_flair(name):
    assert not is_flair(series(name))


def test_a_contrast_agent_makes_a_t1_a_t1ce():
    assert is_t1ce(series("AX T1 SE", agent="GADOBUTROL"))
    assert not is_t1ce(series("AX T1 SE", agent="NONE"))


def test_a_name_that_says_before_contrast_outweighs_the_agent_tag():
    assert not is_t1ce(series("AX T1 PRE", agent="GADOBUTROL"))


def test_timing_serves_where_the_name_says_nothing():
    assert is_t1ce(series("AXIAL", agent="GADOBUTROL", te=3, ti=900, tr=2000))
    assert is_t1ce(series("AXIAL", agent="GADOBUTROL", te=12, tr=600))
    assert not is_t1ce(series("AXIAL", agent="GADOBUTROL", te=90, tr=5000))
    assert is_flair(series("AXIAL", te=120, ti=2500, tr=9000))
    assert not is_flair(series("AXIAL", te=3, ti=900, tr=2000))


def test_a_t1_flair_by_timing_is_no_flair():
    assert not is_flair(series("AX FLAIR", te=10, ti=850, tr=2000))


def test_a_lone_series_is_taken_at_its_word():
    lone = series("no name that helps")
    assert choose_series([lone, series("localizer", slices=3)], Role.FLAIR, Path("d")) is lone


def test_an_original_goes_before_its_reformat():
    original = series("AX T1 POST")
    reformat = series("COR T1 POST", image_type=("DERIVED", "SECONDARY", "MPR"))
    assert choose_series([reformat, original, series("FLAIR")], Role.T1CE, Path("d")) is original
    assert choose_series([reformat, series("FLAIR")], Role.T1CE, Path("d")) is reformat


def test_two_candidates_are_both_named():
    with pytest.raises(InputError, match=r"2 series .* T1ce \(1 'AX T1 POST', 30 slices; 1 'SAG T1 POST', 20"):
        choose_series([series("AX T1 POST"), series("SAG T1 POST", slices=20), series("FLAIR")], Role.T1CE, Path("d"))
