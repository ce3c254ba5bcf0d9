"""slicer.packaging, as far as the module uses it (Slicer/Base/Python/slicer/packaging.py), with a pip that obeys."""

from __future__ import annotations

import re

from PySide6 import QtCore


class Packaging:
    """What is installed, what pip was asked for, and what it will say.

    ``answers`` holds, for each call to come, the lines that pip says and its exit code; without an answer it
    installs what it was asked for. Its callbacks come from the event loop, as the real ones do; while ``held``, pip
    has said nothing yet, however slow the machine is.
    """

    def __init__(self):
        self.required = []
        self.absent = set()
        self.stubborn = set()
        self.answers = []
        self.calls = []
        self.busy = False
        self.held = False
        self._waiting = []

    def release(self):
        """Let pip go on."""
        self.held = False
        waiting, self._waiting = self._waiting, []
        for begin in waiting:
            begin()

    def members(self):
        return {
            "load_requirements": lambda path: list(self.required),
            "pip_check": lambda requirement: _name(requirement) not in self.absent,
            "pip_install": self._pip_install,
            "isPipInstallInProgress": lambda: self.busy,
        }

    def _pip_install(
        self,
        requirements,
        constraints=None,
        no_deps_requirements=None,
        skip_packages=None,
        blocking=True,
        show_progress=True,
        requester=None,
        logCallback=None,
        completedCallback=None,
    ):
        assert not blocking, "the window would freeze"
        with open(constraints, encoding="utf-8") as file:
            self.calls.append((requirements, file.read().split()))
        lines, code = self.answers.pop(0) if self.answers else (["Collecting something", "Successfully installed"], 0)
        if isinstance(code, Exception):
            raise code
        self.busy = True

        def begin():
            for line in lines:
                QtCore.QTimer.singleShot(5, lambda line=line: logCallback(line))
            QtCore.QTimer.singleShot(20, lambda: self._complete(requirements, code, completedCallback))

        if self.held:
            self._waiting.append(begin)
        else:
            begin()

    def _complete(self, requirements, code, callback):
        self.busy = False
        if code == 0:
            self.absent -= {_name(one) for one in requirements} - self.stubborn
        callback(code)


def _name(requirement):
    return re.split(r"[<>=!~ ]", str(requirement))[0]
