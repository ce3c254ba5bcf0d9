"""Puts the stand-in in place of the application: the modules ``qt``, ``ctk``, ``vtk`` and the parts of ``slicer``."""

from __future__ import annotations

import sys
import types
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from types import SimpleNamespace

from PySide6 import QtWidgets
from PySide6.QtUiTools import QUiLoader

from .packaging import Packaging
from .parameter_node import Choice, WithinRange, parameterNodeWrapper
from .python_qt import API, Proxy, Qt, unwrap, wrap
from .widgets import CUSTOM

MODULE = Path(__file__).resolve().parents[3] / "SGNetSegmentation"


class Calls(list):
    """What the module asked of the application's views and other modules: (name, arguments)."""

    def record(self, name):
        return lambda *args, **options: self.append((name, args, options))

    def __init__(self):
        super().__init__()
        self.main_window = QtWidgets.QWidget()
        self.answer = True

    def confirm(self, text, windowTitle=None, parent=None, **options):
        """A question with Yes and No, answered with :attr:`answer`."""
        self.append(("confirmYesNoDisplay", (text,), options))
        return self.answer

    def names(self):
        return [name for name, _args, _options in self]


def install(monkeypatch, scene, temporary_path) -> Calls:
    """Make ``import SGNetSegmentation`` work on ``scene``; returns what it will have asked for."""
    import slicer

    calls = Calls()
    functions = {
        "loadUI": load_ui,
        "childWidgetVariables": child_widget_variables,
        "getNodesByClass": lambda name: nodes_by_class(scene, name),
        "setSliceViewerLayers": calls.record("setSliceViewerLayers"),
        "resetThreeDViews": calls.record("resetThreeDViews"),
        "selectModule": calls.record("selectModule"),
        "mainWindow": lambda: calls.main_window,
        "confirmYesNoDisplay": calls.confirm,
        "addVolumeFromArray": None,
    }
    for name, function in functions.items():
        assert name in API["slicer.util"]["functions"]
        if function is not None:
            monkeypatch.setattr(slicer.util, name, function, raising=False)
    application = SimpleNamespace(
        temporaryPath=str(temporary_path),
        slicerHome=str(temporary_path / "Slicer"),
        testingEnabled=lambda: False,
        processEvents=QtWidgets.QApplication.processEvents,
    )
    assert set(vars(application)) <= set(API["slicer.app"]["attributes"])
    editor = SimpleNamespace(
        setSegmentationNode=calls.record("setSegmentationNode"),
        setSourceVolumeNode=calls.record("setSourceVolumeNode"),
        setCurrentSegmentID=calls.record("setCurrentSegmentID"),
        mrmlSegmentEditorNode=lambda: SimpleNamespace(SetOverwriteMode=calls.record("SetOverwriteMode")),
    )
    editor_widget = SimpleNamespace(self=lambda: SimpleNamespace(editor=editor))
    plots_logic = SimpleNamespace(ShowChartInLayout=calls.record("ShowChartInLayout"))
    modules = SimpleNamespace(
        segmenteditor=SimpleNamespace(widgetRepresentation=lambda: editor_widget),
        plots=SimpleNamespace(logic=lambda: plots_logic),
    )
    assert set(vars(modules)) <= set(API["slicer.modules"])
    for name, value in (("mrmlScene", scene), ("app", application), ("modules", modules)):
        monkeypatch.setattr(slicer, name, value, raising=False)

    calls.packaging = Packaging()
    assert set(calls.packaging.members()) <= set(API["slicer.packaging"])
    packaging = module("slicer.packaging", **calls.packaging.members())
    monkeypatch.setattr(slicer, "packaging", packaging, raising=False)
    for one in (
        packaging,
        module("slicer.i18n", tr=lambda text: text, translate=lambda context, text: text),
        module(
            "slicer.parameterNodeWrapper",
            Choice=Choice,
            WithinRange=WithinRange,
            parameterNodeWrapper=parameterNodeWrapper,
        ),
        module(
            "slicer.ScriptedLoadableModule",
            ScriptedLoadableModule=ScriptedModule,
            ScriptedLoadableModuleLogic=scripted_logic(scene),
            ScriptedLoadableModuleWidget=ScriptedWidget,
            ScriptedLoadableModuleTest=ScriptedTest,
        ),
    ):
        monkeypatch.setitem(sys.modules, one.__name__, one)
    monkeypatch.setitem(sys.modules, "qt", Qt)
    monkeypatch.setitem(sys.modules, "ctk", module("ctk"))
    monkeypatch.syspath_prepend(str(MODULE))
    for name in [n for n in sys.modules if n.split(".")[0] in ("SGNetSegmentation", "SGNetSegmentationLib")]:
        monkeypatch.delitem(sys.modules, name)
    return calls


def module(name, **members):
    made = types.ModuleType(name)
    vars(made).update(members)
    return made


def nodes_by_class(scene, name):
    nodes = scene.GetNodesByClass(name)
    return [nodes.GetItemAsObject(i) for i in range(nodes.GetNumberOfItems())]


def load_ui(path):
    loader = QUiLoader()
    for custom in CUSTOM.values():
        loader.registerCustomWidget(custom)
    root = loader.load(str(path))
    assert root is not None, loader.errorString()
    # PySide knows no vtkMRMLScene*, so the connections of the file are made here.
    for connection in ElementTree.parse(path).iter("connection"):
        receiver = root.findChild(QtWidgets.QWidget, connection.findtext("receiver"))
        signal = getattr(root, connection.findtext("signal").split("(")[0])
        signal.connect(getattr(receiver, connection.findtext("slot").split("(")[0]))
    return Proxy(root, type(root).__name__)


def child_widget_variables(widget):
    children = unwrap(widget).findChildren(QtWidgets.QWidget)
    named = {child.objectName(): wrap(child) for child in children if type(child).__name__ in API}
    return SimpleNamespace(**{name: child for name, child in named.items() if name.isidentifier()})


class ScriptedModule:
    def __init__(self, parent):
        self.parent = parent


def scripted_logic(scene):
    class ScriptedLogic:
        def getParameterNode(self):
            node = scene.GetSingletonNode("SGNetSegmentation", "vtkMRMLScriptedModuleNode")
            if node is None:
                node = scene.CreateNodeByClass("vtkMRMLScriptedModuleNode")
                node.SetSingletonTag("SGNetSegmentation")
                node.SetModuleName("SGNetSegmentation")
                node = scene.AddNode(node)
            return node

    return ScriptedLogic


class _Layout:
    def __init__(self, layout):
        self._layout = layout

    def addWidget(self, widget):
        self._layout.addWidget(unwrap(widget))


class ScriptedWidget:
    def __init__(self, parent=None):
        self.window = QtWidgets.QWidget()
        self._layout = QtWidgets.QVBoxLayout(self.window)
        self._layout.setContentsMargins(4, 4, 4, 4)
        self.layout = _Layout(self._layout)

    def setup(self):
        pass

    def resourcePath(self, name):
        return str(MODULE / "Resources" / name)


class ScriptedTest(unittest.TestCase):
    def delayDisplay(self, message, *args):
        print(message)
