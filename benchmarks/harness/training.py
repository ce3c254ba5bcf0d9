"""One network with one seed, trained or continued."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from harness.command import sgnet
from harness.plan import Benchmark, Entry, Preset
from sgnet.atomic import atomic_path

DONE = "done.json"


def train(benchmark: Benchmark, entry: Entry, seed: int, preset: Preset, folder: Path, device: str) -> Path:
    """The model folder of a finished run in ``folder/runs``; what an earlier call has trained is kept.

    The studies are those of ``folder/studies/training``; their preprocessed form is shared by all runs.
    """
    run = folder / "runs" / entry.name / f"seed-{seed}"
    if finished(run, preset):
        return run / "model"
    options = ["--output", str(run), "--data", str(folder / "studies" / "training"), "--cache", str(folder / "cache")]
    options += ["--task", benchmark.task, "--seed", str(seed), "--device", device, "--workers", "0"]
    options += [*preset.options(), *benchmark.options, *entry.options]
    if preset.minutes is not None:
        # At least a little, so that a run that was killed in its last second still writes its model.
        left = max(preset.minutes - trained(run)["seconds"] / 60, 0.05)
        options += ["--max-minutes", f"{left:.3f}"]
    sgnet("train", *options)
    steps = json.loads((run / "model" / "config.json").read_text())["steps"]
    with atomic_path(run / DONE) as beside:
        content = {
            "steps": steps,
            "wanted": preset.steps,
            "minutes": preset.minutes,
            "seconds": trained(run)["seconds"],
        }
        beside.write_text(json.dumps(content, indent=1) + "\n")
    return run / "model"


def finished(run: Path, preset: Preset) -> bool:
    """Whether ``run`` was trained to the end of this preset: all steps, or all minutes."""
    if not (run / DONE).is_file():
        return False
    done = json.loads((run / DONE).read_text())
    return done["steps"] >= preset.steps or (done["wanted"], done["minutes"]) == (preset.steps, preset.minutes)


def trained(run: Path) -> dict[str, float]:
    """``step`` and ``seconds`` of training over all resumptions, from the last line of the run's log; 0 without one."""
    if not (run / "log.csv").is_file():
        return {"step": 0, "seconds": 0.0}
    with (run / "log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: float(rows[-1][name]) if rows else 0.0 for name in ("step", "seconds")}
