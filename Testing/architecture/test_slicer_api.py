"""Every Qt, CTK and Slicer name that the module uses exists in a running Slicer, with that spelling and signature.

``slicer_api.json`` beside this file is what Slicer 5.13 offers (its own ``about`` says how it was read); the
module has no other way to be checked without the application. The check is static: all of the module's widgets
are reached as ``ui.<name>`` with the class that the .ui file gives them.
"""

from __future__ import annotations

import ast
import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import fields
from pathlib import Path

import pytest

from sgnet.config import InferenceSettings, LesionSettings

MODULE = Path(__file__).resolve().parents[2] / "SGNetSegmentation"
API = json.loads((Path(__file__).parent / "slicer_api.json").read_text(encoding="utf-8"))
# Used in the same application (shared/design/SLICER.md); setParent(None) as in Slicer's own SegmentEditor.py.
API["QShortcut"] = {"methods": ["setKey", "setParent"], "properties": {}, "signals": ["activated()"]}
API["QKeySequence"] = {"methods": [], "properties": {}, "signals": []}
FILES = [MODULE / "SGNetSegmentation.py", *sorted((MODULE / "SGNetSegmentationLib").glob("*.py"))]
UI_FILES = sorted((MODULE / "Resources" / "UI").glob("*.ui"))

# What loadUI() returns in each file that calls it: the class of the root widget.
ROOT_CLASSES = {"SGNetSegmentation.py": "qMRMLWidget", "panels.py": "qMRMLWidget", "install_dialog.py": "QDialog"}
# Static functions that introspection of live objects does not list; seen to work in the same application.
# The last two are in Slicer's own ScriptedLoadableModule.py (onEditSource) and Qt's documentation.
ALSO_THERE = {"qt.QTimer.singleShot", "qt.QDesktopServices.openUrl", "qt.QUrl.fromLocalFile"}
# What methods of widgets return.
RETURNED = {"horizontalHeader": "QHeaderView"}
# Attributes of the base classes, from Slicer/Base/Python/slicer/ScriptedLoadableModule.py.
LAYOUT_CLASS = "QVBoxLayout"
MARGINS = ("leftMargin", "topMargin", "rightMargin", "bottomMargin")


def ui_classes() -> dict[str, str]:
    names: dict[str, str] = {}
    for path in UI_FILES:
        for widget in ElementTree.parse(path).iter("widget"):
            assert widget.get("name") not in names, f"{widget.get('name')} stands twice"
            names[str(widget.get("name"))] = str(widget.get("class"))
    return names


UI = ui_classes()


def members(class_name: str, kind: str) -> set[str]:
    own = API[class_name][kind]
    inherited = API["QWidget"][kind] if class_name not in ("QProcess", "QTimer", "QProcessEnvironment") else []
    return set(own) | set(inherited)


