"""Ending a child process with all that it has started.

Slicer's Python is started through a launcher: ending the launcher alone would leave Python running,
holding memory and the GPU.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

# On most Linux kernels; looking through all processes takes a tenth of a second where there are many.
_KERNEL_LISTS_CHILDREN = Path("/proc/thread-self/children")


def descendants(pid: int) -> list[int]:
    """All processes below ``pid``, parents before their children, ``pid`` itself left out.

    On Windows the list is empty: there ``taskkill /T`` walks the tree itself.
    """
    if sys.platform == "win32":
        return []
    children_of = _children_by_kernel if _KERNEL_LISTS_CHILDREN.exists() else _children_by_scan()
    found = children_of(pid)
    for one in found:  # grows while it is walked
        found.extend(children_of(one))
    return found


def ask_to_stop(pids: Iterable[int]) -> None:
    """Ask processes to end by themselves (SIGTERM); those that are gone are passed over."""
    if sys.platform == "win32":
        return  # A console process without a window cannot be asked there; kill_trees() ends it.
    for pid in pids:
        _signal(pid, signal.SIGTERM)


def kill_trees(pids: Iterable[int]) -> None:
    """End these processes and everything below them at once, without asking; those that are gone are passed over."""
    # Below 0 and 1 stands the whole system.
    roots = [pid for pid in pids if pid > 1]
    if sys.platform == "win32":
        for one in roots:
            # Not waited for: it takes a tenth of a second.
            subprocess.Popen(
                ["taskkill", "/PID", str(one), "/T", "/F"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                creationflags=subprocess.CREATE_NO_WINDOW,
            )
        return
    # Listed before the first one dies: orphans are no longer below their parent.
    for one in dict.fromkeys([*(below for pid in roots for below in descendants(pid)), *roots]):
        _signal(one, signal.SIGKILL)


def _signal(pid: int, number: signal.Signals) -> None:
    if pid <= 1:
        return
    # Already gone; or the number now belongs to somebody else's process.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _children_by_kernel(pid: int) -> list[int]:
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # It ended while we were looking.
            found.extend(int(word) for word in path.read_text().split())
    return found


def _children_by_scan() -> Callable[[int], list[int]]:
    children: dict[int, list[int]] = {}
    for child, parent in _parents():
        children.setdefault(parent, []).append(child)
    return lambda pid: list(children.get(pid, []))


def _parents() -> list[tuple[int, int]]:
    """(process, parent) of every process."""
    if sys.platform.startswith("linux"):
        return [pair for entry in Path("/proc").iterdir() if entry.name.isdigit() and (pair := _stat(entry))]
    listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=False).stdout
    return [(int(pid), int(parent)) for pid, parent in (line.split() for line in listing.splitlines() if line.strip())]


def _stat(entry: Path) -> tuple[int, int] | None:
    try:
        text = (entry / "stat").read_text()
    except OSError:
        return None  # It ended while we were looking.
    # The name in the middle may hold blanks and brackets; the parent is the second field after it.
    return int(entry.name), int(text[text.rindex(")") + 1 :].split()[1])
