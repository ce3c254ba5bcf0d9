"""Files that are either complete or not there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
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
def atomic_files(folder: Path, stale: Sequence[str] = ()) -> Iterator[Path]:
    """A hidden folder in ``folder`` to write to; when the block ends well, its files take their names in ``folder``.

    All of them or none: when the block raises, or one file cannot be put in place, files of an earlier run are
    back under their names and nothing new is left behind, not even a folder that had to be made.

    Parameters
    ----------
    folder : Path
        Made, with those above it, if it does not exist.
    stale : sequence of str
        Names of an earlier run's files that would not belong to the new ones; those that the block does not write
        are removed.

    Raises
    ------
    InputError
        If the folder cannot be made or written, the disk is full, or a folder has the name of a file.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as above:
    ...     with atomic_files(Path(above) / "new") as staging:
    ...         _ = (staging / "a.txt").write_text("a")
    ...         _ = (staging / "b.txt").write_text("b")
    ...     sorted(file.name for file in (Path(above) / "new").iterdir())
    ['a.txt', 'b.txt']
    """
    folder = Path(folder)
    made = [one for one in (folder, *folder.parents) if not one.exists()]
    with os_errors_as_input_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        with os_errors_as_input_errors(folder):
            staging = Path(tempfile.mkdtemp(dir=folder, prefix=".sgnet-"))
            try:
                yield staging
                names = sorted(file.name for file in staging.iterdir())
                _move_all(
                    names, [one for one in stale if one not in names and (folder / one).exists()], staging, folder
                )
            finally:
                shutil.rmtree(staging)
    except BaseException:
        for empty in made:
            empty.rmdir()
        raise


def _move_all(names: Sequence[str], stale: Sequence[str], staging: Path, folder: Path) -> None:
    """Put the finished files in place; if one cannot be, put back what was there."""
    # Made only now: whatever lies in the staging folder before is a file to be moved.
    backup = staging / "before"
    backup.mkdir()
    moved: list[str] = []
    try:
        for name in [*names, *stale]:
            if (folder / name).is_dir():
                raise InputError(f"Cannot write {folder / name}: a folder has this name; choose another output folder.")
            if (folder / name).exists():
                os.replace(folder / name, backup / name)
            moved.append(name)
            if name in names:
                os.replace(staging / name, folder / name)
    except BaseException:
        for name in moved:
            if (backup / name).exists():
                os.replace(backup / name, folder / name)
            else:
                (folder / name).unlink(missing_ok=True)
        raise


@contextmanager
def os_errors_as_input_errors(path: Path) -> Iterator[None]:
    """Turn an OSError met while writing ``path`` into one sentence that names it and the reason."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"Cannot write {path}: {reason}; choose a folder that can be written.") from error
