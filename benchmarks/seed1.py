"""The networks of the SG-Net paper (arXiv 2511.22606) on the same data: is the hard gate worth it?

    python benchmarks/seed1.py --output RUNS/metastases --anatomy LABEL_MAPS [--preset full]

Trains every network with the same studies, steps, augmentation and seeds, judges it on synthetic studies of other
anatomy and on the labelled real scans, and writes table.csv, runs.csv and comparison/ into seed1/ of the output
folder. Stopped and started again, it goes on. The gate is unsupervised, as in the paper; `gates.py` asks about
supervision. The last row is the union of both papers.
"""

from harness.plan import Benchmark, Entry
from harness.run import main

# Both papers at once: hard gates, taught as the second one teaches attention, and its hardness-weighted loss.
UNION = ("--gate-supervision", "1", "--gate-loss", "average", "--loss", "hdl")

SEED1 = Benchmark(
    name="seed1",
    question="Does SG-Net's hard gate help over the very same backbone without it, and over MONAI's networks?",
    task="metastases",
    entries=(
        Entry("sgnet", ("--network", "sgnet", "--gate-supervision", "0"), repeated=True),
        Entry("sgnet_ungated", ("--network", "sgnet_ungated"), repeated=True),
        Entry("unet", ("--network", "unet")),
        Entry("attention_unet", ("--network", "attention_unet")),
        Entry("resunet", ("--network", "resunet")),
        Entry("sgnet_union", ("--network", "sgnet", *UNION)),
    ),
    against="sgnet_ungated",
    # The test studies have both images, and so had the paper's.
    options=("--loss", "dice_bce", "--flair-dropout", "0"),
)

if __name__ == "__main__":
    main(SEED1, __doc__)
