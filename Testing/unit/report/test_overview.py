import dataclasses
import os

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from sgnet.errors import InputError
from sgnet.geometry import Volume
from sgnet.lesions.confidence import confidence_text
from sgnet.report.overview import draw_overview
from sgnet.report.panel import CORE, TRUTH, WHOLE


def pixels_of(path, color):
    """How many pixels of the picture have very nearly this colour."""
    wanted = np.array([int(color[n : n + 2], 16) for n in (1, 3, 5)]) / 255.0
    return int((np.abs(imread(path)[..., :3] - wanted).max(axis=-1) < 0.06).sum())


def words(monkeypatch):
    """Collects every text that is put on the page."""
    said = []
    original = Figure.text

    def text(self, x, y, s, *args, **kwargs):
        said.append(s)
        return original(self, x, y, s, *args, **kwargs)

    monkeypatch.setattr(Figure, "text", text)
    return said


def test_each_lesion_has_a_row_and_the_header_says_what_matters(make_segmentation, tmp_path, monkeypatch):
    said = words(monkeypatch)
    segmentation = make_segmentation((20, 20, 5), (36, 36, 5))
    draw_overview(segmentation, tmp_path / "overview.png")
    assert {f"confidence {confidence_text(lesion.confidence)}" for lesion in segmentation.lesions} <= set(said)
    assert {"Lesion 1", "Lesion 2", "Brain metastases: 2 lesions"} <= set(said)
    assert "total 1.024 ml, threshold 0.5, 30 mm³ and more, confidence 0.7 and more" in said
    assert any("t1ce.nii.gz" in line and "flair.nii.gz" in line for line in said)
    assert any("Research use only" in line for line in said)


def test_contours_appear_in_their_colours_and_the_truth_only_when_given(make_segmentation, tmp_path):
    segmentation = make_segmentation((20, 20, 5))
    draw_overview(segmentation, tmp_path / "plain.png")
    draw_overview(segmentation, tmp_path / "truth.png", segmentation.core)
    assert pixels_of(tmp_path / "plain.png", CORE) > 300
    assert pixels_of(tmp_path / "plain.png", WHOLE) > 300
    assert pixels_of(tmp_path / "plain.png", TRUTH) == 0
    assert pixels_of(tmp_path / "truth.png", TRUTH) > 200


def test_missed_reference_lesions_are_shown_and_counted(make_segmentation, tmp_path, monkeypatch):
    said = words(monkeypatch)
    segmentation = make_segmentation((20, 20, 5))
    truth = segmentation.core.copy()
    truth[40:43, 40:43, 6] = True
    draw_overview(segmentation, tmp_path / "overview.png", truth)
    assert "Missed" in said
    assert any("reference lesions missed: 1" in line for line in said)


def test_no_lesion_is_said_with_what_would_count_and_the_head_is_shown(make_segmentation, tmp_path, monkeypatch):
    said = words(monkeypatch)
    draw_overview(make_segmentation(threshold=0.3), tmp_path / "overview.png")
    assert any(
        line.startswith("No lesion was found (threshold 0.3, 30 mm³ and more, confidence 0.7 and more") for line in said
    )
    assert imread(tmp_path / "overview.png")[..., :3].max() > 0.9


def test_at_most_twelve_rows_with_a_note_and_room_for_missed_ones(make_segmentation, tmp_path, monkeypatch):
    places = [(x, y, 5) for x in (14, 20, 26, 32, 38) for y in (20, 30, 40)]
    segmentation = make_segmentation(*places)
    monkeypatch.setattr(Figure, "savefig", lambda *_, **__: None)  # only the words matter here
    assert len(segmentation.lesions) == 15
    said = words(monkeypatch)
    draw_overview(segmentation, tmp_path / "overview.png")
    assert sum(line.startswith("Lesion ") for line in said) == 12
    assert any(line.startswith("3 more") for line in said)
    said.clear()
    truth = np.zeros(segmentation.grid.shape, dtype=bool)
    truth[30:32, 50:52, 6] = True
    draw_overview(segmentation, tmp_path / "overview.png", truth)
    assert sum(line.startswith("Lesion ") for line in said) == 11
    assert "Missed" in said


def test_a_constant_flair_and_an_unknown_threshold_do_not_stop_the_picture(make_segmentation, tmp_path):
    segmentation = make_segmentation()
    flair = Volume(np.full(segmentation.grid.shape, 3.0), segmentation.grid, "flat")
    study = dataclasses.replace(segmentation.study, flair=flair)
    draw_overview(dataclasses.replace(segmentation, study=study, provenance={}), tmp_path / "overview.png")
    assert os.listdir(tmp_path) == ["overview.png"]


def test_a_truth_on_another_grid_is_refused(make_segmentation, tmp_path):
    with pytest.raises(InputError, match=r"reference \(2, 2, 2\) does not fit"):
        draw_overview(make_segmentation(), tmp_path / "overview.png", np.ones((2, 2, 2), dtype=bool))


def test_a_folder_that_is_missing_is_an_input_error(make_segmentation, tmp_path):
    with pytest.raises(InputError, match="Cannot write"):
        draw_overview(make_segmentation(), tmp_path / "none" / "overview.png")
