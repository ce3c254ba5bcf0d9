"""Files that are either complete or not there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sgnet.errors import InputError


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary name beside ``path`` to write to; it becomes ``path`` when the block ends well.

    When the block raises, or the disk does, whatever lay at ``path`` before is untouched and the
    temporary file is gone. The temporary name ends like ``path``, because image writers choose the
    format by the ending.

    Raises
    ------
    InputError
        If the folder is missing or cannot be written, the disk is full, or ``path`` is a folder.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with atomic_path(Path(folder) / "note.txt") as temporary:
    ...         _ = temporary.write_text("done")
    ...     [file.name for file in Path(folder).iterdir()]
    ['note.txt']
    """
    path = Path(path)
    with os_errors_as_input_errors(path):
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".sgnet-", suffix=f"-{path.name}")
    os.close(handle)
    temporary = Path(name)
    try:
        with os_errors_as_input_errors(path):
            # mkstemp makes files private; results get the permissions that any new file would have.
            mask = os.umask(0)
            os.umask(mask)
            temporary.chmod(0o666 & ~mask)
            yield temporary
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def os_errors_as_input_errors(path: Path) -> Iterator[None]:
    """Turn an OSError met while writing ``path`` into one sentence that names it and the reason."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"Cannot write {path}: {reason}; choose a folder that can be written.") from error
