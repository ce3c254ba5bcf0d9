"""What this package writes: results of ``sgnet segment``, studies of ``sgnet synthesize``; and plain label maps."""

from __future__ import annotations

from pathlib import Path

from sgnet.data.layouts.case import IMAGE_ENDINGS, Case, LabelFile, Layout, stem

CORE, WHOLE = "lesions.nii.gz", "whole.nii.gz"
_IMAGES = {"t1ce": "t1ce.nii.gz", "flair": "flair.nii.gz", "t2": "t2.nii.gz"}


def find_cases(folder: Path) -> list[Case]:
    """Folders with ``lesions.nii.gz``, named as the case."""
    return [own_case(path) for path in folder.iterdir() if (path / CORE).is_file()]


def own_case(folder: Path) -> Case:
    """The case in ``folder``, which holds ``lesions.nii.gz``."""
    labels = {target: LabelFile(folder / name) for target, name in (("core", CORE), ("whole", WHOLE))}
    return Case(
        folder.resolve().name,
        folder.resolve().name,
        {image: folder / name for image, name in _IMAGES.items() if (folder / name).is_file()},
        {target: label for target, label in labels.items() if label.path.is_file()},
    )


def find_label_maps(folder: Path) -> list[Case]:
    """Files, each a label map of the cores of the case of that name."""
    files = [path for path in folder.iterdir() if path.is_file() and path.name.endswith(IMAGE_ENDINGS)]
    return [Case(stem(path), stem(path), {}, {"core": LabelFile(path)}) for path in files]


OWN = Layout("sgnet", f"folders, one a case, with {CORE}, as sgnet segment and sgnet synthesize write them", find_cases)
LABEL_MAPS = Layout(
    "label-maps", f"label maps of the cores, one file a case ({', '.join(IMAGE_ENDINGS)})", find_label_maps
)
