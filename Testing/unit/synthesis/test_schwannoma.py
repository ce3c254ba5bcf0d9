"""Synthetic schwannomas on a head of boxes: brainstem, cerebellum and fluid are enough to place the canals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sgnet.synthesis import schwannoma
from sgnet.synthesis.anatomy import Anatomy
from sgnet.synthesis.schwannoma import SPACING_MM, SchwannomaParameters, generate_schwannoma, render_schwannoma
from sgnet.synthesis.t2 import SUBSLICES, T2Acquisition
from sgnet.synthesis.tissue import Tissue


def boxes() -> Anatomy:
    tissue = np.full((180, 160, 120), Tissue.CSF, np.uint8)
    tissue[75:105, 80:105, 20:110] = Tissue.BRAINSTEM
    tissue[45:135, 30:75, 20:70] = Tissue.CEREBELLAR_CORTEX
    return Anatomy("boxes", tissue, np.zeros(tissue.shape, np.int8))


@pytest.fixture(autouse=True)
def small_head(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schwannoma, "_procedural", lambda number: boxes())


def drawn(seed: int, **tumour: object) -> SchwannomaParameters:
    """Study ``seed`` without degradations, its head straight in the scan."""
    parameters = SchwannomaParameters.draw(seed, ("boxes",))
    clean = T2Acquisition(blur_mm=0.2, bias=0, noise=0, banding=0, gamma=1, seed=0)
    still = {"rotation_deg": (0.0, 0.0, 0.0), "scale": (1.0, 1.0, 1.0), "shift_mm": (0.0, 0.0, 0.0), "elastic_mm": 0.0}
    contrast = replace(parameters.contrast, texture=0.0)
    changed = replace(parameters.tumour, **tumour)
    return replace(parameters, **still, acquisition=clean, contrast=contrast, tumour=changed, gain=1.0)


def test_number_alone_decides_and_the_recorded_parameters_replay() -> None:
    made = generate_schwannoma(3)
    replayed = render_schwannoma(SchwannomaParameters.draw(3, tuple(f"procedural-{n}" for n in range(4))), boxes())
    np.testing.assert_array_equal(replayed.t2.array, made.t2.array)
    np.testing.assert_array_equal(replayed.tumour, made.tumour)
    assert made.t2.grid.spacing_mm == pytest.approx(SPACING_MM)
    assert made.tumour.shape == made.t2.array.shape
    right = made.t2.grid.to_ras([np.argwhere(made.tumour).mean(axis=0)])[0, 0]
    assert (right > 0) == made.parameters.tumour.right


def test_other_numbers_draw_other_parameters_on_both_sides() -> None:
    drawn_of = [SchwannomaParameters.draw(seed, ("boxes",)) for seed in range(40)]
    assert len({p.gain for p in drawn_of}) == 40
    assert {p.tumour.right for p in drawn_of} == {True, False}
    assert 4 <= sum(p.tumour.outer_mm[0] == 0 for p in drawn_of) <= 18


def test_tumour_without_an_outer_part_stays_in_the_canal() -> None:
    parameters = drawn(1, right=True, reach=(0.2, 0.9), outer_mm=(0.0, 0.0, 0.0), wider=1.0, lobes=0.0)
    made, base = render_schwannoma(parameters, boxes()), parameters.right
    places = made.t2.grid.to_ras(np.argwhere(made.tumour))
    depth = places[:, 0] - base.porus_mm[0]
    assert depth.min() == pytest.approx(0.2 * base.length_mm, abs=0.5)
    assert depth.max() == pytest.approx(0.9 * base.length_mm, abs=0.5)
    assert np.ptp(places[:, 1]) < 2 * base.radius_mm + 3


def test_outer_part_reaches_from_the_opening_towards_the_brainstem() -> None:
    parameters = drawn(1, right=False, outer_mm=(8.0, 8.0, 8.0), lobes=0.0)
    made, base = render_schwannoma(parameters, boxes()), parameters.left
    medial = made.t2.grid.to_ras(np.argwhere(made.tumour))[:, 0].max()
    assert medial == pytest.approx(-(base.porus_mm[0] - 0.75 * 8 - 8), abs=0.6)


def test_tumour_is_of_its_level_and_the_healthy_canal_is_of_fluid() -> None:
    parameters = drawn(2, right=True, outer_mm=(9.0, 9.0, 9.0), level=1.2, uneven=0.0, cysts=0.0)
    made = render_schwannoma(parameters, boxes())
    inner = made.tumour & np.roll(made.tumour, 3, 0) & np.roll(made.tumour, -3, 0) & np.roll(made.tumour, 1, 2)
    assert np.median(made.t2.array[inner]) == pytest.approx(1.2, abs=0.05)
    base = parameters.left
    places = [[-(base.porus_mm[0] + 3), base.porus_mm[1] + 3 * base.tilt + 0.75 * base.radius_mm, base.porus_mm[2]]]
    i, j, k = np.rint(made.t2.grid.to_ijk(places)[0]).astype(int)
    assert made.t2.array[i, j, k] > 1.5


def test_slices_average_their_sheets() -> None:
    still = T2Acquisition(blur_mm=1e-6, bias=0, noise=0, banding=0, gamma=1, seed=0)
    image = np.zeros((8, 8, 5 * SUBSLICES), np.float32)
    image[:, :, 2 * SUBSLICES : 3 * SUBSLICES] = 3
    line = still.apply(image, 0.4)[4, 4]
    assert line.shape == (5,)
    # The sheets' own thickness blurs a little into the neighbours; the sum stays.
    assert line[2] > 5 * line[1] > 0
    assert line[1] == pytest.approx(line[3])
    assert line.sum() == pytest.approx(3, rel=1e-3)
