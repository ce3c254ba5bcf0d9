"""The PDF holds what the page holds, over as many sheets as it takes."""

from __future__ import annotations

import re
import shutil
import subprocess

import matplotlib.image
import numpy as np
import pytest

from sgnet import RESEARCH_USE_ONLY
from sgnet.errors import InputError
from sgnet.lesions.lesion import Lesion
from sgnet.report import pdf
from sgnet.report.pdf import write_pdf


def content_of(count):
    lesions = [
        Lesion(n, 1.25 / n, 12.5, 9.5, 13.5, (1.0, 2.0, 3.0), 0.9, 0.99, 345.0, 0.87, 4.5, 0.31, "left", f"2.25.{n}")
        for n in range(1, count + 1)
    ]
    provenance = {
        "created": "2026-11-21T11:30:00",
        "versions": {"sgnet": "0.1.0"},
        "model": {"name": "sgnet-0.1", "sha256": "ab" * 32},
        "input": {"t1ce": {"name": "JANE_DOE.nii.gz", "shape_ijk": [10, 20, 30], "spacing_mm": [1.0, 1.0, 1.0]}},
        "settings": {"lesions": {"threshold": 0.5, "split_touching": True}},
        "notes": ["JANE_DOE.nii.gz was resampled."],
    }
    return {"lesions": [one.to_dict() for one in lesions], "provenance": provenance}


@pytest.fixture
def sheets(monkeypatch):
    """The texts of every sheet that is saved, and whatever else lies on it."""
    saved = []
    original = pdf.PdfPages.savefig

    def savefig(self, figure):
        saved.append(figure)
        original(self, figure)

    monkeypatch.setattr(pdf.PdfPages, "savefig", savefig)
    return saved


def words(figure):
    return [text.get_text() for text in figure.texts]


def test_every_measurement_stands_in_the_table_and_the_notice_on_every_sheet(tmp_path, sheets):
    write_pdf(content_of(2), tmp_path / "report.pdf")
    first = words(sheets[0])
    for expected in ("Brain metastases: 2 lesions", "1.88 ml", "1.250", "12.5", "9.5", "13.5", "345", "0.87", "left"):
        assert expected in first, expected
    assert all(RESEARCH_USE_ONLY in words(one) for one in sheets)
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")


def test_a_long_table_goes_on_and_sheets_are_numbered(tmp_path, sheets):
    write_pdf(content_of(80), tmp_path / "report.pdf")
    numbers = [word for one in sheets for word in words(one) if word in {str(n) for n in range(1, 81)}]
    assert set(numbers) == {str(n) for n in range(1, 81)}
    assert [words(one)[-1] for one in sheets] == [f"{n} / {len(sheets)}" for n in range(1, len(sheets) + 1)]
    assert len(re.findall(rb"/Type /Page\b", (tmp_path / "report.pdf").read_bytes())) == len(sheets) == 4


def test_nothing_leaves_the_sheet_or_runs_into_its_neighbour(tmp_path, sheets):
    write_pdf(content_of(3), tmp_path / "report.pdf", identifiers=True)
    for figure in sheets:
        renderer = figure.canvas.get_renderer() if hasattr(figure.canvas, "get_renderer") else figure._get_renderer()
        boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in figure.texts]
        for text, box in boxes:
            assert 0 <= box.x0 and box.x1 <= figure.bbox.width and 0 <= box.y0 and box.y1 <= figure.bbox.height, text
        for n, (one, a) in enumerate(boxes):
            for other, b in boxes[n + 1 :]:
                apart = a.x1 <= b.x0 or b.x1 <= a.x0 or a.y1 <= b.y0 or b.y1 <= a.y0
                assert apart, f"{one!r} runs into {other!r}"


def test_pictures_stand_four_a_sheet_under_their_uids(tmp_path, sheets):
    matplotlib.image.imsave(tmp_path / "lesion.png", np.random.default_rng(0).random((50, 200)))
    png = (tmp_path / "lesion.png").read_bytes()
    write_pdf(content_of(5), tmp_path / "report.pdf", {n: png for n in range(1, 6)})
    pictures = [figure for figure in sheets if figure.axes]
    assert [len(figure.axes) for figure in pictures] == [4, 1]
    assert "Tracking UID 2.25.5" in words(pictures[1])


def test_settings_are_shown_and_file_names_only_when_asked_for(tmp_path, sheets):
    write_pdf(content_of(1), tmp_path / "report.pdf")
    text = " ".join(word for figure in sheets for word in words(figure))
    assert "split_touching True" in text and "JANE" not in text
    sheets.clear()
    write_pdf(content_of(1), tmp_path / "report.pdf", identifiers=True)
    assert "JANE_DOE" in " ".join(word for figure in sheets for word in words(figure))


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed (apt install poppler-utils)")
def test_poppler_reads_the_words(tmp_path):
    write_pdf(content_of(2), tmp_path / "report.pdf")
    text = subprocess.run(["pdftotext", tmp_path / "report.pdf", "-"], capture_output=True, text=True).stdout
    assert "Brain metastases: 2 lesions" in text and "1.250" in text


def test_a_damaged_content_or_a_kill_leaves_the_earlier_file(tmp_path, monkeypatch):
    write_pdf(content_of(1), tmp_path / "report.pdf")
    before = (tmp_path / "report.pdf").read_bytes()
    with pytest.raises(InputError, match=r"lesions\.json cannot be read"):
        write_pdf({"lesions": [{}], "provenance": {}}, tmp_path / "report.pdf")

    def killed(self, figure):
        raise KeyboardInterrupt

    monkeypatch.setattr(pdf.PdfPages, "savefig", killed)
    with pytest.raises(KeyboardInterrupt):
        write_pdf(content_of(1), tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["report.pdf"]


def test_the_same_result_gives_the_same_bytes(tmp_path):
    for name in ("one.pdf", "two.pdf"):
        write_pdf(content_of(2), tmp_path / name)
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()
