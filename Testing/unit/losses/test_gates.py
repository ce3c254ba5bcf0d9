import torch

from sgnet.losses.gates import gate_loss


def gates(value, size=8, groups=2):
    return [torch.full((1, groups, size // s, size // s, size // s), value) for s in (1, 2, 4)]


def lesion(size=8):
    whole = torch.zeros(1, 1, size, size, size)
    whole[0, 0, 0, 0, 0] = 1
    return whole


def opened_around_the_lesion(size):
    opened = torch.full((1, 2, size, size, size), -9.0)
    opened[:, :, :2, :2, :2] = 9.0
    return opened


def test_gates_open_on_the_lesion_and_its_margin_cost_least():
    fitting = [torch.nn.functional.interpolate(opened_around_the_lesion(4), scale_factor=2)]
    fitting += [opened_around_the_lesion(4), opened_around_the_lesion(2)]
    assert float(gate_loss(fitting, lesion())) < 0.001 < float(gate_loss(gates(9.0), lesion()))


def test_a_gate_closed_on_a_lesion_costs_more_than_one_open_beside_it():
    everything = torch.ones(1, 1, 8, 8, 8)
    nothing = torch.zeros(1, 1, 8, 8, 8)
    assert float(gate_loss(gates(-2.0), everything)) > 2.5 * float(gate_loss(gates(2.0), nothing))
