"""slicer.parameterNodeWrapper, as far as the module uses it (Slicer/Base/Python/slicer/parameterNodeWrapper)."""

from __future__ import annotations

import typing
from dataclasses import dataclass


@dataclass
class WithinRange:
    minimum: float
    maximum: float


@dataclass
class Choice:
    choices: list


def parameterNodeWrapper(cls):
    hints = typing.get_type_hints(cls, include_extras=True)
    return type(cls.__name__, (_Wrapper,), {"_hints": hints, "_defaults": {k: getattr(cls, k, None) for k in hints}})


class _Wrapper:
    def __init__(self, node):
        self.__dict__.update(parameterNode=node, _gui={}, _updating=False)
        for name, value in self._defaults.items():
            if not self._is_node(name) and not node.GetParameter(name):
                setattr(self, name, value)

    def _is_node(self, name):
        return "vtkMRML" in str(self._hints[name])

    def __getattr__(self, name):
        if name not in self._hints:
            raise AttributeError(name)
        if self._is_node(name):
            return self.parameterNode.GetNodeReference(name)
        text = self.parameterNode.GetParameter(name)
        kind = type(self._defaults[name])
        return text == "True" if kind is bool else kind(text)

    def __setattr__(self, name, value):
        if name not in self._hints:
            raise AttributeError(name)
        if self._is_node(name):
            self.parameterNode.SetNodeReferenceID(name, None if value is None else value.GetID())
            return
        for rule in getattr(self._hints[name], "__metadata__", ()):
            if isinstance(rule, WithinRange) and not rule.minimum <= value <= rule.maximum:
                raise ValueError(f"{name} = {value} is out of range")
            if isinstance(rule, Choice) and value not in rule.choices:
                raise ValueError(f"{name} = {value} is no choice")
        self.parameterNode.SetParameter(name, str(value))

    def AddObserver(self, event, function, priority=0.0):
        return self.parameterNode.AddObserver(event, function, priority)

    def RemoveObserver(self, tag):
        self.parameterNode.RemoveObserver(tag)

    def connectParametersToGui(self, mapping):
        tag = len(self._gui)
        self._gui[tag] = {name: _connector(widget, self._hints[name]) for name, widget in mapping.items()}
        for name, (read, write, signal) in self._gui[tag].items():
            write(getattr(self, name))
            signal(lambda *args, n=name, r=read, t=tag: self._from_gui(t, n, r))
        self.AddObserver("ModifiedEvent", lambda caller, event: self._to_gui())
        return tag

    def disconnectGui(self, tag):
        self._gui.pop(tag, None)

    def _from_gui(self, tag, name, read):
        if tag in self._gui and not self._updating:
            setattr(self, name, read())

    def _to_gui(self):
        if self._updating:
            return
        self.__dict__["_updating"] = True
        try:
            for connectors in self._gui.values():
                for name, (_read, write, _signal) in connectors.items():
                    write(getattr(self, name))
        finally:
            self.__dict__["_updating"] = False


def _connector(widget, hint):
    """How a widget is read, written and followed."""
    kind = widget._class_name
    if kind == "qMRMLNodeComboBox":
        return widget.currentNode, widget.setCurrentNode, _signal(widget, "currentNodeChanged(vtkMRMLNode*)")
    if kind == "QCheckBox":
        return (lambda: widget.checked), (lambda v: setattr(widget, "checked", v)), _signal(widget, "toggled(bool)")
    if kind == "QLineEdit":
        return (lambda: widget.text), (lambda v: setattr(widget, "text", v)), _signal(widget, "textChanged(QString)")
    rule = hint.__metadata__[0]
    if kind == "ctkSliderWidget":
        widget.minimum, widget.maximum = rule.minimum, rule.maximum
        return (lambda: widget.value), (lambda v: setattr(widget, "value", v)), _signal(widget, "valueChanged(double)")
    assert kind == "QComboBox", f"no connector for {kind}"
    widget.clear()
    widget.addItems(rule.choices)
    return (
        lambda: rule.choices[widget.currentIndex],
        lambda v: setattr(widget, "currentIndex", rule.choices.index(v)),
        _signal(widget, "currentIndexChanged(int)"),
    )


def _signal(widget, signature):
    return lambda function: widget.connect(signature, function)
