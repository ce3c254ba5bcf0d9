"""No gate, soft, hard, hard and supervised: one backbone, several seeds.

    python benchmarks/gates.py --output RUNS/gates --anatomy LABEL_MAPS [--preset full] [--seeds 1 2 3 4 5]

Trains SG-Net's backbone with each gate on the same studies with the same steps, augmentation and seeds, judges it on
synthetic studies of other anatomy and on the labelled real scans, and writes table.csv, runs.csv and comparison/.
Stopped and started again, it goes on. The last row is the union of both papers: hard gates, supervised as the second
paper supervises attention, and its hardness-weighted loss.
"""

from harness.plan import Benchmark, Entry
from harness.run import main

UNSUPERVISED = ("--gate-supervision", "0")
PAPER_SUPERVISION = ("--gate-supervision", "1", "--gate-loss", "average")

GATES = Benchmark(
    name="gates",
    question="What do soft, hard and supervised gates add to one backbone, and what the union of both papers?",
    task="metastases",
    entries=(
        Entry("none", ("--network", "sgnet_ungated"), repeated=True),
        Entry("soft", ("--network", "sgnet", "--gate", "soft", *UNSUPERVISED), repeated=True),
        Entry("hard", ("--network", "sgnet", "--gate", "hard", *UNSUPERVISED), repeated=True),
        Entry("hard_supervised", ("--network", "sgnet", "--gate", "hard"), repeated=True),
        Entry("union", ("--network", "sgnet", "--gate", "hard", *PAPER_SUPERVISION, "--loss", "hdl"), repeated=True),
    ),
    against="none",
    options=("--flair-dropout", "0"),
)

if __name__ == "__main__":
    main(GATES, __doc__)
