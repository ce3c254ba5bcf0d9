"""Nothing is cut off at 320 px, texts can be translated, colours can be read in the light and in the dark theme."""

import ast
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

MODULE = Path(__file__).resolve().parents[2] / "SGNetSegmentation"
FILES = [MODULE / "SGNetSegmentation.py", *sorted((MODULE / "SGNetSegmentationLib").glob("*.py"))]
UI_FILES = sorted((MODULE / "Resources" / "UI").glob("*.ui"))


@pytest.fixture
def opened(panel):
    """The panel with a result, every part of it unfolded."""
    from PySide6.QtWidgets import QWidget
    from stand_in.python_qt import unwrap

    panel.add_volume("FLAIR")
    panel.add_volume("T1ce")
    panel.click("segmentButton")
    panel.wait(lambda: not panel.widget._run.running)
    for widget in vars(panel.ui).values():
        if widget._class_name == "ctkCollapsibleButton":
            widget.collapsed = False
    panel.settle()
    panel.wait(lambda: not panel.widget._check.busy)
    root = panel.widget.window
    # The height that the scroll area of Slicer's module panel gives.
    root.resize(320, max(root.minimumSizeHint().height(), root.layout().totalHeightForWidth(320)))
    panel.settle()
    named = {unwrap(widget) for widget in vars(panel.ui).values()}
    panel.shown = [one for one in root.findChildren(QWidget) if one.isVisibleTo(root) and one in named]
    return panel


def too_wide(widget):
    """What of the widget's text cannot be read at its present size; empty if all can."""
    from PySide6 import QtWidgets

    text_width = widget.fontMetrics().horizontalAdvance
    if isinstance(widget, QtWidgets.QLabel):
        text = re.sub("<[^>]*>", "", widget.text())
        if widget.wordWrap():
            words = [word for word in text.split() if text_width(word) > widget.width()]
            return words or ("height" if widget.heightForWidth(widget.width()) > widget.height() + 1 else "")
        return text if widget.sizeHint().width() > widget.width() else ""
    if isinstance(widget, (QtWidgets.QAbstractButton,)):
        # What a box or an icon takes, and the frame; a button of one sign is drawn with less.
        beside = widget.sizeHint().width() - text_width(widget.text()) if len(widget.text()) > 3 else 8
        return widget.text() if text_width(widget.text()) + beside > widget.width() else ""
    if isinstance(widget, QtWidgets.QComboBox) and type(widget) is QtWidgets.QComboBox:
        items = [widget.itemText(row) for row in range(widget.count())]
        return [text for text in items if text_width(text) + 32 > widget.width()]
    if isinstance(widget, QtWidgets.QLineEdit):
        return widget.placeholderText() if text_width(widget.placeholderText()) + 10 > widget.width() else ""
    if isinstance(widget, QtWidgets.QTableWidget):
        header = widget.horizontalHeader()
        columns = [n for n in range(widget.columnCount()) if not header.isSectionHidden(n)]
        texts = [(n, widget.horizontalHeaderItem(n).text()) for n in columns if widget.horizontalHeaderItem(n)]
        return [text for n, text in texts if text_width(text) + 4 > header.sectionSize(n)]
    return ""


def test_no_text_is_cut_off(opened):
    wide = {one.objectName(): least for one in opened.shown if (least := one.minimumSizeHint().width()) > 296}
    assert opened.widget.window.width() == 320, f"these widgets need more room: {wide}"
    cut = {one.objectName(): found for one in opened.shown if (found := too_wide(one))}
    assert cut == {}


def test_nothing_reaches_beyond_the_panel(opened):
    from PySide6.QtCore import QPoint

    root = opened.widget.window
    beyond = {
        one.objectName(): right
        for one in opened.shown
        if (right := one.mapTo(root, QPoint(one.width(), 0)).x()) > root.width()
    }
    assert beyond == {}
    assert root.minimumSizeHint().width() <= 320


def test_the_measure_sees_what_is_cut_off(opened):
    from stand_in.python_qt import unwrap

    assert len(opened.shown) > 30
    label, button = unwrap(opened.ui.t1ceLabel), unwrap(opened.ui.segmentButton)
    label.setText("A label much too long for its place in a panel of 320 px")
    label.setFixedWidth(60)
    button.setText("A text much too long for a button of a panel that is only 320 px wide")
    opened.widget.window.resize(320, opened.widget.window.height())
    opened.settle()
    button.setFixedWidth(310)
    assert too_wide(label) and too_wide(button)


def strings_shown(tree):
    """(line, text) of literals that are put on the screen without passing through ``_()``."""
    setters = {"setToolTip", "setText", "setWindowTitle", "addItem", "addItems", "setHorizontalHeaderLabels", "message"}
    setters |= {"QTableWidgetItem", "warning", "question", "getExistingDirectory", "getSaveFileName"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            names = {target.attr for target in node.targets if isinstance(target, ast.Attribute)}
            if names & {"text", "toolTip", "windowTitle", "placeholderText", "title"}:
                yield from untranslated(node.value)
        elif isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in setters:
                for argument in node.args:
                    yield from untranslated(argument)


def untranslated(node):
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "translate"):
        return
    # A comparison or the key of a table is not shown.
    if isinstance(node, (ast.Compare, ast.Subscript)):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search(r"[A-Za-z]{2}", node.value):
        yield node.lineno, node.value
    for child in ast.iter_child_nodes(node):
        yield from untranslated(child)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_text_on_the_screen_can_be_translated(path):
    assert list(strings_shown(ast.parse(path.read_text(encoding="utf-8")))) == []


def test_the_check_for_translations_sees_what_is_not():
    code = 'a.text = "plain text"\nb.text = _("fine")\nc.setToolTip(f"{n} lesions")\nd.text = f"{n} ml"\n'
    assert {text for _line, text in strings_shown(ast.parse(code))} == {"plain text", " lesions", " ml"}


@pytest.mark.parametrize("path", UI_FILES, ids=lambda path: path.name)
def test_every_widget_that_takes_an_answer_says_what_it_does(path):
    asks = {
        "QCheckBox",
        "QComboBox",
        "QLineEdit",
        "ctkSliderWidget",
        "qMRMLNodeComboBox",
        "ctkPathLineEdit",
        "QSpinBox",
    }
    widgets = [one for one in ElementTree.parse(path).iter("widget") if one.get("class") in asks]
    silent = [
        one.get("name") for one in widgets if not any(item.get("name") == "toolTip" for item in one.findall("property"))
    ]
    assert silent == []


def colours(text):
    return re.findall(r"(background-color|background|(?<!-)color)\s*:\s*(#[0-9a-fA-F]{6})", text)


def contrast(one, other):
    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("path", [*UI_FILES, *FILES], ids=lambda path: path.name)
def test_colours_are_readable_in_the_light_and_in_the_dark_theme(path):
    text = path.read_text(encoding="utf-8")
    for rule in re.findall(r"\{[^{}]*\}", text):
        found = dict(colours(rule))
        if not found:
            continue
        # One colour alone would meet the other of whatever theme there is.
        assert len(found) == 2, rule
        assert contrast(*found.values()) >= 4.5, rule
    alone = [line for line in text.splitlines() if colours(line) and "{" not in line]
    assert alone == []


def test_contrast_is_that_of_the_web_guidelines():
    # WCAG 2.1: black on white 21, and a grey that just passes for AA.
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
