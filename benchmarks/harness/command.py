"""``sgnet`` in a process of its own, so that what it holds is free again afterwards."""

from __future__ import annotations

import subprocess
import sys


def sgnet(*arguments: str) -> None:
    """Run a command with what it prints; one that fails ends the benchmark, which can be started again."""
    print("$ sgnet", " ".join(arguments), flush=True)
    subprocess.run([sys.executable, "-m", "sgnet", *arguments], check=True)
