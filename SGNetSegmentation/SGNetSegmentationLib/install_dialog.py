"""Asking before anything is installed: what, how large, from where."""

import sys
from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from .dependencies import TORCH, Missing

_UI = Path(__file__).resolve().parents[1] / "Resources" / "UI" / "InstallDialog.ui"


class InstallDialog:
    """Shows what is missing and lets the user choose."""

    def __init__(self, what: Missing) -> None:
        # Held as long as this object: Python would destroy the dialog under its own event loop.
        self._dialog = slicer.util.loadUI(str(_UI))
        self.ui = slicer.util.childWidgetVariables(self._dialog)
        self._answer: str | None = None
        self.ui.questionLabel.text = question(what)
        self.ui.installButton.connect("clicked(bool)", self._on_install)
        self.ui.folderButton.connect("clicked(bool)", self._on_folder)
        self.ui.cancelButton.connect("clicked(bool)", self._on_cancel)

    def ask(self) -> str | None:
        """``""`` to install from the internet, a folder to install from, None if the user declined."""
        self._dialog.exec()
        return self._answer

    def _on_install(self, checked: bool = False) -> None:
        self._answer = ""
        self._dialog.accept()

    def _on_folder(self, checked: bool = False) -> None:
        folder = qt.QFileDialog.getExistingDirectory(self._dialog, _("Folder with the wheels"))
        if folder:
            self._answer = str(folder)
            self._dialog.accept()

    def _on_cancel(self, checked: bool = False) -> None:
        self._answer = None
        self._dialog.reject()


def question(what: Missing) -> str:
    """What will be installed, how large it is and from where."""
    lines = [_("Before the first run, Python packages have to be installed into Slicer:"), ""]
    if what.torch and what.through_extension:
        text = _("- {name}: 0.2 to 3 GB, chosen by the PyTorch extension for your graphics card.")
        lines.append(text.format(name=TORCH))
        lines.append(_("  It takes some minutes, and Slicer's window does not answer meanwhile."))
    elif what.torch and sys.platform == "darwin":
        lines.append(_("- {name}: about 0.1 GB, from pypi.org").format(name=TORCH))
    elif what.torch:
        lines.append(_("- {name}: about 0.2 GB, from download.pytorch.org, for the processor only").format(name=TORCH))
        lines.append(_("  (to use a graphics card, press Not now and install the extension PyTorch first)"))
    if what.packages:
        lines.append(_("- {names}: about 30 MB, from pypi.org").format(names=", ".join(what.packages)))
    lines += ["", _("Without internet: choose a folder that holds the wheels.")]
    lines += ["", _("Nothing of your images leaves this computer.")]
    return "\n".join(lines)
