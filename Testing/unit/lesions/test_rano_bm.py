"""Every rule of RANO-BM (Lin et al., Lancet Oncol 2015) as a line of a table."""

from __future__ import annotations

import pytest

from sgnet.lesions.rano_bm import (
    NOT_IN_THE_IMAGES,
    Category,
    assess,
    choose_targets,
    measurable,
    non_target_response,
    overall_response,
    target_response,
)
from sgnet.lesions.track import LesionSize, Track

CR, PR, SD, PD, NE, NON = Category.CR, Category.PR, Category.SD, Category.PD, Category.NE, Category.NON_CR_NON_PD


def size(longest: float, perpendicular: float | None = None, slices: int = 9, number: int = 1) -> LesionSize:
    return LesionSize(number, longest**3 / 2000, longest, perpendicular or longest, slices, (0.0, 0.0, 0.0))


def track(number: int, *diameters: float | tuple[float, ...]) -> Track:
    """A lesion by its longest diameters on each scan; 0 is not seen, several are several components."""
    scans = [one if isinstance(one, tuple) else (one,) if one else () for one in diameters]
    return Track(number, tuple(tuple(size(d, number=number) for d in scan) for scan in scans), (0.0, 0.0, 0.0))


@pytest.mark.parametrize(
    ("longest", "perpendicular", "slices", "distance", "expected"),
    [
        (10.0, 5.0, 2, 1.0, True),
        (9.9, 9.9, 9, 1.0, False),  # longest diameter at least 10 mm
        (30.0, 4.9, 9, 1.0, False),  # perpendicular at least 5 mm
        (30.0, 20.0, 1, 1.0, False),  # on two axial slices or more
        (10.0, 10.0, 2, 5.0, True),  # slices of 5 mm are thin enough
        (11.9, 11.9, 2, 6.0, False),  # RECIST 1.1: thicker slices ask for twice their distance
        (12.0, 12.0, 2, 6.0, True),
    ],
)
def test_measurable(longest, perpendicular, slices, distance, expected):
    assert measurable(size(longest, perpendicular, slices), distance) is expected


def test_targets_are_the_five_largest_measurable_lesions_of_the_first_scan():
    tracks = [track(n, d, 40.0) for n, d in enumerate([12.0, 30.0, 9.0, 11.0, 22.0, 10.0, 15.0, 0.0], start=1)]
    assert choose_targets(tracks, 1.0) == (1, 2, 4, 5, 7)


def test_two_targets_that_merged_are_one_and_leave_no_room_for_a_sixth():
    tracks = [track(1, (20.0, 18.0), 30.0), *(track(n, 20.0 - n, 20.0) for n in (2, 3, 4, 5))]
    assert choose_targets(tracks, 1.0) == (1, 2, 3, 4)


@pytest.mark.parametrize(
    ("diameters", "expected"),
    [
        ([], NE),
        ([[20.0, 0.0], [12.0, 0.0]], CR),  # all have disappeared
        ([[20.0, 0.0], [12.0, 2.0]], PR),  # not all
        ([[20.0, 14.0]], PR),  # 30 % less
        ([[20.0, 14.1]], SD),
        ([[20.0, 20.0]], SD),
        ([[25.0, 30.0]], PD),  # 20 % and 5 mm more
        ([[25.0, 29.9]], SD),  # less than 20 %, less than 5 mm
        ([[20.0, 24.9]], SD),  # 24 %, but less than 5 mm
        ([[50.0, 56.0]], SD),  # 6 mm, but 12 %
        ([[12.0, 15.0], [12.0, 15.0], [12.0, 15.0]], SD),  # the sum rises by 25 % and 9 mm, no single one by 5 mm
        ([[12.0, 17.0], [12.0, 14.0]], PD),  # one of them by 5 mm is enough
        ([[30.0, 10.0, 15.0]], PD),  # against the nadir, although it is half of the baseline
        ([[30.0, 10.0, 14.0]], PR),  # 40 % above the nadir but 4 mm: still 30 % below the baseline
        ([[30.0, 20.0, 21.0]], PR),  # partial response is against the baseline, not against the scan before
        ([[30.0, 28.0, 21.5]], SD),
        ([[20.0, 25.0, 20.0]], SD),  # the baseline can be the nadir
        ([[20.0, 0.0, 6.0]], PD),  # returned after a complete response
        ([[20.0, 0.0, 4.0]], PR),
        ([[10.0, 20.0, 15.0], [20.0, 10.0, 21.0]], PD),  # growth is counted from the scan of the nadir
    ],
)
def test_target_response(diameters, expected):
    assert target_response(diameters) is expected


