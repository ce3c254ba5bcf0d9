"""Which Python packages the child process needs and Slicer does not bring."""

import importlib
import importlib.metadata
import importlib.util
from dataclasses import dataclass
from pathlib import Path

import slicer.packaging

REQUIREMENTS = Path(__file__).resolve().parents[1] / "Resources" / "requirements.txt"
TORCH = "torch>=2.1"
# Slicer brings its own builds of these; torch is chosen for the graphics card.
_KEPT = ("torch", "torchvision", "numpy", "SimpleITK", "pydicom", "scipy", "vtk")


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

    @property
    def names(self) -> tuple[str, ...]:
        """All requirements, torch first."""
        return (*([TORCH] if self.torch else []), *self.packages)


def missing() -> Missing:
    """What is not installed; reads only the metadata of packages, imports none of them."""
    importlib.invalidate_caches()
    torch = not slicer.packaging.pip_check(TORCH)
    wanted = slicer.packaging.load_requirements(str(REQUIREMENTS))
    # A package whose own requirement torch is missing counts as missing too: pip then finds it in place.
    packages = tuple(str(one) for one in wanted if not slicer.packaging.pip_check(one))
    return Missing(torch, packages, importlib.util.find_spec("PyTorchUtils") is not None)


def kept_versions() -> list[str]:
    """Constraints that hold what is installed where it is, but for a torch that is too old."""
    kept = _KEPT if slicer.packaging.pip_check(TORCH) else _KEPT[2:]
    lines = []
    for name in kept:
        try:
            lines.append(f"{name}=={importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return lines
