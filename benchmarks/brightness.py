"""What brightness that has nothing to do with a lesion does to the result, on the labelled real development scans.

    python benchmarks/brightness.py --output FILE.csv [--model DIR]

A rim of fat left by the brain extraction, bright vessels or a scanner that caps its values change what the brightest
voxels of a head are, and with a scaling by percentiles the level of everything else. The scans lie under SGNET_DATA
(default ../shared/data).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from harness.variants import score_variants
from scipy import ndimage

from sgnet.data.study import Study
from sgnet.geometry import Volume
from sgnet.inference.model import load_model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    score_variants(load_model(arguments.model), changed, "change", arguments.output)


def changed(study: Study) -> Iterator[tuple[str, Study]]:
    """The study as it is, and with each change."""
    assert study.flair is not None
    yield "none", study
    for name, volume in (("T1ce", study.t1ce), ("FLAIR", study.flair)):
        field = "t1ce" if name == "T1ce" else "flair"
        yield f"{name}: bright rim, 1 % of the head", replace(study, **{field: rimmed(volume)})
        yield f"{name}: brightest 3 % capped", replace(study, **{field: capped(volume)})


def rimmed(volume: Volume, share: float = 0.01) -> Volume:
    """The outermost ``share`` of the head twice as bright as its brightest half a per cent."""
    head = volume.array > 0
    depth = ndimage.distance_transform_edt(head, sampling=volume.grid.spacing_mm)
    rim = head & (depth <= np.quantile(depth[head], share))
    bright = 2 * np.percentile(volume.array[head], 99.5)
    # The rim is a whole layer of voxels; of those every n-th, so that it is the share.
    chosen = np.flatnonzero(rim)[:: max(1, round(np.count_nonzero(rim) / (share * np.count_nonzero(head))))]
    array = volume.array.copy()
    array.ravel()[chosen] = bright
    return replace(volume, array=array)


def capped(volume: Volume, share: float = 0.03) -> Volume:
    """Nothing brighter than what the darker ``1 - share`` of the head reaches."""
    return replace(volume, array=np.minimum(volume.array, np.quantile(volume.array[volume.array > 0], 1 - share)))


if __name__ == "__main__":
    main()
