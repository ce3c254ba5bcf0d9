"""No gate, soft, hard, hard and supervised: one backbone, several seeds.

    python benchmarks/gates.py --output RUNS/gates --anatomy LABEL_MAPS --preset half [--seeds 1 2 3 4 5]

Trains SG-Net's backbone with each gate on the same studies with the same steps, augmentation and seeds, judges it on
synthetic studies of other anatomy and on the labelled real scans, and writes table.csv, runs.csv and comparison/ into
gates/ of the output folder. Stopped and started again, it goes on. The loss is that of the shipped model.
"""

from harness.plan import Benchmark, Entry
from harness.run import main

UNSUPERVISED = ("--gate-supervision", "0")

GATES = Benchmark(
    name="gates",
    question="What do soft, hard and supervised gates add to one backbone?",
    task="metastases",
    entries=(
        Entry("none", ("--network", "sgnet_ungated"), repeated=True),
        Entry("soft", ("--network", "sgnet", "--gate", "soft", *UNSUPERVISED), repeated=True),
        Entry("hard", ("--network", "sgnet", *UNSUPERVISED), repeated=True),
        Entry("hard_supervised", ("--network", "sgnet"), repeated=True),
    ),
    against="none",
    options=("--lesion-loss", "1", "--lesion-share", "0.5", "--flair-dropout", "0"),
)

if __name__ == "__main__":
    main(GATES, __doc__)
