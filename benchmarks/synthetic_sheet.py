"""A sheet of random synthetic studies beside real scans, for the eye.

    python benchmarks/synthetic_sheet.py --output docs/images/synthetic_sheet.jpg --anatomy LABEL_MAPS [--count 10]

Each study by the axial slice with most of its lesions, T1ce left and FLAIR right, the core's contour in red and the
whole lesion's in yellow. The last ones are the unlabelled real scans under SGNET_DATA, where there are any, with the
shipped model's contours; their licence (Apache-2.0) allows pictures here, that of the labelled ones does not.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from harness.scans import unlabelled_scans
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sgnet.config import PreprocessSettings, SynthesisSettings, TrainSettings
from sgnet.inference.model import load_model
from sgnet.inference.segment import segment_study
from sgnet.preprocessing.pipeline import preprocess
from sgnet.synthesis.anatomy import find_anatomies, split_anatomies
from sgnet.synthesis.generate import generate_study

Panel = tuple[str, NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_]]
"""Title, image (2, X, Y, Z), core and whole (X, Y, Z)."""

FIRST_SEED = 700_000_000
COLUMNS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--anatomy", type=Path, help="folder of label maps; heads are drawn without it")
    parser.add_argument("--count", type=int, default=10, help="synthetic studies")
    arguments = parser.parse_args()
    panels = [*synthetic(arguments.count, arguments.anatomy), *real()]
    rows = -(-len(panels) // COLUMNS)
    figure = Figure(figsize=(4.2 * COLUMNS, 2.6 * rows), facecolor="black")
    FigureCanvasAgg(figure)
    for place, panel in enumerate(panels, start=1):
        axes = figure.add_subplot(rows, COLUMNS, place)
        draw(axes, panel)
    figure.subplots_adjust(0, 0, 1, 0.97, 0.02, 0.1)
    figure.savefig(arguments.output, dpi=90, facecolor="black", pil_kwargs={"quality": 85})
    print(arguments.output)


def synthetic(count: int, anatomy: Path | None) -> Iterator[Panel]:
    maps = None if anatomy is None else split_anatomies(find_anatomies(anatomy), TrainSettings().hold_out_every)[0]
    for number in range(FIRST_SEED, FIRST_SEED + count):
        made = generate_study(number, SynthesisSettings(), maps)
        prepared = preprocess(made.study, PreprocessSettings())  # type: ignore[arg-type]
        assert prepared.exact is not None, "synthetic studies have 1 mm"
        masks = [prepared.exact.apply(mask) for mask in (made.instances > 0, made.whole)]
        yield f"synthetic {number}", prepared.image, masks[0], masks[1]


def real() -> Iterator[Panel]:
    for name, study in unlabelled_scans():
        result = segment_study(study, load_model())
        prepared = preprocess(study, PreprocessSettings())
        assert prepared.exact is not None, "these scans have 1 mm"
        masks = [prepared.exact.apply(mask) for mask in (result.labels > 0, result.whole)]
        yield f"REAL {name}, as found", prepared.image, masks[0], masks[1]


def draw(axes, panel: Panel) -> None:  # type: ignore[no-untyped-def]
    title, image, core, whole = panel
    # Where there are no lesions, the slice with most of the head.
    k = int(np.argmax((whole if whole.any() else image[0] > 0).sum(axis=(0, 1))))
    upright = [np.rot90(part[..., k]) for part in (image[0], image[1], core, whole)]
    axes.imshow(np.hstack(upright[:2]), cmap="gray", vmin=0, vmax=1)
    for mask, colour in ((upright[2], "red"), (upright[3], "yellow")):
        if mask.any():
            axes.contour(np.hstack([mask, mask]), [0.5], colors=colour, linewidths=0.6)
    axes.set_title(title, color="white", fontsize=7, pad=2)
    axes.axis("off")


if __name__ == "__main__":
    main()
