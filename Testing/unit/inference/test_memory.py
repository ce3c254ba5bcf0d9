import pytest
import torch

from sgnet.inference.device import Compute
from sgnet.inference.memory import ladder

SMALLER_BATCHES_THEN_WINDOWS = [
    ("cpu", 2, (160, 224, 96), "cpu"),
    ("cpu", 1, (160, 224, 96), "cpu"),
    ("cpu", 1, (80, 112, 96), "cpu"),
    ("cpu", 1, (80, 64, 96), "cpu"),
]
THE_CPU_COMES_LAST = [
    ("cuda", 1, (192, 96, 96), "cuda"),
    ("cuda", 1, (96, 96, 96), "cuda"),
    ("cuda", 1, (96, 96, 96), "cpu"),
    ("cpu", 1, (96, 96, 96), "cpu"),
]


@pytest.mark.parametrize("expected", [SMALLER_BATCHES_THEN_WINDOWS, THE_CPU_COMES_LAST])
def test_each_rung_takes_less_memory_than_the_one_before(expected):
    device, batch_size, window, _ = expected[0]
    rungs = ladder(Compute(torch.device(device), torch.float32), batch_size, window, (16, 16, 16))
    assert [(r.compute.device.type, r.batch_size, r.window, r.stitch.type) for r in rungs] == expected
