"""The pictures of the README and the catalogue, from the real panel, the real child process and the sample study.

SGNET_SCREENSHOTS=Resources/Screenshots python -m pytest -m slow Testing/widget/test_screenshots.py
"""

import os
import sys
from pathlib import Path

import pytest
from pydicom.uid import generate_uid

WIDTH = 360


@pytest.fixture
def folder(tmp_path):
    return Path(os.environ.get("SGNET_SCREENSHOTS", tmp_path)).absolute()


@pytest.mark.slow
def test_module_and_export(panel, launcher, folder, tmp_path, monkeypatch, write_dicom):
    import slicer

    from sgnet.config import LesionSettings
    from sgnet.mrml.volumes import volume_from_node
    from SGNetSegmentationLib.sample_data import SampleData

    monkeypatch.setattr(slicer.util, "showStatusMessage", lambda text, duration=0: None, raising=False)
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    panel.widget._parameters.threshold = LesionSettings().threshold
    panel.widget._parameters.minConfidence = LesionSettings().min_confidence
    sample = SampleData()
    sample.make(object())
    panel.wait(lambda: not sample.running, seconds=120)
    panel.settle()
    panel.wait(lambda: not panel.widget._check.busy, seconds=60)
    panel.click("oedemaCheckBox")
    panel.click("segmentButton")
    panel.wait(lambda: not panel.widget._run.running, seconds=600)
    panel.wait(lambda: not panel.widget._results.busy, seconds=60)
    assert "Finished" in panel.ui.messageLabel.text
    assert panel.ui.lesionTable.rowCount > 0
    panel.wait(lambda: not panel.widget._check.busy, seconds=60)
    save(panel, folder / "module.png")

    panel.ui.inputsCollapsibleButton.collapsed = panel.ui.resultCollapsibleButton.collapsed = True
    panel.ui.exportCollapsibleButton.collapsed = False
    series = tmp_path / "T1ce"
    write_dicom(volume_from_node(panel.ui.t1ceSelector.currentNode()), series, StudyInstanceUID=generate_uid())
    panel.ui.seriesPathEdit.currentPath = str(series)
    panel.ui.marginsEdit.text = "3"
    panel.ui.exportFolderPathEdit.currentPath = str(tmp_path / "plan")
    panel.settle()
    panel.click("exportButton")
    panel.wait(lambda: not panel.widget._export.running, seconds=120)
    panel.settle()
    assert panel.ui.volumeCheckTable.rowCount > 0
    save(panel, folder / "export.png")


def save(panel, path):
    panel.widget.window.resize(WIDTH, 100)
    panel.settle()
    panel.widget.window.resize(WIDTH, panel.widget.window.sizeHint().height())
    panel.picture(path)
    assert path.stat().st_size > 10_000
