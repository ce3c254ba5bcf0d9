"""How exactly two T1ce of one head are laid on each other, and how far two heads are apart: ``edge_agreement``.

Each real scan is compared with itself turned, shifted, brighter, noisy and on another grid, and with the scans of the
other patients. Run: ``python benchmarks/followup_registration.py`` (minutes; needs the real scans, see SGNET_DATA).
"""

from __future__ import annotations

import itertools
import time

import numpy as np
from harness.studies import real_folder
from scipy.spatial.transform import Rotation

from sgnet.data import timepoints
from sgnet.data.read import read_volume
from sgnet.data.registration import coarsen
from sgnet.data.timepoints import place_earlier
from sgnet.events import Progress
from sgnet.geometry import Grid, Volume
from sgnet.preprocessing.itk import resample

DATA = real_folder()
# Most degrees a turn about each axis, most mm a shift along each, voxels in mm, noise as a share of the spread.
MOTIONS = (
    (3, 3, (1.0, 1.0, 1.0), 0.1),
    (8, 15, (1.0, 1.0, 1.5), 0.1),
    (8, 15, (1.0, 1.0, 5.0), 0.1),
    (15, 40, (1.0, 1.0, 1.2), 0.2),
)


def moved_scan(volume, degrees, shift_mm, spacing_mm, noise, rng):
    """The scan of the moved head, and where each point of the head went, (4, 4)."""
    grid = volume.grid
    centre = grid.to_ras([(np.array(grid.shape) - 1) / 2])[0]
    motion = np.eye(4)
    motion[:3, :3] = Rotation.from_euler("xyz", rng.uniform(-degrees, degrees, 3), degrees=True).as_matrix()
    motion[:3, 3] = centre + rng.uniform(-shift_mm, shift_mm, 3) - motion[:3, :3] @ centre
    factor = np.array(spacing_mm) / np.array(grid.spacing_mm)
    affine = grid.affine_ijk_to_ras.copy()
    affine[:3, :3] = grid.direction * np.array(spacing_mm)
    affine[:3, 3] = grid.to_ras([(factor - 1) / 2])[0]
    own = Grid(tuple(int(n) for n in np.ceil(np.array(grid.shape) / factor)), affine)
    there = Grid(grid.shape, motion @ grid.affine_ijk_to_ras)
    array = resample(volume.array.astype(np.float32), there, own)
    noisy = 1.4 * array + noise * array[array > 0].std() * rng.standard_normal(array.shape)
    return Volume(np.where(array > 0, noisy, 0).astype(np.float32), own, "moved"), motion


def main() -> None:
    scans = {folder.name: read_volume(folder / "t1ce.nii.gz") for folder in sorted(DATA.iterdir())}
    rng = np.random.default_rng(1)
    print("scan,slices_mm,moved_mm,mean_error_mm,largest_error_mm,edge_agreement,seconds")
    for name, scan in scans.items():
        coarse = coarsen(scan, 4.0)
        head = coarse.volume.grid.to_ras(np.argwhere(coarse.head))
        for degrees, shift_mm, spacing_mm, noise in MOTIONS:
            earlier, motion = moved_scan(scan, degrees, shift_mm, spacing_mm, noise, rng)
            start = time.perf_counter()
            placed = place_earlier(scan, earlier, Progress())
            seconds = time.perf_counter() - start
            wrong = placed.from_current - motion
            error = np.linalg.norm(head @ wrong[:3, :3].T + wrong[:3, 3], axis=1)
            values = (placed.moved_mm, error.mean(), error.max(), placed.edge_agreement, seconds)
            print(f"{name},{spacing_mm[2]}," + ",".join(f"{value:.2f}" for value in values), flush=True)
    timepoints.SAME_HEAD = 0.0  # here the agreement is wanted, not the refusal
    print("\nscan,other,edge_agreement")
    for one, other in itertools.combinations(scans, 2):
        print(f"{one},{other},{place_earlier(scans[one], scans[other], Progress()).edge_agreement:.3f}", flush=True)


if __name__ == "__main__":
    main()
