"""PythonQt's way of using Qt objects, on PySide6."""

from __future__ import annotations

import enum
import json
import typing
from pathlib import Path

from PySide6 import QtCore, QtGui, QtWidgets

API = json.loads((Path(__file__).parents[2] / "architecture" / "slicer_api.json").read_text(encoding="utf-8"))
# Of QShortcut the same was used in a running Slicer (shared/design/SLICER.md; Slicer's SegmentEditor.py for setParent).
API["QShortcut"] = {"methods": ["setKey", "setParent"], "properties": {}, "signals": ["activated()"]}
_WIDGET_LESS = ("QShortcut", "QProcess", "QTimer", "QProcessEnvironment", "QTableWidgetItem", "QByteArray")


def wrap(value, class_name=None):
    """A Qt object as PythonQt would show it; anything else as it is."""
    if isinstance(value, QtCore.QByteArray):
        return _Bytes(value)
    if isinstance(value, enum.Enum):
        return value.value if isinstance(value.value, int) else int(value.value)
    if class_name is None and isinstance(value, QtCore.QObject):
        class_name = type(value).__name__
    return Proxy(value, class_name) if class_name in API else value


def unwrap(value):
    return value._target if isinstance(value, Proxy) else value


class _Bytes:
    """QByteArray, of which the module uses data() alone."""

    def __init__(self, value):
        self._value = value

    def data(self):
        return self._value.data()


class Proxy:
    """Offers what slicer_api.json lists for ``class_name``, and raises AttributeError for the rest."""

    def __init__(self, target, class_name):
        object.__setattr__(self, "_target", target)
        object.__setattr__(self, "_class_name", class_name)

    def _listed(self, kind):
        listed = API[self._class_name][kind]
        names = set(listed)
        return names if self._class_name in _WIDGET_LESS else names | set(API["QWidget"][kind])

    def __getattr__(self, name):
        if name in self._listed("properties"):
            return wrap(self._target.property(name))
        if name in self._listed("methods"):
            method = getattr(self._target, name)
            return lambda *args: wrap(method(*(unwrap(one) for one in args)))
        raise AttributeError(f"PythonQt's {self._class_name} has no {name}")

    def __setattr__(self, name, value):
        if name not in self._listed("properties"):
            raise AttributeError(f"PythonQt's {self._class_name} has no property {name}")
        assert self._target.setProperty(name, unwrap(value)), f"{self._class_name}.{name} = {value!r} is refused"

    def connect(self, signature, function):
        # Of some classes only the signals' names were read off.
        if not {signature, signature.split("(")[0]} & self._listed("signals"):
            raise AttributeError(f"PythonQt's {self._class_name} has no signal {signature}")
        count = 0 if "()" in signature else signature.count(",") + 1
        signal = getattr(self._target, signature.split("(")[0])
        # PythonQt hands over what the signature names, whatever the function declares.
        signal.connect(lambda *args: function(*(wrap(one) for one in args[:count])))
        return True

    def __eq__(self, other):
        return isinstance(other, Proxy) and other._target is self._target

    def __hash__(self):
        return hash(id(self._target))


class Qt:
    """The module ``qt``."""

    @staticmethod
    def QTableWidgetItem(text):
        return Proxy(QtWidgets.QTableWidgetItem(text), "QTableWidgetItem")

    @staticmethod
    def QProcess():
        return Proxy(QtCore.QProcess(), "QProcess")

    class QTimer(Proxy):
        def __init__(self):
            super().__init__(QtCore.QTimer(), "QTimer")

        @staticmethod
        def singleShot(milliseconds, function):
            QtCore.QTimer.singleShot(milliseconds, function)

    class QProcessEnvironment:
        @staticmethod
        def systemEnvironment():
            return Proxy(QtCore.QProcessEnvironment.systemEnvironment(), "QProcessEnvironment")

    class QFileDialog:
        @staticmethod
        def getExistingDirectory(parent, caption):
            return QtWidgets.QFileDialog.getExistingDirectory(unwrap(parent), caption)

    class QShortcut(Proxy):
        def __init__(self, parent):
            super().__init__(QtGui.QShortcut(unwrap(parent)), "QShortcut")

    @staticmethod
    def QKeySequence(text):
        return QtGui.QKeySequence(text)

    class QUrl:
        @staticmethod
        def fromLocalFile(path):
            return QtCore.QUrl.fromLocalFile(path)

    class QDesktopServices:
        opened: typing.ClassVar[list] = []

        @classmethod
        def openUrl(cls, url):
            cls.opened.append(url.toLocalFile())
            return True
