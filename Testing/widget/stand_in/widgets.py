"""The CTK and qMRML widgets of the panel, with the behaviour that the panel uses."""

from __future__ import annotations

from PySide6.QtCore import Property, Qt, Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QHBoxLayout, QSizePolicy, QSlider, QToolButton, QWidget


class qMRMLWidget(QWidget):
    mrmlSceneChanged = Signal(object)

    def setMRMLScene(self, scene):
        self.mrmlSceneChanged.emit(scene)


class ctkCollapsibleButton(QWidget):
    """A header that shows and hides what is below it."""

    contentsCollapsed = Signal(bool)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._collapsed = False
        self._header = QToolButton(self)
        self._header.setObjectName("")
        self._header.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._header.clicked.connect(lambda: self._set_collapsed(not self._collapsed))
        self._arrow()

    def _get_text(self):
        return self._header.text()

    def _set_text(self, text):
        self._header.setText(text)

    def _get_collapsed(self):
        return self._collapsed

    def _set_collapsed(self, collapsed):
        self._collapsed = bool(collapsed)
        self._arrow()
        self._show_contents()
        self.contentsCollapsed.emit(self._collapsed)

    def _arrow(self):
        self._header.setArrowType(Qt.ArrowType.RightArrow if self._collapsed else Qt.ArrowType.DownArrow)

    def _show_contents(self):
        for child in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if child is not self._header and self._collapsed:
                child.hide()
            elif child is not self._header and child.property("shownByModule") is not False:
                child.show()
        height = self._header.sizeHint().height()
        self.setMaximumHeight(height + 4 if self._collapsed else 16777215)

    def showEvent(self, event):
        super().showEvent(event)
        if self._collapsed:
            self._show_contents()

    def resizeEvent(self, event):
        super().resizeEvent(event)
        height = self._header.sizeHint().height()
        self._header.setGeometry(0, 0, self.width(), height)
        if self.layout() is not None:
            self.layout().setContentsMargins(6, height + 6, 6, 6)

    text = Property(str, _get_text, _set_text)
    collapsed = Property(bool, _get_collapsed, _set_collapsed)


class ctkSliderWidget(QWidget):
    valueChanged = Signal(float)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._slider, self._box = QSlider(Qt.Orientation.Horizontal, self), QDoubleSpinBox(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._slider)
        layout.addWidget(self._box)
        self._slider.valueChanged.connect(lambda ticks: self._box.setValue(ticks * self._box.singleStep()))
        self._box.valueChanged.connect(self._changed)

    def _changed(self, value):
        self._slider.blockSignals(True)
        self._slider.setRange(
            round(self._box.minimum() / self._box.singleStep()), round(self._box.maximum() / self._box.singleStep())
        )
        self._slider.setValue(round(value / self._box.singleStep()))
        self._slider.blockSignals(False)
        self.valueChanged.emit(value)

    value = Property(float, lambda self: self._box.value(), lambda self, v: self._box.setValue(v))
    minimum = Property(float, lambda self: self._box.minimum(), lambda self, v: self._box.setMinimum(v))
    maximum = Property(float, lambda self: self._box.maximum(), lambda self, v: self._box.setMaximum(v))
    singleStep = Property(float, lambda self: self._box.singleStep(), lambda self, v: self._box.setSingleStep(v))
    decimals = Property(int, lambda self: self._box.decimals(), lambda self, v: self._box.setDecimals(v))
    suffix = Property(str, lambda self: self._box.suffix(), lambda self, v: self._box.setSuffix(v))


class qMRMLNodeComboBox(QComboBox):
    """Lists the nodes of a class; follows the scene."""

    currentNodeChanged = Signal(object)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._scene, self._tags, self._ids, self._last = None, [], [""], None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumContentsLength(12)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.currentIndexChanged.connect(lambda index: self._announce())

    def setMRMLScene(self, scene):
        for tag in self._tags:
            self._scene.RemoveObserver(tag)
        self._scene = scene
        events = (scene.NodeAddedEvent, scene.NodeRemovedEvent)
        self._tags = [scene.AddObserver(event, lambda caller, event: self._refill()) for event in events]
        self._refill()

    def currentNode(self):
        index = self.currentIndex()
        return self._scene.GetNodeByID(self._ids[index]) if self._scene and index > 0 else None

    def setCurrentNode(self, node):
        self._refill()
        wanted = "" if node is None else node.GetID()
        self.setCurrentIndex(self._ids.index(wanted) if wanted in self._ids else 0)
        self._announce()

    def _refill(self):
        chosen = self._ids[self.currentIndex()] if self.currentIndex() > 0 else ""
        classes = self.property("nodeTypes") or []
        nodes = [self._scene.GetNthNode(i) for i in range(self._scene.GetNumberOfNodes())]
        nodes = [node for node in nodes if node.GetClassName() in classes and not node.GetHideFromEditors()]
        self.blockSignals(True)
        self.clear()
        self.addItem(self.property("noneDisplay") or "None")
        self.addItems([node.GetName() for node in nodes])
        self._ids = ["", *(node.GetID() for node in nodes)]
        self.setCurrentIndex(self._ids.index(chosen) if chosen in self._ids else 0)
        self.blockSignals(False)
        self._announce()

    def _announce(self):
        chosen = self._ids[max(self.currentIndex(), 0)]
        if chosen != self._last:
            self._last = chosen
            self.currentNodeChanged.emit(self.currentNode())


class ctkPathLineEdit(QWidget):
    """A path to write or to browse for."""

    currentPathChanged = Signal(str)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._edit = QComboBox(self)
        self._edit.setObjectName("")
        self._edit.setEditable(True)
        self._edit.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._edit.setMinimumContentsLength(8)
        self._browse = QToolButton(self)
        self._browse.setText("...")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._edit, 1)
        layout.addWidget(self._browse)
        self._edit.editTextChanged.connect(self.currentPathChanged)
        self._key, self.history = "", []

    def addCurrentPathToHistory(self):
        self.history.append(self._edit.currentText())

    currentPath = Property(str, lambda self: self._edit.currentText(), lambda self, v: self._edit.setEditText(v))
    settingKey = Property(str, lambda self: self._key, lambda self, v: setattr(self, "_key", v))


CUSTOM = {
    one.__name__: one
    for one in (qMRMLWidget, ctkCollapsibleButton, ctkSliderWidget, qMRMLNodeComboBox, ctkPathLineEdit)
}
