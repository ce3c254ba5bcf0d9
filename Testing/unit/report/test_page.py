import base64
import html
import json
import re
from pathlib import Path

import pytest

from sgnet.errors import InputError
from sgnet.export.files import write_results
from sgnet.geometry import Volume
from sgnet.lesions.confidence import confidence_text
from sgnet.lesions.tracking import tracking_uids
from sgnet.report.content import lesion_of, read_content
from sgnet.report.page import write_page
from sgnet.report.planes import draw_planes

PNG = b"\x89PNG\r\n\x1a\n"
INPUT = {"t1ce": {"name": "DOE^JANE t1ce.nii.gz", "shape_ijk": [60, 70, 12], "spacing_mm": [2.0, 2.0, 4.0]}}


@pytest.fixture
def result(make_segmentation, tmp_path):
    segmentation = make_segmentation((10, 20, 4), (40, 30, 6))
    segmentation.provenance.update(input=INPUT, notes=["DOE^JANE t1ce.nii.gz was odd.", "FLAIR was registered."])
    write_results(segmentation, tmp_path / "result")
    return segmentation, tmp_path / "result"


def page_of(folder, tmp_path, **options) -> str:
    write_page(read_content(folder), tmp_path / "page.html", **options)
    return (tmp_path / "page.html").read_text(encoding="utf-8")


def test_numbers_and_tracking_uids_are_those_of_the_label_map(result, tmp_path):
    segmentation, folder = result
    page = page_of(folder, tmp_path, pictures={1: PNG, 2: PNG})

    assert "Brain metastases: 2 lesions" in page
    for lesion in segmentation.lesions:
        assert f"<td>{lesion.volume_ml:.3f}</td>" in page
        assert f"<td>{html.escape(confidence_text(lesion.confidence))}</td>" in page
    assert re.findall(r"Tracking UID ([\d.]+)", page) == list(tracking_uids(segmentation.labels).values())
    assert page.count(base64.b64encode(PNG).decode()) == 2


def test_csv_and_json_name_the_same_tracking_uids(result):
    segmentation, folder = result
    uids = list(tracking_uids(segmentation.labels).values())
    records = json.loads((folder / "lesions.json").read_text())["lesions"]

    assert [one["tracking_uid"] for one in records] == uids
    assert [one["tracking_id"] for one in records] == ["Lesion 1", "Lesion 2"]
    rows = (folder / "lesions.csv").read_text().splitlines()
    assert [row.split(",")[-2:] for row in rows[1:]] == [["Lesion 1", uids[0]], ["Lesion 2", uids[1]]]


def test_it_loads_nothing_from_elsewhere_and_says_research_only(result, tmp_path):
    page = page_of(result[1], tmp_path, pictures={1: PNG})
    assert not re.search(r"https?://|<script|<link|url\(", page)
    assert "esearch" in re.search(r'class="notice">(.*?)</div>', page)[1]


def test_names_of_the_input_appear_only_when_asked_for(result, tmp_path):
    assert "DOE" not in page_of(result[1], tmp_path)
    assert "FLAIR was registered." in page_of(result[1], tmp_path)
    assert page_of(result[1], tmp_path, identifiers=True).count("DOE^JANE t1ce.nii.gz") == 2


def test_what_a_file_says_is_no_markup(result, tmp_path):
    content = read_content(result[1])
    content["provenance"]["model"] = {"name": "<script>alert(1)</script>", "sha256": "0"}
    write_page(content, tmp_path / "page.html")
    assert "<script" not in (tmp_path / "page.html").read_text()


def test_no_lesion_is_said(make_segmentation, tmp_path):
    write_results(make_segmentation(), tmp_path / "none")
    page = page_of(tmp_path / "none", tmp_path)
    assert "Brain metastases: 0 lesions" in page and "No lesion was found." in page


@pytest.mark.parametrize("text", ["{", "[]", '{"lesions": [{}], "provenance": {}}'])
def test_a_damaged_file_is_named(tmp_path, text):
    (tmp_path / "lesions.json").write_text(text)
    with pytest.raises(InputError, match=r"lesions\.json"):
        write_page(read_content(tmp_path), tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_pictures_are_png_and_of_one_size(result):
    segmentation, folder = result
    grid, study = segmentation.grid, segmentation.study
    lesion = lesion_of(read_content(folder)["lesions"][0])
    labels, whole = Volume(segmentation.labels, grid), Volume(segmentation.whole.astype("uint8"), grid)
    shown = Volume(study.t1ce.array / 200.0, grid), Volume(study.flair.array / 200.0, grid)
    with_whole, without = (draw_planes(lesion, *shown, labels, one) for one in (whole, None))

    assert with_whole.startswith(PNG) and with_whole[:24] == without[:24]
    assert with_whole != without


def test_killed_while_writing_the_earlier_page_is_whole(result, tmp_path, monkeypatch):
    _, folder = result
    before = page_of(folder, tmp_path)

    def killed(self, *_, **__):
        self.write_bytes(b"partial")
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_text", killed)
    with pytest.raises(KeyboardInterrupt):
        page_of(folder, tmp_path, identifiers=True)
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["page.html", "result"]
