"""First use: what is missing is asked for, installed beside the window, and every failure is told in one sentence."""

import os
import subprocess
import sys

import pytest

REST = ["monai>=1.3", "safetensors>=0.4"]
OFFLINE = """\
WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError("Failed to establish a new connection:
[Errno -3] Temporary failure in name resolution")': /simple/monai/
ERROR: Could not find a version that satisfies the requirement monai>=1.3 (from versions: none)
ERROR: No matching distribution found for monai>=1.3"""
FULL = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"
IN_USE = "ERROR: Could not install packages due to an OSError: [WinError 5] Access is denied: 'C:\\\\numpy.pyd'"


@pytest.fixture
def first(panel):
    """The panel of a Slicer that has none of the packages, two volumes chosen."""
    panel.pip = panel.calls.packaging
    panel.pip.required = list(REST)
    panel.pip.absent = {"torch", "monai", "safetensors"}
    panel.add_volume("FLAIR")
    panel.add_volume("T1ce")
    return panel


def press_and_answer(panel, button):
    """Press the big button and then ``button`` of the dialog that asks; returns what the dialog said."""
    from PySide6 import QtCore, QtWidgets

    said = []

    def answer():
        dialog = QtWidgets.QApplication.activeModalWidget()
        said.append(dialog.findChild(QtWidgets.QLabel, "questionLabel").text())
        dialog.findChild(QtWidgets.QPushButton, button).click()

    QtCore.QTimer.singleShot(0, answer)
    panel.click("segmentButton")
    return said[0]


def idle(panel):
    return panel.widget._run._installation is None and not panel.widget._run.running


def test_what_is_missing_is_installed_and_the_run_goes_on_by_itself(first):
    first.pip.held = True
    said = press_and_answer(first, "installButton")
    assert "torch>=2.1: about 0." in said and "monai>=1.3, safetensors>=0.4: about 30 MB, from pypi.org" in said
    assert first.ui.progressBar.visible and not first.ui.segmentButton.enabled
    first.pip.release()
    first.wait(lambda: "Collecting something" in first.ui.phaseLabel.text)
    first.wait(lambda: first.widget._run.running)
    first.wait(lambda: idle(first))
    assert "Finished" in first.ui.messageLabel.text
    (torch, before), (rest, after) = first.pip.calls
    assert torch[-1] == "torch>=2.1" and rest == REST
    # numpy is held from the start, torch from the moment it is there.
    assert any(line.startswith("numpy==") for line in before)
    assert not any(line.startswith("torch==") for line in before)
    assert any(line.startswith("torch==") for line in after)
    first.idle_and_clean()


def test_a_folder_of_wheels_needs_no_internet(first, monkeypatch, tmp_path):
    import qt

    monkeypatch.setattr(qt.QFileDialog, "getExistingDirectory", staticmethod(lambda parent, caption: str(tmp_path)))
    press_and_answer(first, "folderButton")
    first.wait(lambda: idle(first) and "Finished" in first.ui.messageLabel.text)
    assert [call[0] for call in first.pip.calls] == [["--no-index", "--find-links", str(tmp_path), "torch>=2.1", *REST]]


def test_declining_installs_nothing(first):
    press_and_answer(first, "cancelButton")
    assert "Nothing was installed" in first.ui.messageLabel.text
    assert first.pip.calls == [] and first.ui.segmentButton.enabled
    first.idle_and_clean()


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (OFFLINE, "The internet cannot be reached: check the connection, or install from a folder of wheels."),
        (FULL, "The disk is full: free some gigabytes, then try again."),
        (IN_USE, "A file to be replaced is in use: restart Slicer"),
        ("ERROR: something new", "The installation did not succeed; Details shows what pip said."),
    ],
)
def test_a_failed_installation_says_why_and_can_be_repeated(first, lines, sentence):
    first.pip.answers = [(lines.splitlines(), 1)]
    press_and_answer(first, "installButton")
    first.wait(lambda: idle(first))
    assert sentence in first.ui.messageLabel.text
    assert lines.splitlines()[-1] in first.ui.detailsText.plainText
    assert first.ui.segmentButton.enabled
    first.idle_and_clean()
    press_and_answer(first, "installButton")
    first.wait(lambda: idle(first) and "Finished" in first.ui.messageLabel.text)


def test_pip_that_cannot_even_be_started_is_told(first):
    first.pip.answers = [([], OSError(28, "No space left on device"))]
    press_and_answer(first, "installButton")
    assert "The disk is full" in first.ui.messageLabel.text
    first.idle_and_clean()


