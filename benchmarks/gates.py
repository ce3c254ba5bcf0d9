"""No gate, soft, hard, hard and supervised: one backbone, several seeds.

    python benchmarks/gates.py --output RUNS/metastases --anatomy LABEL_MAPS [--preset full] [--seeds 1 2 3 4 5]

Trains SG-Net's backbone with each gate on the same studies with the same steps, augmentation and seeds, judges it on
synthetic studies of other anatomy and on the labelled real scans, and writes table.csv, runs.csv and comparison/ into
gates/ of the output folder. Stopped and started again, it goes on; what `seed1.py` trained there is not trained
again. The last row is the union of both papers: hard gates, supervised as the second paper supervises attention, and
its hardness-weighted loss.
"""

from harness.plan import Benchmark, Entry
from harness.run import main
from seed1 import UNION

UNSUPERVISED = ("--gate-supervision", "0")

GATES = Benchmark(
    name="gates",
    question="What do soft, hard and supervised gates add to one backbone, and what the union of both papers?",
    task="metastases",
    entries=(
        Entry("sgnet_ungated", ("--network", "sgnet_ungated"), repeated=True),
        Entry("sgnet_soft", ("--network", "sgnet", "--gate", "soft", *UNSUPERVISED), repeated=True),
        Entry("sgnet", ("--network", "sgnet", *UNSUPERVISED), repeated=True),
        Entry("sgnet_supervised", ("--network", "sgnet"), repeated=True),
        Entry("sgnet_union", ("--network", "sgnet", *UNION), repeated=True),
    ),
    against="sgnet_ungated",
    options=("--loss", "dice_bce", "--flair-dropout", "0"),
)

if __name__ == "__main__":
    main(GATES, __doc__)