@pytest.mark.parametrize(
    ("diameters", "expected"),
    [
        ([], CR),
        ([[6.0, 0.0], [8.0, 0.0]], CR),
        ([[6.0, 0.0], [8.0, 1.0]], NON),
        ([[8.0, 12.9]], NON),
        ([[8.0, 13.0]], PD),
        ([[8.0, 3.0, 8.0]], PD),  # against its smallest
        ([[30.0, 35.0]], NON),  # 5 mm, but 17 %
    ],
)
def test_non_target_response(diameters, expected):
    assert non_target_response(diameters) is expected


@pytest.mark.parametrize(
    ("target", "non_target", "new", "expected"),
    [
        (CR, CR, False, CR),
        (CR, NON, False, PR),
        (CR, PD, False, PD),
        (CR, CR, True, PD),
        (PR, CR, False, PR),
        (PR, NON, False, PR),
        (PR, PD, False, PD),
        (PR, NON, True, PD),
        (SD, CR, False, SD),
        (SD, NON, False, SD),
        (SD, PD, False, PD),
        (SD, NON, True, PD),
        (PD, CR, False, PD),
        (PD, NON, True, PD),
        (NE, CR, False, CR),  # nothing measurable, all gone
        (NE, NON, False, NON),
        (NE, PD, False, PD),
        (NE, CR, True, PD),
    ],
)
def test_overall_response(target, non_target, new, expected):
    assert overall_response(target, non_target, new) is expected


def test_assessment_of_a_patient():
    tracks = [track(1, 20.0, 13.0), track(2, 12.0, 8.0), track(3, 6.0, 7.0), track(4, 5.0, 0.0)]
    result = assess(tracks, 1.0)
    assert (result.overall, result.target, result.non_target) == (PR, PR, NON)
    assert result.targets == (1, 2)
    assert result.sums_mm == (32.0, 21.0)
    assert result.lesions == {1: PR, 2: PR, 3: NON, 4: CR}
    assert result.reasons == ("Sum of target diameters 32.0 mm at first, 21.0 mm now (-34 %): targets PR.",)


def test_a_new_lesion_is_progression_and_a_small_one_is_called_equivocal():
    result = assess([track(1, 20.0, 8.0), track(2, 0.0, 4.0), track(3, 0.0, 9.0)], 1.0)
    assert result.overall is PD and result.target is PR
    assert result.lesions == {1: PR, 2: Category.NEW, 3: Category.NEW}
    assert result.reasons[1:] == (
        "Lesion 2 is new (4.0 mm): small, perhaps equivocal; confirm it on the next scan.",
        "Lesion 3 is new (9.0 mm).",
    )


def test_growth_of_another_lesion_is_progression_that_a_reader_must_judge():
    result = assess([track(1, 20.0, 20.0), track(2, 6.0, 12.0)], 1.0)
    assert result.overall is PD
    assert result.reasons[1] == "Lesion 2, no target, has grown by 20 % and 5 mm or more: judge it by eye."


def test_fragments_are_added_up_and_a_merged_lesion_counts_once():
    assert assess([track(1, 20.0, (7.0, 8.0))], 1.0).sums_mm == (20.0, 15.0)
    assert assess([track(1, (12.0, 11.0), 20.0)], 1.0).sums_mm == (23.0, 20.0)


def test_nadir_is_told_with_three_scans():
    reason = assess([track(1, 30.0, 10.0, 16.0)], 1.0, 3).reasons[0]
    assert "30.0 mm at first, 16.0 mm now (-47 %), smallest before 10.0 mm: targets PD." in reason


def test_no_lesion_at_all_is_not_evaluable():
    result = assess([], 1.0)
    assert (result.overall, result.sums_mm, result.lesions) == (NE, (0, 0), {})


def test_only_a_new_lesion_is_progression():
    assert assess([track(1, 0.0, 12.0)], 1.0).overall is PD


def test_the_record_says_what_the_images_cannot_tell():
    record = assess([track(1, 20.0, 8.0)], 1.0).to_dict()
    assert record["imaging_part_only"] is True
    assert "Lancet Oncology 2015" in record["source"]
    assert record["not_in_the_images"] == list(NOT_IN_THE_IMAGES)
    assert {"corticosteroid dose", "clinical status"} <= set(record["not_in_the_images"])
