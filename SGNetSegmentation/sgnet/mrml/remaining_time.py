"""How long a run will still take, told by the windows that are done."""

from __future__ import annotations

# Before that an estimate jumps about.
_LEAST_STEPS = 3
_LEAST_SECONDS = 2.0


class RemainingTime:
    """Estimates from steps (``done`` of ``total``) that take about equally long.

    Examples
    --------
    >>> time = RemainingTime()
    >>> for done in range(5):
    ...     time.step(done, 20, now=1.0 * done)
    >>> time.seconds(now=4.0)
    16.0
    """

    def __init__(self) -> None:
        self._first: tuple[int, float] | None = None
        self._last: tuple[int, float] | None = None
        self._total = 0

    def step(self, done: int, total: int, now: float) -> None:
        """``done`` of ``total`` steps are finished at the time ``now`` (s, of any clock that only goes forward)."""
        # After memory ran out, a run begins again with smaller windows.
        if self._first is None or total != self._total or done < self._first[0]:
            self._first, self._total = (done, now), total
        self._last = done, now

    def seconds(self, now: float) -> float | None:
        """Seconds left at the time ``now``, never below 0; None while there is too little to go by."""
        if self._first is None or self._last is None:
            return None
        steps, taken = self._last[0] - self._first[0], self._last[1] - self._first[1]
        if steps < _LEAST_STEPS or taken < _LEAST_SECONDS:
            return None
        left = (self._total - self._last[0]) * taken / steps
        return max(0.0, left - (now - self._last[1]))
