"""Installing the missing packages at first use, while the window goes on answering.

torch comes through the PyTorch extension, which picks the build that fits the graphics card; the rest
through ``slicer.packaging``. What is there already is pinned, so that no package can pull another torch
or replace a library that belongs to Slicer.

Sources: ``pip_install(..., blocking=False, logCallback, completedCallback)``, whose callbacks come from the
event loop, in Slicer/Base/Python/slicer/packaging.py; ``PyTorchUtilsLogic.installTorch(askConfirmation,
forceComputationBackend, torchVersionRequirement, torchvisionVersionRequirement)``, which waits for its end
and returns None when the user declines, in fepegar/SlicerPyTorch, PyTorchUtils/PyTorchUtils.py.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import slicer
import slicer.packaging
from slicer.i18n import tr as _

from .dependencies import TORCH, Missing, kept_versions, missing
from .pip_failure import explain

_CPU_INDEX = "https://download.pytorch.org/whl/cpu"


class Installation:
    """One installation, from its first package to the check that all is there.

    Parameters
    ----------
    on_line : callable taking str
        Every line that pip says.
    on_end : callable taking str
        Called once: with one sentence that says what is wrong, or with ``""`` once nothing is missing.
    """

    def __init__(self, on_line: Callable[[str], None], on_end: Callable[[str], None]) -> None:
        self._on_line, self._on_end = on_line, on_end
        self._lines: list[str] = []
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def start(self, what: Missing, folder: str = "") -> None:
        """Install ``what``, from a folder of wheels if one is given, else from the internet."""
        if slicer.app.testingEnabled():
            self._end(_("Packages are missing, and nothing is installed while Slicer runs its tests."))
        elif slicer.packaging.isPipInstallInProgress():
            self._end(_("Slicer is installing other packages: wait until it has finished, then try again."))
        elif folder:
            self._pip(["--no-index", "--find-links", folder, *what.names], self._check)
        elif not what.torch:
            self._install_rest(what)
        elif what.through_extension:
            self._install_torch_through_extension(what)
        else:
            # PyPI has the right build for macOS; elsewhere it would bring gigabytes for a graphics card.
            index = [] if sys.platform == "darwin" else ["--index-url", _CPU_INDEX]
            self._pip([*index, TORCH], lambda: self._install_rest(what))

    def abandon(self) -> None:
        """Say nothing more: the panel is going. pip itself finishes what it has begun, lest it leave half a package."""
        self._on_line = self._on_end = lambda text: None

    def _install_torch_through_extension(self, what: Missing) -> None:
        import PyTorchUtils

        try:
            logic = PyTorchUtils.PyTorchUtilsLogic()
            torch = logic.installTorch(askConfirmation=False, torchVersionRequirement=TORCH.removeprefix("torch"))
        except Exception as error:  # pip, light-the-torch and the network fail in many ways
            self._log(str(error))
            self._end(explain(self._lines))
            return
        if torch is None:
            self._end(_("torch was not installed: install it with the module PyTorch Utils, then try again."))
        else:
            self._install_rest(what)

    def _install_rest(self, what: Missing) -> None:
        if what.packages:
            self._pip(list(what.packages), self._check)
        else:
            self._check()

    def _pip(self, arguments: list[str], then: Callable[[], None]) -> None:
        def completed(code: int) -> None:
            if code == 0:
                then()
            else:
                self._end(explain(self._lines))

        try:
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="sgnet-", dir=slicer.app.temporaryPath)
            constraints = Path(self._folder.name) / "constraints.txt"
            # Written anew each time: torch, just installed, is to be kept from now on.
            constraints.write_text("\n".join(kept_versions()) + "\n", encoding="utf-8")
            slicer.packaging.pip_install(
                arguments,
                constraints=str(constraints),
                blocking=False,
                show_progress=False,
                requester="SG-Net",
                logCallback=self._log,
                completedCallback=completed,
            )
        except Exception as error:  # the interpreter is missing, the disk is full, another installation began
            self._log(str(error))
            self._end(explain(self._lines))

    def _check(self) -> None:
        left = missing()
        if left:
            names = ", ".join(left.names)
            self._end(
                _("Still missing after the installation: {names}. Restart Slicer, then try again.").format(names=names)
            )
        else:
            self._end("")

    def _log(self, line: str) -> None:
        self._lines.append(line)
        self._on_line(line)

    def _end(self, sentence: str) -> None:
        if self._folder is not None:
            self._folder.cleanup()
        self._on_end(sentence)
