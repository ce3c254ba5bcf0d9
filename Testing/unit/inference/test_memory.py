import torch

from sgnet.inference.device import Compute
from sgnet.inference.memory import ladder


def rungs(device, batch_size, window):
    compute = Compute(torch.device(device), torch.float32)
    return [
        (rung.compute.device.type, rung.batch_size, rung.window, rung.stitch.type)
        for rung in ladder(compute, batch_size, window, (16, 16, 16))
    ]


def test_on_the_cpu_batches_then_windows_become_smaller():
    assert rungs("cpu", 2, (160, 224, 96)) == [
        ("cpu", 2, (160, 224, 96), "cpu"),
        ("cpu", 1, (160, 224, 96), "cpu"),
        ("cpu", 1, (80, 112, 96), "cpu"),
        ("cpu", 1, (80, 64, 96), "cpu"),
    ]


def test_on_a_graphics_card_the_cpu_comes_last():
    assert rungs("cuda", 1, (192, 96, 96)) == [
        ("cuda", 1, (192, 96, 96), "cuda"),
        ("cuda", 1, (96, 96, 96), "cuda"),
        ("cuda", 1, (96, 96, 96), "cpu"),
        ("cpu", 1, (96, 96, 96), "cpu"),
    ]
