"""How long work tells its caller what it is doing, and how the caller stops it."""

from __future__ import annotations

from sgnet.errors import Cancelled


class Progress:
    """Receives phases, steps and warnings of one run; this base class keeps silent and never cancels.

    A caller overrides what it wants to show. Work calls :meth:`check` between its steps, so
    that cancelling takes effect within one step.
    """

    def phase(self, name: str) -> None:
        """A new phase begins, named by a short verb phrase such as ``"reading volumes"``."""

    def step(self, done: int, total: int) -> None:
        """``done`` of ``total`` equal steps of the current phase are finished."""

    def warn(self, message: str) -> None:
        """Something the user must know, in one sentence; the run goes on."""

    def cancelled(self) -> bool:
        """Whether the user asked to stop."""
        return False

    def check(self) -> None:
        """Raise :class:`~sgnet.errors.Cancelled` if the user asked to stop."""
        if self.cancelled():
            raise Cancelled("Cancelled: nothing was written.")


class CaseProgress(Progress):
    """Of one case among many: warnings carry its name, its own phases and steps stay silent."""

    def __init__(self, name: str, progress: Progress) -> None:
        self._name, self._progress = name, progress

    def warn(self, message: str) -> None:
        self._progress.warn(f"{self._name}: {message}")

    def cancelled(self) -> bool:
        return self._progress.cancelled()
