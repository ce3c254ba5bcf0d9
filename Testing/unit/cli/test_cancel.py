"""SIGTERM and SIGINT to a running command: exit code 130, nothing written."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_signal_stops_the_run_and_leaves_nothing(
    arguments: list[str], tmp_path: Path, number: signal.Signals
) -> None:
    before = set(tmp_path.rglob("*"))
    process = subprocess.Popen(
        [sys.executable, "-m", "sgnet", *arguments, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["event"] == "start"
    assert json.loads(process.stdout.readline()) == {"event": "phase", "name": "reading volumes"}
    process.send_signal(number)
    out, err = process.communicate(timeout=120)
    last = json.loads(out.splitlines()[-1])
    assert process.returncode == 130
    assert (last["event"], last["code"]) == ("error", 130)
    assert err == f"sgnet: {last['message']}\n"
    assert set(tmp_path.rglob("*")) == before
