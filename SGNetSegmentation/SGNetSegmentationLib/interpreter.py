"""Which Python runs the child process."""

import shutil
import sys
from pathlib import Path

import slicer

from sgnet.errors import SGNetError


def python_slicer() -> str:
    """The path of ``PythonSlicer``. (``sys.executable`` is an empty string inside the application.)"""
    name = "PythonSlicer.exe" if sys.platform == "win32" else "PythonSlicer"
    beside_application = Path(slicer.app.slicerHome) / "bin" / name
    if beside_application.is_file():
        return str(beside_application)
    found = shutil.which("PythonSlicer")
    if found is None:
        raise SGNetError(f"{beside_application} was not found; this installation of 3D Slicer is incomplete.")
    return found
