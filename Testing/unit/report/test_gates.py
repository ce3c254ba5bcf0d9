import numpy as np

from sgnet.inference.gate_maps import GateMap
from sgnet.report.gates import titled


def test_columns_are_in_the_order_in_which_the_network_looks():
    gates = [
        GateMap(scale, mm, np.zeros((1, 1, 1), np.float32)) for scale, mm in ((1, 1.0), (1, 2.0), (2, 2.0), (2, 4.0))
    ]
    shown = titled(gates)
    assert [title for title, _ in shown] == [
        "gates at 4 mm, wide look", "gates at 2 mm, wide look", "gates at 2 mm", "gates at 1 mm",
    ]  # fmt: skip
    assert [one for _, one in shown] == gates[::-1]
