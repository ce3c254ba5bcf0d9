"""A command in a child process: its temporary folder, its files, its command line, its result."""

from __future__ import annotations

import shutil
import tempfile
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Generic, TypeVar

from sgnet.errors import InputError
from sgnet.mrml.child_events import Result
from sgnet.mrml.steps import Steps

T = TypeVar("T")


class Job(ABC, Generic[T]):
    """One command: :meth:`write` its files, let the child work, :meth:`collect`; :meth:`close` removes the folder.

    Parameters
    ----------
    temporary_root : Path, optional
        Where the folder is made; the system's own place if not given.

    Attributes
    ----------
    folder : Path
        For the files that go to the child and come back.
    arguments : list of str
        Of the interpreter; set by the sub-class.

    Raises
    ------
    InputError
        If the folder cannot be made.
    """

    arguments: list[str]

    def __init__(self, temporary_root: Path | None = None) -> None:
        try:
            self.folder = Path(tempfile.mkdtemp(prefix="sgnet-", dir=temporary_root))
        except OSError as error:
            raise InputError(
                f"No temporary folder can be made in {temporary_root or tempfile.gettempdir()} "
                f"({error.strerror or error}); free space there or choose another temporary folder."
            ) from error

    def __enter__(self) -> Job[T]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @abstractmethod
    def write(self) -> Steps[None]:
        """Write what the child reads, in small steps. Raises InputError if the disk does not take it."""

    @abstractmethod
    def collect(self, result: Result) -> Steps[T]:
        """Read what the child has written, in small steps. Raises InputError if it is damaged or does not fit."""

    def close(self) -> None:
        """Remove the temporary folder; harmless if that has happened."""
        shutil.rmtree(self.folder, ignore_errors=True)
