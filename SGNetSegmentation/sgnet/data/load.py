"""One study from files and DICOM folders: read, checked against each other, FLAIR brought to T1ce."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.misc import is_dicom

from sgnet.data.align import align_flair
from sgnet.data.dicom import read_series
from sgnet.data.dicom_headers import Series, find_series
from sgnet.data.dicom_roles import Role, choose_series
from sgnet.data.read import read_volume
from sgnet.data.study import Study
from sgnet.errors import InputError
from sgnet.events import Progress
from sgnet.geometry import Volume

NO_FLAIR = "No FLAIR was given: on T1ce alone more lesions are missed, outlines are worse, and the oedema is a guess."


def load_study(t1ce: Path, flair: Path | None, progress: Progress) -> Study:
    """Read T1ce and FLAIR and make sure that they show one head in one place.

    Parameters
    ----------
    t1ce, flair : Path
        Each an image file (:func:`sgnet.data.read.read_volume`) or a DICOM folder; both may be the
        same folder if it holds both series. Without ``flair`` the study has a T1ce alone, and a note of it.
    progress : Progress
        Is told the phases "reading volumes" and "aligning FLAIR", and every note of the study as a
        warning.

    Raises
    ------
    InputError
        If either cannot be used, or if the two are the same image or of different patients.
    """
    return align_flair(read_study(t1ce, flair, progress), progress)


def read_study(t1ce: Path, flair: Path | None, progress: Progress) -> Study:
    """As :func:`load_study`, but FLAIR stays where its header puts it."""
    progress.phase("reading volumes")
    if flair is None:
        return _load_alone(Path(t1ce), progress)
    t1ce, flair = Path(t1ce), Path(flair)
    for path, role in ((t1ce, Role.T1CE), (flair, Role.FLAIR)):
        _check_there(path, role)
    if t1ce.samefile(flair) and t1ce.is_file():
        raise InputError(f"{t1ce} was given as both T1ce and FLAIR; give one file for each.")
    first = _open(t1ce, Role.T1CE)
    progress.check()
    second = _open(flair, Role.FLAIR)
    progress.check()
    notes = _check_pair(first, second)
    for note in notes:
        progress.warn(note)
    return Study(first.volume, second.volume, notes)


def load_t1ce(t1ce: Path) -> Volume:
    """Read a T1ce, an image file or a DICOM folder. Raises InputError if it cannot be used."""
    _check_there(t1ce, Role.T1CE)
    return _open(t1ce, Role.T1CE).volume


def _load_alone(t1ce: Path, progress: Progress) -> Study:
    volume = load_t1ce(t1ce)
    progress.warn(NO_FLAIR)
    return Study(volume, notes=(NO_FLAIR,))


def _check_there(path: Path, role: Role) -> None:
    if not path.exists():
        raise InputError(f"{path}: no such {role.value} file or folder; check the path.")


@dataclass(frozen=True, eq=False)
class _Source:
    volume: Volume
    series: Series | None


def _open(path: Path, role: Role) -> _Source:
    if path.is_dir() or is_dicom(path):
        series = find_series(path)
        chosen = series[0] if path.is_file() and series else choose_series(series, role, path)
        return _Source(read_series(chosen), chosen)
    return _Source(read_volume(path), None)


def _check_pair(t1ce: _Source, flair: _Source) -> tuple[str, ...]:
    """Refuses a pair that is no pair; returns what the user should know of it."""
    one, other = t1ce.volume, flair.volume
    if t1ce.series is not None and flair.series is not None:
        if t1ce.series.uid == flair.series.uid:
            raise InputError(
                f"{one.name} would be both T1ce and FLAIR; give a folder that holds both series, or one for each."
            )
        if t1ce.series.patient_id and flair.series.patient_id and t1ce.series.patient_id != flair.series.patient_id:
            raise InputError(
                f"{one.name} and {other.name} carry different patient IDs; give T1ce and FLAIR of one patient."
            )
    if one.array.shape == other.array.shape and np.array_equal(one.array, other.array):
        raise InputError(f"{one.name} and {other.name} hold the same image; give a T1ce and a FLAIR volume.")
    if t1ce.series is not None and flair.series is not None:
        frames = t1ce.series.frame_of_reference, flair.series.frame_of_reference
        if all(frames) and frames[0] != frames[1]:
            return (
                f"{one.name} and {other.name} were recorded in different frames of reference; "
                "review how FLAIR lies on T1ce.",
            )
    return ()
