"""A run killed in the middle and continued is the run that was never interrupted."""

from __future__ import annotations

import csv
import runpy
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from sgnet.inference.model import load_model

CHILD = Path(__file__).with_name("child.py")
main = runpy.run_path(str(CHILD))["main"]


def rows(path: Path) -> list[dict[str, str]]:
    """Of a log, without the clock."""
    with path.open() as file:
        return [{name: value for name, value in row.items() if name != "seconds"} for row in csv.DictReader(file)]


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_run_killed_between_two_checkpoints_continues_to_the_very_same_weights_and_logs(tmp_path: Path) -> None:
    main(tmp_path / "straight", "unet2d5_spvpa", 0)
    command = [sys.executable, str(CHILD), str(tmp_path / "killed"), "unet2d5_spvpa", "13"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "13"
        child.send_signal(signal.SIGKILL)
    assert rows(tmp_path / "killed" / "log.csv")[-1]["step"] == "12"
    assert torch.load(tmp_path / "killed" / "checkpoint.pt", weights_only=True)["step"] == 10
    assert not (tmp_path / "killed" / "model").exists()
    main(tmp_path / "killed", "unet2d5_spvpa", 0)
    straight, continued = (
        load_model(tmp_path / name / "model").network.state_dict() for name in ("straight", "killed")
    )
    for name, value in straight.items():
        assert torch.equal(continued[name], value), name
    for log in ("log.csv", "validation.csv"):
        found = rows(tmp_path / "killed" / log)
        assert found == rows(tmp_path / "straight" / log)
    assert [row["step"] for row in found] == ["4", "8", "12", "16", "20"]
