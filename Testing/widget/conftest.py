"""The module's panel on real Qt and a real MRML scene, with a small script as its child process."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# PySide6 hands out None without counting it: before Python 3.12, where None cannot run out, some ten thousand calls
# end the interpreter ("deallocating None"). A list that is never freed holds enough of them.
_NONES = [None] * 2_000_000
ctypes.pythonapi.Py_IncRef(ctypes.py_object(_NONES))
HERE = Path(__file__).resolve().parent


def pytest_collection_modifyitems(items):
    remedies = {"PySide6": "pip install PySide6-Essentials", "slicer": "pip install 'trame-slicer[standalone]'"}
    for name, remedy in remedies.items():
        if importlib.util.find_spec(name) is None:
            for item in items:
                if HERE in item.path.parents:
                    item.add_marker(pytest.mark.skip(reason=f"{name} is not installed: {remedy}"))


@pytest.fixture(scope="session")
def qt_application():
    from PySide6 import QtWidgets

    return QtWidgets.QApplication.instance() or QtWidgets.QApplication(["test"])


@pytest.fixture
def scene():
    """A scene of its own, as ``trame_slicer`` sets it up."""
    from trame_slicer.core import SlicerApp

    application = SlicerApp()
    for name in ("Red", "Green", "Yellow"):
        node = application.scene.AddNewNodeByClass("vtkMRMLSliceNode", name)
        node.SetLayoutName(name)
    yield application.scene


@pytest.fixture
def launcher(tmp_path):
    """A PythonSlicer that starts Python as a process of its own and waits for it, as the real one does."""
    path = tmp_path / "Slicer" / "bin" / "PythonSlicer"
    path.parent.mkdir(parents=True)
    path.write_text(f'#!/bin/sh\n"{sys.executable}" "{HERE / "fake_child.py"}" "$@"\nexit $?\n', encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def panel(qt_application, scene, launcher, monkeypatch, tmp_path):
    """The panel, shown at the width of Slicer's narrowest module panel."""
    monkeypatch.syspath_prepend(str(HERE))
    from stand_in.application import install

    (tmp_path / "tmp").mkdir()
    calls = install(monkeypatch, scene, tmp_path)
    sys.modules["slicer"].app.temporaryPath = str(tmp_path / "tmp")
    from SGNetSegmentation import SGNetSegmentationWidget

    widget = SGNetSegmentationWidget()
    widget.setup()
    widget.enter()
    # What the fake child brings is made for this threshold, whatever the default is.
    widget._parameters.threshold = 0.5
    widget._parameters.minConfidence = 0.0
    widget.window.resize(320, 760)
    widget.window.show()
    driver = Panel(widget, calls, scene, tmp_path / "tmp", qt_application)
    yield driver
    widget.cleanup()
    widget.window.close()


class Panel:
    """Clicks and looks."""

    def __init__(self, widget, calls, scene, temporary, application):
        self.widget, self.ui, self.calls, self.scene = widget, widget.ui, calls, scene
        self.temporary, self._application = temporary, application

    def wait(self, condition, seconds=20.0):
        """Let Qt run until ``condition()`` holds."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"still waiting; the panel says {self.ui.messageLabel.text!r}"
            self._application.processEvents()
            time.sleep(0.005)

    def settle(self):
        for _ in range(5):
            self._application.processEvents()

    def add_volume(self, name, shape=(64, 64, 24), spacing_mm=(2.0, 2.0, 4.0)):
        from vtkmodules.util.numpy_support import numpy_to_vtk
        from vtkmodules.vtkCommonDataModel import vtkImageData

        array = np.random.default_rng(len(name)).normal(100, 10, shape).astype(np.float32)
        image = vtkImageData()
        image.SetDimensions(shape)
        image.GetPointData().SetScalars(numpy_to_vtk(array.ravel(order="F"), deep=True))
        node = self.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
        node.SetAndObserveImageData(image)
        node.SetSpacing(*spacing_mm)
        node.SetIJKToRASDirections(-1, 0, 0, 0, -1, 0, 0, 0, 1)
        node.SetOrigin(63, 63, -46)
        self.settle()
        return node

    def click(self, name):
        getattr(self.ui, name).click()
        self.settle()

    def picture(self, path):
        self.settle()
        assert self.widget.window.grab().save(str(path))

    def segmentations(self):
        return self.scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode")

    def node_ids(self):
        return {self.scene.GetNthNode(i).GetID() for i in range(self.scene.GetNumberOfNodes())}

    def idle_and_clean(self):
        """Nothing runs, no process and no temporary file is left, the button works again."""
        assert not self.widget._run.running
        assert list(self.temporary.iterdir()) == []
        assert children() == []
        assert self.ui.segmentButton.text == "Segment metastases"
        assert not self.ui.progressBar.visible


def children():
    from sgnet.mrml.process_tree import descendants

    alive = []
    for pid in descendants(os.getpid()):
        stat = Path(f"/proc/{pid}/stat")
        if stat.exists() and "fake_child" in Path(f"/proc/{pid}/cmdline").read_text(errors="replace"):
            alive.append(pid)
    return alive
