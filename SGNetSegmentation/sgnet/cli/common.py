"""What several commands share: the options every command has, and the progress it shows."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from sgnet.cli.progress import CommandProgress, ConsoleProgress, JsonProgress

F = TypeVar("F", bound=Callable[..., Any])

PATH = click.Path(path_type=Path)
"""A path given to a command. Whether it exists is checked by its reader, which knows the remedy."""


def debug_option(command: F) -> F:
    """``--debug``; :func:`sgnet.cli.main.run` looks for it, because it must work before a command is found."""
    return click.option("--debug", is_flag=True, expose_value=False, help="Show warnings and tracebacks.")(command)


def json_option(command: F) -> F:
    """``--json``, handed on as ``as_json``."""
    text = "Report progress and result as JSON lines on standard output."
    return click.option("--json", "as_json", is_flag=True, help=text)(command)


@contextmanager
def progress_shown(as_json: bool) -> Iterator[CommandProgress]:
    """Progress on the console, or as JSON lines on standard output.

    With JSON, whatever a library prints goes to standard error, so that the lines stay parseable.
    """
    if not as_json:
        with ConsoleProgress() as progress:
            yield progress
        return
    with JsonProgress() as progress, contextlib.redirect_stdout(sys.stderr):
        yield progress
