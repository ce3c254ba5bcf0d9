"""The synthetic study in the Sample Data module, and the logic's blocking ways."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

STUDY_CHILD = """
import itertools, json, sys
from pathlib import Path
import numpy as np
from sgnet.export.volume import write_volume
from sgnet.geometry import Grid, Volume

options = dict(itertools.pairwise(sys.argv))
folder = Path(options["--output"]) / "study-00007"
folder.mkdir(parents=True)
grid = Grid((12, 14, 16), np.diag([2.0, 2.0, 2.0, 1.0]))
for number, role in enumerate(("t1ce", "flair")):
    write_volume(Volume(np.full(grid.shape, 100.0 * number, np.float32), grid), folder / f"{role}.nii.gz")
print(json.dumps({"event": "phase", "name": "making studies"}), flush=True)
print(json.dumps({"event": "result", "output": options["--output"], "files": ["study-00007"]}), flush=True)
"""


@pytest.fixture
def child(panel, launcher, tmp_path):
    (tmp_path / "study_child.py").write_text(STUDY_CHILD, encoding="utf-8")
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{tmp_path / "study_child.py"}" "$@"\n', encoding="utf-8")


@pytest.fixture
def said(monkeypatch, panel):
    """What the status bar has shown."""
    import slicer

    texts = []
    monkeypatch.setattr(slicer.util, "showStatusMessage", lambda text, duration=0: texts.append(text), raising=False)
    return texts


@pytest.fixture
def sample(panel, said):
    from SGNetSegmentationLib.sample_data import SampleData

    return SampleData()


def test_module_registers_the_study_once_all_modules_are_loaded(panel, monkeypatch, tmp_path):
    import slicer

    import SGNetSegmentation as module

    connected, registered = {}, []
    monkeypatch.setattr(slicer.app, "connect", lambda signal, f: connected.update({signal: f}), raising=False)
    logic = SimpleNamespace(registerCustomSampleDataSource=lambda **source: registered.append(source))
    monkeypatch.setitem(sys.modules, "SampleData", SimpleNamespace(SampleDataLogic=logic))
    made = module.SGNetSegmentation(SimpleNamespace())
    assert registered == []
    connected["startupCompleted()"]()
    (source,) = registered
    assert source["customDownloader"] == made.sampleData.make
    # One address, one file and one node: SampleDataSource refuses lists of different length.
    assert all(isinstance(source[name], str) for name in ("uris", "fileNames", "nodeNames", "sampleName"))
    from pathlib import Path

    assert Path(source["thumbnailFileName"]).is_file()
    assert "aboutToQuit()" in connected


def test_a_click_makes_the_study_which_the_panel_then_guesses(panel, child, sample, said):
    assert sample.make(object()) == []
    assert sample.running
    sample.make(object())  # an impatient second click
    panel.wait(lambda: not sample.running)
    panel.settle()
    assert panel.ui.t1ceSelector.currentNode().GetName() == "Sample T1ce"
    assert panel.ui.flairSelector.currentNode().GetName() == "Sample FLAIR"
    assert panel.scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") == 2
    assert said[-1] == "The synthetic study is loaded."
    assert any("making studies" in text for text in said)
    assert panel.calls[-1][0] == "setSliceViewerLayers"
    assert list(panel.temporary.iterdir()) == []


def test_a_failure_is_told_and_leaves_nothing(panel, sample, said, launcher):
    launcher.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    sample.make()
    panel.wait(lambda: not sample.running)
    assert "without a result" in said[-1]
    assert panel.scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") == 0
    assert list(panel.temporary.iterdir()) == []


def test_missing_packages_are_said(panel, sample, said, monkeypatch):
    import SGNetSegmentationLib.sample_data as module
    from SGNetSegmentationLib.dependencies import Missing

    monkeypatch.setattr(module, "missing", lambda: Missing(True, (), False))
    monkeypatch.setattr(module, "InstallDialog", lambda what: SimpleNamespace(ask=lambda: None))
    sample.make()
    assert not sample.running
    assert said == ["Nothing was installed, so the sample study cannot be made."]


def test_closing_the_application_ends_the_making(panel, sample, launcher):
    launcher.write_text("#!/bin/sh\nexec sleep 30\n", encoding="utf-8")
    sample.make()
    panel.settle()
    sample.close()
    assert not sample.running
    assert list(panel.temporary.iterdir()) == []


def test_logic_makes_the_study_and_waits(panel, child):
    t1ce, flair = panel.widget.logic.createSampleStudy()
    assert (t1ce.GetName(), flair.GetName()) == ("Sample T1ce", "Sample FLAIR")
    assert t1ce.GetDisplayNode() is not None


def test_logic_processes_a_folder_in_one_child(panel, launcher, tmp_path):
    words = tmp_path / "words.txt"
    row = '{"study": "a", "status": "failed", "message": "no T1ce", "lesions": null}'
    result = '{"event": "result", "output": "out", "files": [], "studies": [' + row + "]}"
    launcher.write_text(f"#!/bin/sh\necho \"$@\" >> {words}\necho '{result}'\n", encoding="utf-8")
    (one,) = panel.widget.logic.processFolder(tmp_path / "studies", tmp_path / "out", skipDone=True)
    assert (one.study, one.status, one.message, one.segmentation) == ("a", "failed", "no T1ce", None)
    (line,) = words.read_text(encoding="utf-8").splitlines()
    assert f"sgnet batch --input {tmp_path / 'studies'} --output {tmp_path / 'out'} --json" in line
    assert line.endswith("--skip-done")
    assert list(panel.temporary.iterdir()) == []
