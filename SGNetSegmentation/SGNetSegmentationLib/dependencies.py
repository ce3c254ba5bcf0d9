"""The Python packages that the child process needs, installed at first use and only when the user agrees.

torch comes through the PyTorch extension, which picks the build that fits the graphics card; the rest
through ``slicer.packaging``. What is there already is pinned, so that no package can pull another torch
or replace a library that belongs to Slicer.

Sources: ``pip_ensure``, ``pip_install``, ``pip_check`` and ``load_requirements`` are defined in
Slicer/Base/Python/slicer/packaging.py; ``PyTorchUtilsLogic.installTorch(askConfirmation,
forceComputationBackend, torchVersionRequirement, torchvisionVersionRequirement)``, which returns None when
the user declines, in fepegar/SlicerPyTorch, PyTorchUtils/PyTorchUtils.py.
"""

import importlib.metadata
import importlib.util
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sgnet.errors import SGNetError

REQUIREMENTS = Path(__file__).resolve().parents[1] / "Resources" / "requirements.txt"
TORCH = "torch>=2.1"
# Slicer brings its own builds of these; torch is chosen for the graphics card.
_KEPT = ("torch", "torchvision", "numpy", "SimpleITK", "pydicom", "scipy", "vtk")
_CPU_INDEX = "https://download.pytorch.org/whl/cpu"


@dataclass(frozen=True)
class Missing:
    """What has to be installed before the first run.

    Attributes
    ----------
    torch : bool
    packages : tuple of str
        Requirements other than torch.
    through_extension : bool
        Whether the PyTorch extension is there to choose the build of torch.
    """

    torch: bool
    packages: tuple[str, ...]
    through_extension: bool

    def __bool__(self) -> bool:
        return self.torch or bool(self.packages)


def missing() -> Missing:
    """What is not installed; reads only the metadata of packages, imports none of them."""
    import slicer.packaging

    torch = not slicer.packaging.pip_check(TORCH)
    wanted = slicer.packaging.load_requirements(str(REQUIREMENTS))
    # A package whose own requirement torch is missing counts as missing too: pip then finds it in place.
    packages = tuple(str(one) for one in wanted if not slicer.packaging.pip_check(one))
    return Missing(torch, packages, importlib.util.find_spec("PyTorchUtils") is not None)


def install(what: Missing) -> None:
    """Install from the internet. Raises SGNetError with one sentence if that fails or the user declines."""
    import slicer.packaging

    if slicer.app.testingEnabled():
        raise SGNetError("Packages are missing, and nothing is installed while Slicer runs its tests.")
    try:
        if what.torch:
            _install_torch(what)
        if what.packages:
            with tempfile.TemporaryDirectory(prefix="sgnet-") as folder:
                constraints = Path(folder) / "constraints.txt"
                constraints.write_text("\n".join(kept_versions()) + "\n", encoding="utf-8")
                slicer.packaging.pip_ensure(
                    slicer.packaging.load_requirements(str(REQUIREMENTS)),
                    constraints=str(constraints),
                    prompt_install=False,
                    requester="SG-Net",
                )
    except SGNetError:
        raise
    except Exception as error:  # pip, light-the-torch and the network fail in many ways, all meaning the same here
        raise SGNetError(f"The installation did not succeed ({error}); try again, or install from a folder.") from error
    _check()


def install_from_folder(folder: str) -> None:
    """Install from a folder of wheels, without the internet. Raises SGNetError if that fails."""
    import slicer.packaging

    if slicer.app.testingEnabled():
        raise SGNetError("Packages are missing, and nothing is installed while Slicer runs its tests.")
    what = missing()
    wanted = [*([TORCH] if what.torch else []), *what.packages]
    try:
        with tempfile.TemporaryDirectory(prefix="sgnet-") as temporary:
            constraints = Path(temporary) / "constraints.txt"
            constraints.write_text("\n".join(kept_versions()) + "\n", encoding="utf-8")
            slicer.packaging.pip_install(
                ["--no-index", "--find-links", folder, *wanted], constraints=str(constraints), requester="SG-Net"
            )
    except Exception as error:  # as above
        raise SGNetError(
            f"{folder} does not hold all that is needed ({', '.join(wanted)}) for Python "
            f"{sys.version_info.major}.{sys.version_info.minor} on this system ({error})."
        ) from error
    _check()


def kept_versions() -> list[str]:
    """Constraints that hold what is installed where it is."""
    lines = []
    for name in _KEPT:
        try:
            lines.append(f"{name}=={importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return lines


def _install_torch(what: Missing) -> None:
    import slicer.packaging

    if not what.through_extension:
        # PyPI has the right build for macOS; elsewhere it would bring gigabytes for a graphics card.
        index = [] if sys.platform == "darwin" else ["--index-url", _CPU_INDEX]
        slicer.packaging.pip_install([*index, TORCH], requester="SG-Net")
        return
    import PyTorchUtils

    torch = PyTorchUtils.PyTorchUtilsLogic().installTorch(askConfirmation=False, torchVersionRequirement=TORCH[5:])
    if torch is None:
        raise SGNetError("torch was not installed; install it with the module PyTorch Utils, then try again.")


def _check() -> None:
    left = missing()
    if left:
        names = ", ".join([*([TORCH] if left.torch else []), *left.packages])
        raise SGNetError(f"Still missing after the installation: {names}; please restart Slicer and try again.")
