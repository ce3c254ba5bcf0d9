import re

import pytest

from sgnet.evaluation.compare import compare_models
from sgnet.report.comparison_page import ComparedModels, write_comparison_page


def scores(*dice, hd95_mm=(1.0, 2.0, 3.0)):
    return {
        name: {"core": {"reference_volume_ml": 1.0, "reference_lesions": 1, "dice": one, "hd95_mm": distance}}
        for name, one, distance in zip("abc", dice, hd95_mm, strict=True)
    }


@pytest.fixture
def page(tmp_path):
    def make(left_out=None):
        models = {"<ours>": scores(0.5, 0.7, 0.9), "theirs": scores(0.4, 0.7, None, hd95_mm=(3.0, 3.0, 3.0))}
        compared = ComparedModels(models, compare_models(models, ["dice", "hd95_mm"]), left_out or {})
        write_comparison_page(compared, tmp_path / "page.html", "1.2")
        return (tmp_path / "page.html").read_text(encoding="utf-8")

    return make


def test_it_loads_nothing_from_elsewhere_and_says_research_only(page):
    text = page()
    assert not re.search(r"https?://|<script|<link|url\(|<ours>", text)
    assert "esearch" in re.search(r'class="notice">(.*?)</div>', text)[1]


def test_the_numbers_of_every_comparison_stand_in_it(page):
    rows = re.findall(r"<tr><td>(dice|hd95_mm)</td>(.*?)</tr>", page())
    cells = {metric: re.findall(r"<td>(.*?)</td>", row) for metric, row in rows}
    assert cells["dice"][:3] == ["&lt;ours&gt; − theirs", "2", "1"]
    assert cells["dice"][3] == "+0.050"
    assert cells["dice"][5:] == ["1 / 0 / 1", "+1.00", "1.000", "1.000"]
    assert cells["hd95_mm"][5] == "2 / 0 / 1"


def test_means_say_which_way_is_better(page):
    text = page()
    assert "<th>dice ↑</th>" in text and "<th>hd95_mm ↓</th>" in text
    assert "<tr><td>theirs</td><td>0.550</td><td>3.000</td></tr>" in text


def test_cases_left_out_are_listed(page):
    assert "Left out" not in page()
    assert "<tr><td>theirs</td><td>2</td><td>d, e</td></tr>" in page({"theirs": ["d", "e"], "<ours>": []})
