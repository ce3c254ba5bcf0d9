"""What the input check found: a coloured word and a sentence a row, and a button for what one click can mend."""

from collections.abc import Callable
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from sgnet.mrml.input_check import Check, Finding, Fix, Level
from sgnet.mrml.node_check import check_nodes, node_state

from .inputs_panel import InputsPanel
from .stepper import Stepper

# White on these can be read in the light and in the dark theme alike.
_STYLE = "QLabel {{ background-color: {colour}; color: #ffffff; border-radius: 3px; padding: 1px 5px; }}"
_COLOURS = {Level.OK: "#2e7d32", Level.CHECK: "#a85b00", Level.PROBLEM: "#c62828", None: "#616161"}
_ROWS = {
    Check.VOLUMES: "volumes",
    Check.CONTRAST: "contrast",
    Check.COVERAGE: "coverage",
    Check.SLICES: "slices",
    Check.ALIGNMENT: "alignment",
}


class InputCheckPanel:
    """Checks what is chosen, between the window's events, whenever it changes.

    Parameters
    ----------
    ui : namespace
        The widgets by name.
    inputs : InputsPanel
    parameters : callable
        Gives the parameter node, or None while there is no scene to work on.
    on_align : callable taking (T1ce node, FLAIR node)
        What the button "Align FLAIR now" does.
    """

    def __init__(
        self, ui: Any, inputs: InputsPanel, parameters: Callable[[], Any], on_align: Callable[[Any, Any], None]
    ) -> None:
        self.ui, self._inputs, self._parameters, self._on_align = ui, inputs, parameters, on_align
        self._stepper = Stepper()
        self._state: tuple[object, ...] = ()
        self._followed: list[tuple[Any, int]] = []
        self._pending = False
        self.findings: tuple[Finding, ...] = ()
        self.ui.swapButton.connect("clicked(bool)", self._on_swap)
        self.ui.alignButton.connect("clicked(bool)", self._on_align_clicked)
        self._show(())

    @property
    def busy(self) -> bool:
        """Whether a check is on its way."""
        return self._stepper.busy

    def update(self) -> None:
        """Check again if the choice, the voxels or the place of a volume have changed."""
        chosen = self._parameters()
        t1ce, flair = (None, None) if chosen is None else (chosen.t1ce, chosen.flair)
        state = (*node_state(t1ce), "with", *node_state(flair))
        if state == self._state:
            return
        self._state = state
        self._stepper.stop()
        self._follow([node for node in (t1ce, flair) if node is not None])
        self._show(())
        if t1ce is None:
            return
        self._chip("volumes", None, "…", _("Looking at the volumes"))
        said = self._inputs.said_of
        steps = check_nodes(t1ce, said(t1ce), flair, None if flair is None else said(flair))
        self._stepper.start(steps, self._show, self._failed)

    def stop(self) -> None:
        """Leave what is being checked and forget what was found."""
        self._stepper.stop()
        self._follow([])
        self._state = ()
        self._show(())

    def _follow(self, nodes: list[Any]) -> None:
        for node, tag in self._followed:
            node.RemoveObserver(tag)
        events = (
            slicer.vtkMRMLTransformableNode.TransformModifiedEvent,
            slicer.vtkMRMLVolumeNode.ImageDataModifiedEvent,
        )
        self._followed = [(node, node.AddObserver(event, self._on_changed)) for node in nodes for event in events]

    def _on_changed(self, caller: Any, event: Any) -> None:
        # Many changes come at once, as when a transform is dragged.
        if not self._pending:
            self._pending = True
            qt.QTimer.singleShot(0, self._update_pending)

    def _update_pending(self) -> None:
        self._pending = False
        if self._state:
            self.update()

    def _show(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        by_check = {one.check: one for one in findings}
        for check, row in _ROWS.items():
            found = by_check.get(check)
            if found is None:
                self._widget(row, "State").visible = self._widget(row, "Check").visible = False
            else:
                self._chip(row, found.level, _word(found.level), f"{_title(check)}: {found.sentence}")
        self.ui.swapButton.visible = any(one.fix is Fix.SWAP for one in findings)
        self.ui.alignButton.visible = any(one.fix is Fix.ALIGN for one in findings)

    def _chip(self, row: str, level: Level | None, word: str, sentence: str) -> None:
        state, text = self._widget(row, "State"), self._widget(row, "Check")
        state.text, text.text = word, sentence
        state.styleSheet = _STYLE.format(colour=_COLOURS[level])
        state.visible = text.visible = True

    def _widget(self, row: str, kind: str) -> Any:
        return getattr(self.ui, f"{row}{kind}Label")

    def _failed(self, error: Exception) -> None:
        # A check that cannot be made must not keep anyone from a run.
        self._show(())
        self._chip("volumes", None, "?", _("The volumes could not be checked ({error}).").format(error=error))

    def _on_swap(self, checked: bool = False) -> None:
        chosen = self._parameters()
        if chosen is not None:
            t1ce, flair = chosen.t1ce, chosen.flair
            chosen.t1ce, chosen.flair = flair, t1ce

    def _on_align_clicked(self, checked: bool = False) -> None:
        chosen = self._parameters()
        if chosen is not None and chosen.t1ce is not None and chosen.flair is not None:
            self._on_align(chosen.t1ce, chosen.flair)


def _word(level: Level) -> str:
    return {Level.OK: _("✔ OK"), Level.CHECK: _("! Check"), Level.PROBLEM: _("✖ Problem")}[level]


def _title(check: Check) -> str:
    return {
        Check.VOLUMES: _("Volumes"),
        Check.CONTRAST: _("Contrast"),
        Check.COVERAGE: _("Coverage"),
        Check.SLICES: _("Slices"),
        Check.ALIGNMENT: _("Alignment"),
    }[check]
