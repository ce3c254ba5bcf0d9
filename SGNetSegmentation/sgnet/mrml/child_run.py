"""A run in a child process that the caller waits for; for scripts, where no window needs to stay alive."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from typing import TypeVar

from sgnet.errors import Cancelled, InputError, ModelError, OutOfMemoryError, SGNetError
from sgnet.events import Progress
from sgnet.mrml.child_events import Event, EventParser, Failed, Phase, Result, Step, Warned
from sgnet.mrml.child_job import child_environment, failure_message
from sgnet.mrml.job import Job
from sgnet.mrml.process_tree import kill_trees
from sgnet.mrml.steps import finish

T = TypeVar("T")

_ERRORS: dict[int, type[SGNetError]] = {
    error.exit_code: error for error in (InputError, ModelError, OutOfMemoryError, Cancelled)
}


def run_blocking(job: Job[T], python: Sequence[str], progress: Progress) -> T:
    """Run ``job`` to its end with the interpreter ``python`` and return its result.

    Raises
    ------
    SGNetError
        Of the kind that the child's exit code names. The child never outlives this call.
    """
    finish(job.write())
    command = [*python, *job.arguments]
    environment = {**os.environ, **child_environment(os.environ)}
    parser = EventParser()
    result: Result | None = None
    failed: Failed | None = None
    # A pipe that nobody empties would stop the child once it is full; a file cannot.
    with (job.folder / "stderr.txt").open("w+b") as messages:
        try:
            child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=messages, env=environment)
        except OSError as error:
            raise ModelError(f"{python[0]} cannot be started ({error.strerror or error}); check its path.") from error
        with child:
            assert child.stdout is not None
            try:
                while True:
                    data = child.stdout.readline()
                    for event in parser.feed(data) if data else parser.finish():
                        result = event if isinstance(event, Result) else result
                        failed = event if isinstance(event, Failed) else failed
                        _report(event, progress)
                    if not data:
                        break
                    progress.check()
                code = child.wait()
            except BaseException:
                kill_trees([child.pid])
                raise
        if code == 0 and result is not None:
            return finish(job.collect(result))
        messages.seek(0)
        said = messages.read().decode("utf-8", errors="replace").strip()
    sentence = failure_message(code, code < 0, failed)
    if failed is None and said:
        sentence += f"\n{said[-2000:]}"
    raise _ERRORS.get(failed.code if failed else code, SGNetError)(sentence)


def _report(event: Event, progress: Progress) -> None:
    if isinstance(event, Phase):
        progress.phase(event.name)
    elif isinstance(event, Step):
        progress.step(event.done, event.total)
    elif isinstance(event, Warned):
        progress.warn(event.message)