def dotted(node: ast.AST) -> str:
    """``a.b.c`` as text; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        left = dotted(node.value)
        return f"{left}.{node.attr}" if left else ""
    return ""


class Checker(ast.NodeVisitor):
    """Collects one sentence for every name that Slicer does not have."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        self.problems: list[str] = []
        self.checked: set[str] = set()
        self.called = {id(node.func) for node in ast.walk(self.tree) if isinstance(node, ast.Call)}
        self.classes = self._object_classes()

    def _object_classes(self) -> dict[str, str]:
        """The class of every variable made from qt, a .ui file or a widget of one."""
        found = {"self.layout": LAYOUT_CLASS}
        for node in ast.walk(self.tree):
            if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
                continue
            function, target = dotted(node.value.func), dotted(node.targets[0])
            if function == "slicer.util.loadUI":
                found[target] = ROOT_CLASSES[self.path.name]
            elif re.fullmatch(r"qt\.Q\w+", function):
                found[target] = function[3:]
            elif function == "qt.QProcessEnvironment.systemEnvironment":
                found[target] = "QProcessEnvironment"
        return found

    def _class_of(self, node: ast.AST) -> str | None:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in RETURNED:
            return RETURNED[node.func.attr]
        name = dotted(node)
        if match := re.fullmatch(r"(?:self\.)?ui\.(\w+)", name):
            return UI.get(match.group(1), "?")
        return self.classes.get(name)

    def _report(self, node: ast.AST, text: str) -> None:
        self.problems.append(f"{self.path.name}:{node.lineno}: {text}")  # type: ignore[attr-defined]

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.generic_visit(node)
        class_name = self._class_of(node.value)
        if class_name == "?":
            self._report(node, f"{dotted(node.value)} is in no .ui file")
        elif class_name is not None:
            self._check_member(node, class_name)
        else:
            self._check_path(node, dotted(node))

    def _check_member(self, node: ast.Attribute, class_name: str) -> None:
        self.checked.add(f"{class_name}.{node.attr}")
        if id(node) in self.called:
            if node.attr not in members(class_name, "methods"):
                self._report(node, f"{class_name} has no method {node.attr}()")
        elif node.attr not in members(class_name, "properties"):
            self._report(node, f"{class_name} has no property {node.attr}")

    def _check_path(self, node: ast.Attribute, path: str) -> None:
        parts = path.split(".")
        known = any(one.startswith(f"{path}.") for one in ALSO_THERE)
        if parts[0] in ("qt", "ctk") and len(parts) == 2 and parts[1] not in API and not known:
            self._report(node, f"{path} is not in slicer_api.json")
        elif parts[0] == "qt" and len(parts) == 3 and path not in ALSO_THERE:
            if parts[2] not in members(parts[1], "methods"):
                self._report(node, f"{path} is not in slicer_api.json")
        elif parts[0] == "slicer" and len(parts) == 3:
            offered = {
                "util": API["slicer.util"]["functions"],
                "app": API["slicer.app"]["attributes"],
                "modules": API["slicer.modules"],
                "packaging": API["slicer.packaging"],
            }.get(parts[1])
            if offered is not None and parts[2] not in offered:
                self._report(node, f"{path} is not in slicer_api.json")
            self.checked.add(path)

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        path = dotted(node.func)
        if path.endswith(".connect"):
            self._check_connect(node)
        for prefix, signatures in (
            ("slicer.util.", API["slicer.util"]["functions"]),
            ("slicer.packaging.", API["slicer.packaging"]),
        ):
            if path.startswith(prefix) and path[len(prefix) :] in signatures:
                self._check_keywords(node, path, signatures[path[len(prefix) :]])

    def _check_connect(self, node: ast.Call) -> None:
        assert isinstance(node.func, ast.Attribute)
        class_name = self._class_of(node.func.value)
        signal = node.args[0]
        if dotted(node.func.value) == "slicer.app":
            # Of the application, names alone are listed.
            name = str(getattr(signal, "value", "")).split("(")[0]
            if name not in API["slicer.app"]["attributes"]:
                self._report(node, f"slicer.app has no signal {name}")
        elif class_name in (None, "?") or not isinstance(signal, ast.Constant):
            self._report(node, f"cannot tell which signal {ast.unparse(node)} connects")
        elif not {signal.value, str(signal.value).split("(")[0]} & members(str(class_name), "signals"):
            self._report(node, f"{class_name} has no signal {signal.value}")
        self.checked.add(f"{class_name}!{getattr(signal, 'value', '')}")

    def _check_keywords(self, node: ast.Call, path: str, signature: str) -> None:
        for keyword in node.keywords:
            named = keyword.arg is None or re.search(rf"[(,]\s*{keyword.arg}\b", signature)
            if not named and "**" not in signature:
                self._report(node, f"{path} has no argument {keyword.arg}")


def check(path: Path) -> Checker:
    checker = Checker(path)
    checker.visit(checker.tree)
    return checker


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_name_used_exists_in_slicer(path):
    assert check(path).problems == []


def test_the_check_sees_what_the_module_does():
    checked = set().union(*(check(path).checked for path in FILES))
    for expected in (
        "QPushButton.enabled", "QPushButton!clicked(bool)", "QTableWidget!cellClicked(int,int)",
        "qMRMLNodeComboBox!currentNodeChanged(vtkMRMLNode*)", "QProcess!finished(int,QProcess::ExitStatus)",
        "QTimer!timeout()", "slicer.util.loadUI", "slicer.packaging.pip_install", "slicer.app.slicerHome",
    ):  # fmt: skip
        assert expected in checked, expected


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("self.ui.segmentButton.setWidth(3)", "QPushButton has no method setWidth()"),
        ("self.ui.segmentButton.enabled()", "QPushButton has no method enabled()"),
        ("self.ui.progressBar.isChecked = 1", "QProgressBar has no property isChecked"),
        ("x = self.ui.editButton.setText", "QPushButton has no property setText"),
        ("self.ui.nowhere.text = ''", "self.ui.nowhere is in no .ui file"),
        ("self.ui.editButton.connect('clicked(int)', f)", "QPushButton has no signal clicked(int)"),
        ("thing.connect('clicked(bool)', f)", "cannot tell which signal"),
        ("t = qt.QTimer()\nt.begin()", "QTimer has no method begin()"),
        ("self.ui.lesionTable.horizontalHeader().stretch()", "QHeaderView has no method stretch()"),
        ("qt.QMagicWand()", "qt.QMagicWand is not in slicer_api.json"),
        ("slicer.util.loadUi('x')", "slicer.util.loadUi is not in slicer_api.json"),
        ("slicer.app.connect('startupFinished()', f)", "slicer.app has no signal startupFinished"),
        ("slicer.app.home", "slicer.app.home is not in slicer_api.json"),
        ("slicer.packaging.pip_ensure([], prompt=False)", "slicer.packaging.pip_ensure has no argument prompt"),
    ],
)
def test_the_check_notices_what_slicer_does_not_have(tmp_path, line, problem):
    path = tmp_path / "SGNetSegmentation.py"
    path.write_text(line, encoding="utf-8")
    assert any(problem in text for text in check(path).problems)


