"""What a wrong, shifted or missing FLAIR does to the result, on the labelled real development scans.

    python benchmarks/flair_robustness.py --output OUT [--model DIR]

The network is given the fault itself: the loader's own remedies (registration, refusal of a swapped or foreign
pair) are passed by, so these are the losses if they fail. The scans lie under SGNET_DATA (default ../shared/data).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from harness.variants import score_variants

from sgnet.data.study import Study
from sgnet.geometry import Grid, Volume
from sgnet.inference.model import load_model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    score_variants(load_model(arguments.model), faults, "fault", arguments.output / "flair_robustness.csv")


def faults(study: Study) -> Iterator[tuple[str, Study]]:
    """The study as it is, and with each fault."""
    assert study.flair is not None
    yield "none", study
    yield "no FLAIR", Study(study.t1ce)
    for shift in (2.0, 5.0, 10.0):
        yield f"FLAIR shifted {shift:g} mm", replace(study, flair=moved(study.flair, shift, 0.0))
    yield "FLAIR turned 8 degrees", replace(study, flair=moved(study.flair, 0.0, 8.0))
    yield "T1ce in place of FLAIR", replace(study, flair=study.t1ce)
    yield "swapped", Study(study.flair, study.t1ce)


def moved(volume: Volume, shift_mm: float, degrees: float) -> Volume:
    """The volume with a header that places it wrongly: shifted backwards, turned about the vertical axis."""
    angle = np.radians(degrees)
    motion = np.eye(4)
    motion[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    centre = volume.grid.to_ras([(np.array(volume.grid.shape) - 1) / 2])[0]
    motion[:3, 3] = centre - motion[:3, :3] @ centre + [0.0, -shift_mm, 0.0]
    return replace(volume, grid=Grid(volume.grid.shape, motion @ volume.grid.affine_ijk_to_ras))


if __name__ == "__main__":
    main()
