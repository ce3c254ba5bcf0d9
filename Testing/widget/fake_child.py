"""Stands in for ``python -m sgnet``: speaks its protocol, marks what is bright, and misbehaves when told to."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from sgnet.data.read import read_volume
from sgnet.export.volume import write_volume
from sgnet.geometry import Volume
from sgnet.lesions.lesion import Lesion
from sgnet.lesions.probability_map import ProbabilityMap
from sgnet.lesions.tracking import tracking_uids


def say(event, **values):
    print(json.dumps({"event": event, **values}), flush=True)


def follow_up(arguments):
    """The real command, but for the registration: both scans lie where they are."""
    from sgnet.cli.main import main as real
    from sgnet.data.timepoints import Placement
    from sgnet.lesions import timeline

    def placed(current, earlier, progress):
        while os.environ.get("SGNET_FAKE_CHILD") == "slow":
            progress.check()
            time.sleep(0.05)
        progress.warn("The scans resemble each other little.")
        return Placement(np.eye(4), 3.4, 0.9)

    timeline.place_earlier = placed
    real(arguments)


def main():
    if "followup" in sys.argv:
        follow_up(sys.argv[sys.argv.index("followup") :])
    if "segment" not in sys.argv:
        # Every other command needs no network, so it is the real one.
        from sgnet.cli.main import main as sgnet

        sgnet(sys.argv[sys.argv.index("sgnet") + 1 :])
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
    while behaviour == "flood":
        sys.stdout.buffer.write(b'{"event": nonsense}\n\xff{}' * 3000)
        sys.stderr.write("noise\n" * 3000)
    if behaviour == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)  # fake_child"])
        behaviour = "slow"
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
    # The second lesion is surer in its middle; a third stays below the threshold.
    core = np.where(labels > 0, np.float32(0.9), np.float32(0))
    core[labels == 2] = 0.6
    core[41:43, 41:43, 11:12] = 0.8
    core[50:55, 20:25, 5:8] = 0.4
    ProbabilityMap.of(core, np.where(whole, np.float32(0.9), core), t1ce.grid).save(folder / "probability_map.npz")
    lesions = []
    for number in range(1, int(labels.max()) + 1):
        voxels = np.argwhere(labels == number)
        r, a, s = t1ce.grid.to_ras(voxels.mean(axis=0))[0]
        volume = len(voxels) * t1ce.grid.voxel_volume_mm3 / 1000
        sizes = 14.1 / number, 10.0 / number, 15.2 / number
        uid = tracking_uids(labels)[number]
        sure = 0.91 / number
        lesion = Lesion(number, volume, *sizes, (r, a, s), sure, 0.99, tracking_uid=uid, confidence=sure)
        lesions.append(lesion.to_dict())
    say("result", output=str(folder), files=[], lesions=lesions)


if __name__ == "__main__":
    main()
