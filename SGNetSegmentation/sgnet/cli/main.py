"""The command ``sgnet``: finds the subcommand, and turns every failure into one line and an exit code."""

from __future__ import annotations

import errno
import importlib
import logging
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from typing import NoReturn

import click

from sgnet import RESEARCH_USE_ONLY, __version__
from sgnet.cli import cancel
from sgnet.cli.progress import write_event
from sgnet.errors import Cancelled, OutOfMemoryError, SGNetError

EXAMPLES = """\b
Examples:
  sgnet demo
  sgnet segment --t1ce t1ce.nii.gz --flair flair.nii.gz --output result
  sgnet evaluate --predictions results --references truth --output scores
  sgnet segment --help
"""


class LazyGroup(click.Group):
    """Imports a subcommand's module only when it is named or listed; these modules import nothing heavy."""

    names: tuple[str, ...] = (
        "segment", "demo", "synthesize", "train", "evaluate", "compare", "followup", "report", "export", "gates",
        "align", "batch",
    )  # fmt: skip
    module_prefix = "sgnet.cli."

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.names:
            return None
        command: click.Command = importlib.import_module(self.module_prefix + cmd_name).command
        return command


@click.group(
    cls=LazyGroup,
    help="Segment brain metastases on contrast-enhanced T1 (T1ce) and FLAIR MRI.\n\n" + RESEARCH_USE_ONLY,
    epilog=EXAMPLES,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, prog_name="sgnet")
@click.pass_context
def cli(context: click.Context) -> None:
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run ``sgnet`` with ``arguments`` (those of the process if None) and exit.

    Exit codes: 0 done, 1 a fault of the program, 2 bad input, 3 model, 4 out of memory, 130 cancelled.
    """
    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))


def run(arguments: Sequence[str]) -> int:
    """Run ``sgnet`` with ``arguments``; returns the exit code, after every failure was reported."""
    debug, as_json = "--debug" in arguments, "--json" in arguments
    stdout = sys.stdout
    if not debug:
        # Warnings of the libraries are for developers; what a user must know goes through Progress.warn.
        logging.captureWarnings(True)
        logging.getLogger("py.warnings").addHandler(logging.NullHandler())
        logging.getLogger("py.warnings").propagate = False
    try:
        with cancel.watch_signals():
            # Not through click's own main(), which prints and exits in its own way.
            with cli.make_context("sgnet", list(arguments)) as context:
                cli.invoke(context)
            return 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except (Exception, KeyboardInterrupt) as error:
        if debug:
            traceback.print_exc()
        if isinstance(error, OSError) and error.errno == errno.EPIPE:
            # The reader of our output has gone away; Python would complain once more when it flushes.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
        code, sentence = describe(error)
        if as_json:
            write_event(stdout, "error", code=code, message=sentence)
        click.echo(f"sgnet: {sentence}", err=True)
        return code


def describe(error: BaseException) -> tuple[int, str]:
    """The exit code and the sentence for an exception that ended a command.

    An exception that nobody expected leaves its traceback in a log file, which the sentence names.
    """
    if isinstance(error, SGNetError):
        return error.exit_code, one_line(str(error))
    if isinstance(error, click.ClickException):
        return error.exit_code, one_line(_usage(error))
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return Cancelled.exit_code, "Cancelled: nothing was written."
    if isinstance(error, MemoryError):
        return OutOfMemoryError.exit_code, "The computer has not enough free memory for these volumes; close programs."
    log = write_log(error)
    return 1, f"Unexpected fault ({type(error).__name__}); please report it with the details in {log}."


def _usage(error: click.ClickException) -> str:
    message = error.format_message().rstrip(".")
    context = getattr(error, "ctx", None)
    return f"{message} (see '{context.command_path} --help')." if context is not None else f"{message}."


def one_line(message: str) -> str:
    """The message with its line breaks replaced by spaces."""
    return " ".join(message.split())


def write_log(error: BaseException) -> str:
    """Write the traceback of ``error`` into a new file of the temporary folder; returns its path."""
    handle, path = tempfile.mkstemp(prefix=time.strftime("sgnet-%Y%m%d-%H%M%S-"), suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(f"sgnet {__version__}, Python {sys.version}, {sys.platform}\n")
        stream.write("".join(traceback.format_exception(type(error), error, error.__traceback__)))
    return path
