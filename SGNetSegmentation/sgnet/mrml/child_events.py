"""What the child process says: JSON lines on its standard output, taken apart as they arrive."""

from __future__ import annotations

import codecs
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# One line longer than this is no event of ours; it is dropped rather than collected without end.
_LONGEST_LINE = 4_000_000


@dataclass(frozen=True)
class Started:
    """The child runs; ``pid`` is the Python process itself, which a launcher may stand in front of."""

    version: str
    pid: int | None


@dataclass(frozen=True)
class Phase:
    """A new phase begins."""

    name: str


@dataclass(frozen=True)
class Step:
    """``done`` of ``total`` steps of the phase are finished."""

    done: int
    total: int


@dataclass(frozen=True)
class Warned:
    """One sentence that the user must see; the run goes on."""

    message: str


@dataclass(frozen=True)
class Result:
    """The run succeeded; ``lesions`` are the dictionaries of :meth:`sgnet.lesions.lesion.Lesion.to_dict`.

    ``values`` is everything that the command said of its result, which differs from command to command.
    """

    folder: Path
    lesions: tuple[dict[str, Any], ...] = ()
    values: dict[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Failed:
    """The run failed with this exit code and one sentence."""

    code: int
    message: str


@dataclass(frozen=True)
class Text:
    """A line that is no event (a library's own message): for the log only."""

    line: str


Event = Started | Phase | Step | Warned | Result | Failed | Text


class EventParser:
    """Turns the bytes of the child's standard output into events.

    Bytes may be cut anywhere, also within a character. Whatever is not an event of the protocol
    comes out as :class:`Text`, so that garbage can neither be lost nor do harm.

    Examples
    --------
    >>> parser = EventParser()
    >>> parser.feed(b'{"event":"step","do')
    []
    >>> parser.feed(b'ne":3,"total":40}\\n')
    [Step(done=3, total=40)]
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._pending = ""

    def feed(self, data: bytes) -> list[Event]:
        """The events completed by ``data``."""
        self._pending += self._decoder.decode(data)
        *lines, self._pending = self._pending.split("\n")
        if len(self._pending) > _LONGEST_LINE:
            self._pending = ""
        return [event for line in lines if (event := parse_line(line)) is not None]

    def finish(self) -> list[Event]:
        """The events of a last line without a newline; call once the output has ended."""
        rest, self._pending = self._pending + self._decoder.decode(b"", final=True), ""
        event = parse_line(rest)
        return [] if event is None else [event]


def parse_line(line: str) -> Event | None:
    """One line as an event; None for an empty line."""
    line = line.strip()
    if not line:
        return None
    if line.startswith("{"):
        try:
            return _event(json.loads(line)) or Text(line)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return Text(line)
    return Text(line)


def _event(values: dict[str, Any]) -> Event | None:
    kind = values["event"]
    if kind == "start":
        pid = values.get("pid")
        # A wrong number here would end a stranger's process: 0 and 1 mean "my group" and "init" to kill().
        return Started(str(values["version"]), pid if type(pid) is int and pid > 1 else None)
    if kind == "phase":
        return Phase(str(values["name"]))
    if kind == "step":
        done, total = int(values["done"]), int(values["total"])
        # A progress bar holds no more than 32 bits.
        return Step(done, total) if 0 <= done <= total < 2**31 else None
    if kind == "warning":
        return Warned(str(values["message"]))
    if kind == "result":
        return Result(Path(values["output"]), tuple(dict(one) for one in values.get("lesions", ())), values)
    if kind == "error":
        return Failed(int(values["code"]), str(values["message"]))
    return None
