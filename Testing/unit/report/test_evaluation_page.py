import base64
import re

import numpy as np
import pytest

from sgnet.evaluation.calibration import CalibrationCounts
from sgnet.evaluation.case import evaluate_case
from sgnet.evaluation.summary import summarise
from sgnet.geometry import Grid
from sgnet.report.evaluation_page import write_evaluation_page

GRID = Grid((20, 6, 6), np.eye(4))


def mask(*spans):
    array = np.zeros(GRID.shape, np.uint8)
    for first, last in spans:
        array[first:last, 1:5, 1:5] = 1
    return array


CASES = {
    "half <b>": evaluate_case(mask((0, 4)), mask((0, 4), (9, 12)), GRID, mask((0, 5)), mask((0, 5))),
    "nothing": evaluate_case(mask(), mask((2, 6)), GRID),
    "false": evaluate_case(mask((2, 6), (10, 12)), mask((2, 6)), GRID),
}


@pytest.fixture
def page(tmp_path):
    def make(cases=CASES, calibration=None):
        summary = summarise(list(cases.values()))
        if calibration:
            summary["core"]["calibration"] = {"cases": 1, **calibration.to_dict()}
        write_evaluation_page(cases, summary, tmp_path / "page.html", "1.2")
        return (tmp_path / "page.html").read_text(encoding="utf-8")

    return make


def test_it_loads_nothing_from_elsewhere_says_research_only_and_shows_no_markup_of_the_input(page):
    text = page()
    assert not re.search(r"https?://|<script|<link|url\(|<b>half|half <b>", text)
    assert "esearch" in re.search(r'class="notice">(.*?)</div>', text)[1]
    assert "half &lt;b&gt;" in text


def test_the_numbers_of_the_summary_stand_in_it(page):
    text = page()
    dice = np.mean([case["core"]["dice"] for case in CASES.values()])
    assert f"<b>{dice:.3f}</b><span>mean Dice, core</span>" in text
    assert "<b>2 of 4</b><span>lesions found, core</span>" in text
    assert "<b>0.33</b><span>false positives a scan, core</span>" in text
    assert "<td>core, 3-5 mm</td>" in text


def test_every_lesion_has_a_line(page):
    text = page()
    lesions = text[text.index("<h2>Lesions</h2>") :]
    words = re.findall(r"<td>(found|missed|ignored|false positive)</td>", lesions)
    assert sorted(words) == ["false positive", "found", "found", "found", "missed", "missed"]


def test_what_was_done_with_empty_masks_is_said_with_counts(page):
    text = page()
    rows = re.findall(r"<tr><td>(prediction only|reference only)</td><td>(\d)</td><td>(\d)</td></tr>", text)
    assert rows == [("prediction only", "1", "0"), ("reference only", "0", "0")]
    assert "Empty prediction only: Dice, precision, recall and NSD 0; HD95 and ASSD 374 mm" in text


def test_calibration_is_drawn_where_it_was_measured_and_nowhere_else(page):
    assert "Calibration" not in page()
    counts = CalibrationCounts.of(np.array([0.25, 0.75, 0.75, 0.0]), np.array([False, True, False, True]))
    text = page(calibration=counts)
    assert "<h2>Calibration</h2>" in text and "Reliability curve" in text
    assert "<td>core</td><td>1</td><td>3</td><td>0.250</td><td>0.229</td><td>1 of 1</td>" in text


def test_plots_are_pictures_of_their_own(page):
    images = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', page())
    assert len(images) == 5
    assert all(b"<svg" in base64.b64decode(one) for one in images)


def test_the_same_scores_give_the_same_page(page):
    assert page() == page()


def test_a_reference_without_any_lesion_is_said(page):
    text = page({"none": evaluate_case(mask(), mask(), GRID)})
    assert "The reference holds no lesion." in text
