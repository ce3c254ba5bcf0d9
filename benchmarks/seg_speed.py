"""DICOM SEG, SR and the whole export of 80 lesions on 512 x 512 x 300 voxels: time, memory, size.

    python benchmarks/seg_speed.py --output benchmarks/results

From the series on disk to the files, in a process of its own each. The case is that of rtstruct_volume.py. Needs Linux.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from rtstruct_volume import MEASURED, large_labels, save, write_case

from sgnet.config import ExportSettings
from sgnet.data.dicom_headers import find_series
from sgnet.export.together import export_together
from sgnet.geometry import LPS_TO_RAS, Grid, Volume

WHAT = {
    "seg": ExportSettings(formats=("seg",)),
    "labelmap, seg, sr, rtstruct": ExportSettings(),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--worker", nargs=2, metavar=("WHAT", "CASE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        work(arguments.worker[0], Path(arguments.worker[1]))
        return
    if arguments.output is None:
        parser.error("--output is required")
    arguments.output.mkdir(parents=True, exist_ok=True)
    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as folder:
        case = Path(folder) / "large"
        write_case(case, *large_labels())
        for what in WHAT:
            command = [sys.executable, __file__, "--worker", what, str(case)]
            out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            measured = json.loads(out.splitlines()[-1])
            files = sum(file.stat().st_size for file in (case / what).iterdir()) / 1e6
            rows.append([what, *(f"{measured[name]:.1f}" for name in MEASURED), f"{files:.1f}"])
    save(arguments.output / "seg_speed.csv", ["export", *MEASURED, "files_mb"], rows)
    print(f"{platform.platform()}, {platform.processor() or platform.machine()}, Python {platform.python_version()}")


def work(what: str, case: Path) -> None:
    labels = np.load(case / "labels.npy")
    affine = np.diag([*json.loads((case / "spacing.json").read_text()), 1.0])
    volume = Volume(labels, Grid(labels.shape, LPS_TO_RAS @ affine), "labels")
    began = time.perf_counter(), time.process_time()
    (series,) = find_series(case / "series")
    export_together(volume, series, case / what, WHAT[what])
    seconds = time.perf_counter() - began[0], time.process_time() - began[1]
    # Not ru_maxrss, which a child takes over from the process that started it.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    megabytes = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    print(json.dumps(dict(zip(MEASURED, (*seconds, megabytes), strict=True))))


if __name__ == "__main__":
    main()
