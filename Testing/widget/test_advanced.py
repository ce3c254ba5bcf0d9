"""Every setting under Advanced reaches the child and comes back with a saved scene."""

import json

import pytest

from sgnet.config import LesionSettings


@pytest.fixture
def ready(panel):
    panel.add_volume("FLAIR")
    panel.add_volume("T1ce")
    return panel


def run(panel):
    panel.click("segmentButton")
    panel.wait(lambda: not panel.widget._run.running)
    panel.settle()
    assert "Finished" in panel.ui.messageLabel.text


def command(panel):
    """The words of the command line that the child was started with."""
    return panel.ui.detailsText.plainText.splitlines()[0].split()


@pytest.fixture
def model(tmp_path):
    """A model folder with two operating points; no more of it is read here."""
    folder = tmp_path / "model"
    folder.mkdir()
    points = {
        "precise": {"threshold": 0.6, "min_volume_mm3": 40.0, "min_confidence": 0.9},
        "sensitive": {"threshold": 0.25, "min_volume_mm3": 10.0, "min_confidence": 0.65},
    }
    (folder / "config.json").write_text(json.dumps({"operating_points": points}), encoding="utf-8")
    return folder


def test_what_is_chosen_reaches_the_child(ready, model):
    run(ready)
    words = command(ready)
    assert words[words.index("--precision") + 1] == "auto"
    assert not {"--flips", "--split-touching", "--model"} & set(words)
    ready.ui.modelEdit.text = str(model)
    ready.ui.precisionComboBox.currentIndex = 1
    for name in ("flipsCheckBox", "splitTouchingCheckBox", "oedemaCheckBox"):
        ready.click(name)
    run(ready)
    words = command(ready)
    assert words[words.index("--model") + 1] == str(model)
    assert words[words.index("--precision") + 1] == "float32"
    assert {"--flips", "--split-touching"} <= set(words)
    assert ready.ui.resultSelector.currentNode().GetSegmentation().GetSegment("Oedema") is not None


def test_the_command_line_understands_all_of_it(ready, model):
    from click.testing import CliRunner

    from sgnet.cli.segment import command as segment

    ready.ui.modelEdit.text = str(model)
    for name in ("flipsCheckBox", "splitTouchingCheckBox"):
        ready.click(name)
    run(ready)
    words = command(ready)
    # --help after all options: click has to accept every one of them first. The names of the help option as in the
    # program: click remembers them with the command.
    options = words[words.index("segment") + 1 :]
    answer = CliRunner().invoke(segment, [*options, "--help"], help_option_names=["-h", "--help"])
    assert answer.exit_code == 0, answer.output


def test_a_visit_without_flair_is_segmented_only_when_asked_for(panel):
    panel.add_volume("T1ce")
    assert not panel.ui.segmentButton.enabled
    panel.click("withoutFlairCheckBox")
    assert panel.ui.segmentButton.enabled
    run(panel)
    assert "--t1ce" in command(panel) and "--flair" not in command(panel)
    flair = panel.add_volume("FLAIR")
    panel.ui.flairSelector.setCurrentNode(flair)
    run(panel)
    assert "--flair" not in command(panel), "the box says so"
    panel.click("withoutFlairCheckBox")
    run(panel)
    assert "--flair" in command(panel)


def test_an_operating_point_moves_the_sliders_and_the_sliders_leave_it(ready, model):
    box = ready.ui.operatingPointComboBox
    ready.ui.modelEdit.text = str(model)
    ready.settle()
    assert box.count == 3 and box.currentIndex == 0 and box.enabled
    choose(ready, 2)
    assert ready.ui.thresholdSlider.value == pytest.approx(0.25)
    assert ready.ui.minVolumeSlider.value == pytest.approx(10.0)
    assert ready.ui.minConfidenceSlider.value == pytest.approx(0.65)
    assert box.currentIndex == 2 and "sensitive" in box.currentText
    ready.ui.minConfidenceSlider.value = 0.5
    ready.settle()
    assert box.currentIndex == 0
    ready.ui.minConfidenceSlider.value = 0.65
    ready.settle()
    assert box.currentIndex == 2
    ready.ui.thresholdSlider.value = 0.3
    ready.settle()
    assert box.currentIndex == 0
    choose(ready, 1)
    assert ready.ui.thresholdSlider.value == pytest.approx(0.6) and box.currentIndex == 1


def choose(panel, index):
    """As a user does: the list emits activated(int), which setting currentIndex does not."""
    from stand_in.python_qt import unwrap

    box = unwrap(panel.ui.operatingPointComboBox)
    box.setCurrentIndex(index)
    box.activated.emit(index)
    panel.settle()


@pytest.mark.parametrize("config", [None, "no json", "[]", '{"operating_points": {"precise": {}}}'])
def test_a_folder_that_is_no_model_offers_no_operating_points(ready, tmp_path, config):
    folder = tmp_path / "broken"
    folder.mkdir()
    if config is not None:
        (folder / "config.json").write_text(config, encoding="utf-8")
    ready.ui.modelEdit.text = str(folder)
    ready.settle()
    assert ready.ui.operatingPointComboBox.count == 1 and not ready.ui.operatingPointComboBox.enabled
    ready.ui.modelEdit.text = ""
    ready.settle()


def test_the_folder_of_a_model_is_chosen_in_a_dialog(ready, model, monkeypatch):
    import qt

    monkeypatch.setattr(qt.QFileDialog, "getExistingDirectory", staticmethod(lambda parent, caption: str(model)))
    ready.click("modelButton")
    assert ready.ui.modelEdit.text == str(model)
    monkeypatch.setattr(qt.QFileDialog, "getExistingDirectory", staticmethod(lambda parent, caption: ""))
    ready.click("modelButton")
    assert ready.ui.modelEdit.text == str(model), "pressing Cancel there changes nothing"


def test_a_saved_scene_brings_back_settings_and_results(ready, model, tmp_path):
    ready.ui.modelEdit.text = str(model)
    ready.ui.deviceComboBox.currentIndex = 1
    ready.ui.precisionComboBox.currentIndex = 2
    ready.ui.thresholdSlider.value = 0.35
    ready.ui.minVolumeSlider.value = 30
    ready.ui.minConfidenceSlider.value = 0.4
    for name in ("flipsCheckBox", "splitTouchingCheckBox", "oedemaCheckBox"):
        ready.click(name)
    run(ready)
    before, table = state(ready), rows(ready)
    assert len(table) >= 2
    file = str(tmp_path / "scene.mrb")
    assert ready.scene.WriteToMRB(file)
    ready.scene.Clear(0)
    ready.settle()
    assert ready.ui.resultSelector.currentNode() is None and ready.ui.modelEdit.text == ""
    assert ready.ui.thresholdSlider.value == pytest.approx(LesionSettings().threshold), (
        "a new scene begins with the defaults"
    )
    assert ready.scene.ReadFromMRB(file)
    ready.settle()
    assert state(ready) == before
    assert rows(ready) == table
    assert ready.ui.segmentButton.enabled
    run(ready)


def state(panel):
    """What the parameter node holds; nodes by their names."""
    from SGNetSegmentation import SGNetSegmentationParameterNode

    names = SGNetSegmentationParameterNode._hints
    values = {name: getattr(panel.widget._parameters, name) for name in names}
    return {name: value.GetName() if hasattr(value, "GetName") else value for name, value in values.items()}


def rows(panel):
    table = panel.ui.lesionTable
    items = [[table.item(row, column) for column in range(table.columnCount)] for row in range(table.rowCount)]
    return [[item.text() if item is not None else "" for item in row] for row in items]
