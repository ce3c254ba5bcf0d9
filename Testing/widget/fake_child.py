"""Stands in for ``python -m sgnet``: speaks its protocol, marks what is bright, and misbehaves when told to."""

from __future__ import annotations

import itertools
import json
import os
import sys
import time
from pathlib import Path

import numpy as np

from sgnet.data.read import read_volume
from sgnet.export.volume import write_volume
from sgnet.geometry import Volume
from sgnet.lesions.lesion import Lesion


def say(event, **values):
    print(json.dumps({"event": event, **values}), flush=True)


def main():
    words = sys.argv[sys.argv.index("segment") + 1 :]
    options = dict(itertools.pairwise(words))
    behaviour = os.environ.get("SGNET_FAKE_CHILD", "")
    say("start", version="0.1.0", pid=os.getpid(), research_use_only="Research use only.")
    say("phase", name="reading volumes")
    print("a library talks to itself", file=sys.stderr, flush=True)
    if behaviour == "error":
        say("error", code=2, message="t1ce.nrrd: the volume is constant; give another one.")
        sys.exit(2)
    if behaviour == "garbage":
        sys.stdout.buffer.write(b"\xff\xfe{{{ not json\n{}\n" * 50)
        sys.stdout.flush()
        sys.exit(0)
    if behaviour == "killed":
        os.kill(os.getpid(), 9)
    say("warning", message="FLAIR was registered to T1ce.")
    say("phase", name="segmenting")
    for done in range(1, 6):
        say("step", done=done, total=5)
        time.sleep(0.1)
        while behaviour == "slow" and done == 3:
            time.sleep(0.1)
    t1ce = read_volume(Path(options["--t1ce"]))
    labels, whole = twenty_lesions(t1ce.array.shape) if behaviour == "many" else two_lesions(t1ce.array.shape)
    write(t1ce, labels, whole, Path(options["--output"]))


def two_lesions(shape):
    labels = np.zeros(shape, np.uint16)
    labels[20:30, 20:30, 10:16], labels[40:44, 40:44, 10:13] = 1, 2
    whole = labels > 0
    whole[16:34, 16:34, 8:18] = True
    return labels, whole


def twenty_lesions(shape):
    """Balls of 5 to 29 voxels across, all over a head of 240 x 240 x 155 voxels, each in a cube of oedema."""
    labels, whole = np.zeros(shape, np.uint16), np.zeros(shape, bool)
    offsets = np.stack(np.meshgrid(*[np.arange(-15, 16)] * 3, indexing="ij"))
    places = itertools.product((60, 100, 140, 180), (60, 110, 160), (50, 100))
    for number, place in enumerate(itertools.islice(places, 20), start=1):
        box = tuple(slice(centre - 15, centre + 16) for centre in place)
        labels[box][(offsets**2).sum(axis=0) <= (2 + number % 13) ** 2] = number
        whole[box] = True
    return labels, whole


def write(t1ce, labels, whole, folder):
    folder.mkdir()
    write_volume(Volume(labels, t1ce.grid), folder / "lesions.nii.gz")
    write_volume(Volume(whole.astype(np.uint8), t1ce.grid), folder / "whole.nii.gz")
    write_volume(Volume((labels > 0).astype(np.float32), t1ce.grid), folder / "probability_core.nii.gz")
    lesions = []
    for number in range(1, int(labels.max()) + 1):
        voxels = np.argwhere(labels == number)
        r, a, s = t1ce.grid.to_ras(voxels.mean(axis=0))[0]
        volume = len(voxels) * t1ce.grid.voxel_volume_mm3 / 1000
        lesion = Lesion(number, volume, 14.1 / number, 10.0 / number, 15.2 / number, (r, a, s), 0.91 / number, 0.99)
        lesions.append(lesion.to_dict())
    say("result", output=str(folder), files=[], lesions=lesions)


if __name__ == "__main__":
    main()
