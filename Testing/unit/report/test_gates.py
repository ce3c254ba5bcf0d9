import numpy as np
from matplotlib.image import imread

from sgnet.inference.gate_maps import GateMap
from sgnet.report.gates import draw_gates


def test_the_coarsest_gates_are_drawn_next_to_the_result_and_the_finest_last(make_segmentation, tmp_path):
    segmentation = make_segmentation((20, 30, 5))
    shape = segmentation.grid.shape
    gates = [GateMap(2.0**level, np.full(shape, level == 2, np.float32)) for level in range(3)]
    draw_gates(segmentation, gates, tmp_path / "gates.png")
    picture = imread(tmp_path / "gates.png")[..., :3]
    bluer = (picture[..., 2] - picture[..., 0] > 0.3).any(axis=0)
    tinted = np.flatnonzero(bluer) / len(bluer)
    # Four columns: the result, 4 mm, 2 mm, 1 mm; only the second is open.
    assert 0.25 < tinted.min() and tinted.max() < 0.65
