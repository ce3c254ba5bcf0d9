"""The ablation of the 2.5D paper (arXiv 1906.03906) on synthetic vestibular schwannomas.

    python benchmarks/seed2.py --output RUNS/schwannoma --anatomy LABEL_MAPS [--preset full]

Trains every network with the same studies, steps, augmentation and seeds, judges it on synthetic studies of other
anatomy, and writes table.csv, runs.csv and comparison/. Stopped and started again, it goes on. Plain Dice is the
hardness-weighted one with hardness 0, as the paper's ablation uses it.
"""

from harness.plan import Benchmark, Entry
from harness.run import main

DICE = ("--loss", "hdl", "--hardness", "0")
HDL = ("--loss", "hdl", "--hardness", "0.6")

SEED2 = Benchmark(
    name="seed2",
    question="Do 2.5D convolutions, attention, its supervision and hardness weighting help where slices are thick?",
    task="schwannoma",
    entries=(
        Entry("unet2d", ("--network", "unet2d", *DICE)),
        Entry("unet3d", ("--network", "unet3d", *DICE)),
        Entry("unet2d5", ("--network", "unet2d5", *DICE), repeated=True),
        Entry("unet2d5_ag", ("--network", "unet2d5_ag", *DICE)),
        Entry("unet2d5_pa", ("--network", "unet2d5_pa", *DICE)),
        Entry("unet2d5_spvpa", ("--network", "unet2d5_spvpa", *DICE), repeated=True),
        Entry("unet2d5_spvpa_hdl", ("--network", "unet2d5_spvpa", *HDL), repeated=True),
    ),
    against="unet2d5",
    # The paper's loss: the attention maps against the average-pooled mask, as heavy as the segmentation's own loss.
    options=("--gate-loss", "average", "--gate-supervision", "1", "--flair-dropout", "0"),
)

if __name__ == "__main__":
    main(SEED2, __doc__)
