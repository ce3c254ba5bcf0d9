"""Two processes under torchrun give what one does with the same batch."""

from __future__ import annotations

import csv
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from sgnet.errors import InputError
from sgnet.inference.model import load_model
from sgnet.training.processes import Processes
from sgnet.training.synced_norm import SyncedBatchNorm3d, synchronise_norms

CHILD = Path(__file__).with_name("child.py")
main = runpy.run_path(str(CHILD))["main"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="gloo under torchrun is tested on Linux and macOS")
def test_two_processes_with_half_the_batch_each_end_where_one_with_the_whole_does(tmp_path: Path) -> None:
    main(tmp_path / "one", "sgnet", 0)
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(CHILD),
         str(tmp_path / "two"), "sgnet", "0"],
        check=True, timeout=300, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    # Two patches of four a step each, and the whole batches of the validation.
    assert done.stdout.splitlines() == ["patches 2 4"] * 2
    one, two = (load_model(tmp_path / name / "model").network.state_dict() for name in ("one", "two"))
    for name, value in one.items():
        torch.testing.assert_close(two[name], value, rtol=1e-5, atol=1e-6, msg=name)
    logs = [list(csv.DictReader((tmp_path / name / "log.csv").open())) for name in ("one", "two")]
    assert [row["step"] for row in logs[0]] == [row["step"] for row in logs[1]]
    for column in ("dice", "cross_entropy", "gate"):
        values = [[float(row[column]) for row in log] for log in logs]
        assert values[0] == pytest.approx(values[1], abs=2e-5), column


def test_batch_is_shared_out_evenly_or_refused() -> None:
    assert [list(Processes(rank, 2).part(4)) for rank in (0, 1)] == [[0, 1], [2, 3]]
    with pytest.raises(InputError, match="must be a multiple of the 2 processes, got 3"):
        Processes(0, 2).part(3)


def test_synchronised_norms_take_over_weights_and_statistics() -> None:
    network = nn.Sequential(nn.Conv3d(1, 2, 1), nn.Sequential(nn.BatchNorm3d(2)))
    network(torch.rand(2, 1, 3, 3, 3))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    synchronise_norms(network, torch.device("cpu"))
    assert isinstance(network[1][0], SyncedBatchNorm3d)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