@pytest.mark.parametrize("path", UI_FILES, ids=lambda path: path.name)
def test_ui_files_use_only_what_slicer_has(path):
    root = ElementTree.parse(path).getroot()
    for element in [*root.iter("widget"), *root.iter("layout")]:
        class_name = str(element.get("class"))
        if class_name == "QHBoxLayout":  # has the members of its sibling, which is listed
            class_name = "QVBoxLayout"
        for item in element.findall("property"):
            # The margins of a layout are no properties, but Qt's loader sets them all the same.
            if item.get("stdset") != "0" and not (element.tag == "layout" and item.get("name") in MARGINS):
                assert item.get("name") in members(class_name, "properties"), (class_name, item.get("name"))
    custom = {item.findtext("class") for item in root.iter("customwidget")}
    used = {widget.get("class") for widget in root.iter("widget")}
    assert {name for name in used if not str(name).startswith("Q")} == custom
    for connection in root.iter("connection"):
        sender, receiver = (UI[str(connection.findtext(end))] for end in ("sender", "receiver"))
        assert connection.findtext("signal") in members(sender, "signals")
        assert str(connection.findtext("slot")).split("(")[0] in members(receiver, "methods")


def test_every_node_selector_is_given_the_scene():
    selectors = {name for name, class_name in UI.items() if class_name == "qMRMLNodeComboBox"}
    given = {one.findtext("receiver") for path in UI_FILES for one in ElementTree.parse(path).iter("connection")}
    assert given == selectors


def parameters() -> dict[str, tuple[str, object]]:
    """Name -> (annotation, default) of the parameter node."""
    tree = ast.parse((MODULE / "SGNetSegmentation.py").read_text(encoding="utf-8"))
    node = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name.endswith("ParameterNode"))
    return {
        item.target.id: (ast.unparse(item.annotation), None if item.value is None else ast.literal_eval(item.value))
        for item in node.body
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    }


def test_every_parameter_has_a_widget_and_every_bound_widget_a_parameter():
    properties = [item for path in UI_FILES for item in ElementTree.parse(path).iter("property")]
    bound = [item.findtext("string") for item in properties if item.get("name") == "SlicerParameterName"]
    assert sorted(map(str, bound)) == sorted(parameters())


def test_parameters_have_the_defaults_and_ranges_of_the_settings():
    settings = {item.name: item for item in (*fields(LesionSettings), *fields(InferenceSettings))}
    found = parameters()
    threshold, smallest, device = settings["threshold"], settings["min_volume_mm3"], settings["device"]
    low, high = threshold.metadata["minimum"], threshold.metadata["maximum"]
    assert found["threshold"] == (f"Annotated[float, WithinRange({low}, {high})]", threshold.default)
    # The panel ends where a slider is still of use; the settings allow more.
    assert found["minVolumeMm3"] == ("Annotated[float, WithinRange(0.0, 1000.0)]", smallest.default)
    peak = settings["min_confidence"]
    low, high = float(peak.metadata["minimum"]), peak.metadata["maximum"]
    assert found["minConfidence"] == (f"Annotated[float, WithinRange({low}, {high})]", peak.default)
    assert found["device"] == (f"Annotated[str, Choice({list(device.metadata['choices'])})]", device.default)
    precision = settings["precision"]
    assert found["precision"] == (f"Annotated[str, Choice({list(precision.metadata['choices'])})]", precision.default)
    for name, setting in (("flips", "flips"), ("splitTouching", "split_touching")):
        assert found[name] == ("bool", settings[setting].default)