def test_packages_that_only_a_restart_brings_are_named(first):
    first.pip.stubborn = {"monai"}
    press_and_answer(first, "installButton")
    first.wait(lambda: idle(first))
    assert "Still missing after the installation: monai>=1.3. Restart Slicer" in first.ui.messageLabel.text
    first.idle_and_clean()


def test_nothing_is_installed_beside_another_installation(first):
    first.pip.busy = True
    press_and_answer(first, "installButton")
    assert "Slicer is installing other packages" in first.ui.messageLabel.text
    assert first.pip.calls == []


def test_nothing_is_installed_or_asked_while_slicer_tests(first, monkeypatch):
    import slicer

    monkeypatch.setattr(slicer.app, "testingEnabled", lambda: True)
    first.click("segmentButton")
    assert "nothing is installed while Slicer runs its tests" in first.ui.messageLabel.text
    assert first.pip.calls == []
    first.idle_and_clean()


def test_the_panel_may_go_while_pip_works(first):
    press_and_answer(first, "installButton")
    first.widget.cleanup()
    first.wait(lambda: not first.pip.busy)
    first.settle()
    assert not first.widget._run.running


def test_the_scene_may_be_closed_while_pip_works(first):
    press_and_answer(first, "installButton")
    first.scene.Clear(0)
    first.wait(lambda: idle(first))
    first.idle_and_clean()
    assert not first.ui.segmentButton.enabled


PYTORCH_UTILS = """
class PyTorchUtilsLogic:
    answer = asked = None
    def installTorch(self, askConfirmation=False, forceComputationBackend=None, torchVersionRequirement=None,
                     torchvisionVersionRequirement=None):
        type(self).asked = askConfirmation, torchVersionRequirement
        return type(self).answer()
"""


@pytest.fixture
def extension(first, monkeypatch, tmp_path):
    """The PyTorch extension, which installs torch unless ``extension.logic.answer`` is told otherwise."""
    (tmp_path / "PyTorchUtils.py").write_text(PYTORCH_UTILS, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "PyTorchUtils", raising=False)
    import PyTorchUtils

    def installed():
        first.pip.absent.discard("torch")
        return "the module torch"

    first.logic = PyTorchUtils.PyTorchUtilsLogic
    first.logic.answer = staticmethod(installed)
    yield first
    del sys.modules["PyTorchUtils"]


def test_torch_comes_through_the_pytorch_extension_where_it_is(extension):
    said = press_and_answer(extension, "installButton")
    assert "0.2 to 3 GB, chosen by the PyTorch extension" in said and "does not answer meanwhile" in said
    extension.wait(lambda: idle(extension) and "Finished" in extension.ui.messageLabel.text)
    assert extension.logic.asked == (False, ">=2.1")
    assert [call[0] for call in extension.pip.calls] == [REST]


def test_an_extension_that_fails_or_declines_is_told(extension):
    def broken():
        raise RuntimeError("HTTPSConnectionPool: NewConnectionError")

    extension.logic.answer = staticmethod(broken)
    press_and_answer(extension, "installButton")
    assert "The internet cannot be reached" in extension.ui.messageLabel.text
    extension.logic.answer = staticmethod(lambda: None)
    press_and_answer(extension, "installButton")
    assert "torch was not installed: install it with the module PyTorch Utils" in extension.ui.messageLabel.text
    assert extension.pip.calls == []
    extension.idle_and_clean()


def test_without_the_extension_the_dialog_says_how_to_use_a_graphics_card(panel):
    from SGNetSegmentationLib.dependencies import Missing
    from SGNetSegmentationLib.install_dialog import question

    said = question(Missing(True, (), False))
    assert sys.platform == "darwin" or "install the extension PyTorch first" in said
    assert "folder that holds the wheels" in said and "Nothing of your images leaves" in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--index-url", "http://127.0.0.1:9/simple", "--retries", "1", "monai"], "The internet cannot be reached"),
        (["--no-index", "--find-links", os.devnull, "monai"], "A package is not to be had"),
    ],
)
def test_what_the_real_pip_says_is_understood(panel, tmp_path, arguments, sentence):
    from SGNetSegmentationLib.pip_failure import explain

    command = [sys.executable, "-m", "pip", "install", "--target", str(tmp_path), *arguments]
    kept = {name: value for name, value in os.environ.items() if "PROXY" not in name.upper() and "PIP" not in name}
    environment = {**kept, "PIP_CONFIG_FILE": os.devnull}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode != 0
    assert sentence in explain((done.stdout + done.stderr).splitlines())
