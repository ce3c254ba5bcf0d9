"""A synthetic study on disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sgnet import __version__
from sgnet.atomic import atomic_path
from sgnet.export.volume import write_volume
from sgnet.geometry import Volume
from sgnet.synthesis.generate import SyntheticStudy
from sgnet.synthesis.schwannoma import SyntheticSchwannoma


def write_synthetic_study(study: SyntheticStudy, folder: Path, prefix: str = "") -> list[Path]:
    """Write the images, the truth and the drawn parameters into ``folder``; returns the files.

    ``t1ce.nii.gz`` and ``flair.nii.gz``; ``{prefix}lesions.nii.gz`` (0, or the number of the lesion)
    and ``{prefix}whole.nii.gz``, named as ``sgnet segment`` names them, so that ``sgnet evaluate``
    takes the folder as a reference; ``synthesis.json``, written last.
    """
    grid = study.study.t1ce.grid
    volumes = {
        **dict(zip(("t1ce.nii.gz", "flair.nii.gz"), study.study.volumes, strict=True)),
        f"{prefix}lesions.nii.gz": Volume(study.instances, grid),
        f"{prefix}whole.nii.gz": Volume(study.whole.astype(np.uint8), grid),
    }
    return _write(volumes, study.parameters.to_dict(), folder)


def write_synthetic_schwannoma(study: SyntheticSchwannoma, folder: Path) -> list[Path]:
    """Write ``t2.nii.gz``, ``lesions.nii.gz`` (the tumour) and ``synthesis.json`` likewise; returns the files."""
    tumour = Volume(study.tumour.astype(np.uint8), study.t2.grid)
    return _write({"t2.nii.gz": study.t2, "lesions.nii.gz": tumour}, study.parameters.to_dict(), folder)


def _write(volumes: Mapping[str, Volume], parameters: Mapping[str, Any], folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for name, volume in volumes.items():
        write_volume(volume, folder / name)
    description = {"sgnet": __version__, "parameters": parameters}
    with atomic_path(folder / "synthesis.json") as temporary:
        temporary.write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")
    return [folder / name for name in (*volumes, "synthesis.json")]
