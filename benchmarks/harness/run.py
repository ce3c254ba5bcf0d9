"""The whole way of a benchmark, from studies to table; started again, it goes on where it stopped."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

from harness.judging import judge
from harness.plan import PRESETS, Benchmark, Preset
from harness.studies import make_studies, real_cases
from harness.table import Run, write_table
from harness.training import DONE, train


def main(benchmark: Benchmark, description: str | None) -> None:
    """Read the command line and run ``benchmark``."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True, help="folder of everything; continued if it exists")
    parser.add_argument("--preset", choices=list(PRESETS[benchmark.task]), default="small")
    parser.add_argument("--anatomy", type=Path, help="folder of label maps; heads are drawn without it")
    parser.add_argument("--device", default="auto", help="of training and inference: auto, cpu, cuda, mps")
    parser.add_argument("--only", nargs="+", metavar="NETWORK", help="some of: " + ", ".join(_names(benchmark)))
    for name in ("steps", "training_studies", "test_studies"):
        parser.add_argument("--" + name.replace("_", "-"), type=int, help=f"{name.replace('_', ' ')} of the preset")
    parser.add_argument("--seeds", type=int, nargs="+", help="seeds of the preset")
    arguments = parser.parse_args()
    unknown = set(arguments.only or ()) - set(_names(benchmark))
    if unknown:
        parser.error(f"no network {sorted(unknown)[0]!r}; there are {', '.join(_names(benchmark))}")
    changed = {name: getattr(arguments, name) for name in ("steps", "training_studies", "test_studies", "seeds")}
    chosen = {name: tuple(one) if name == "seeds" else one for name, one in changed.items() if one is not None}
    preset = dataclasses.replace(PRESETS[benchmark.task][arguments.preset], **chosen)
    if arguments.only:
        kept = tuple(entry for entry in benchmark.entries if entry.name in arguments.only)
        benchmark = dataclasses.replace(benchmark, entries=kept)
    run(benchmark, preset, arguments.output, arguments.anatomy, arguments.device)


def run(benchmark: Benchmark, preset: Preset, folder: Path, anatomy: Path | None = None, device: str = "auto") -> None:
    """Make the studies, then train and judge run by run; the table is written anew after each.

    Benchmarks of one task may share ``folder``: entries of one name are one training, and each table has its folder.
    """
    print(f"{benchmark.name}: {benchmark.question}")
    sets = {"synthetic": make_studies(folder / "studies", benchmark.task, preset, anatomy)["test"]}
    if benchmark.task == "metastases" and (real := real_cases()):
        sets["real"] = real
    runs = []
    for entry, seed in benchmark.runs(preset):
        print(f"== {entry.name}, seed {seed}", flush=True)
        model = train(benchmark, entry, seed, preset, folder, device)
        done = json.loads((model.parent / DONE).read_text())
        scores = folder / "scores"
        judged = {
            name: judge(model, cases, scores / name / entry.name / f"seed-{seed}", device)
            for name, cases in sets.items()
        }
        runs.append(Run(entry.name, seed, done["steps"], done["seconds"] / 60, judged))
        write_table(runs, benchmark.against, folder / benchmark.name)


def _names(benchmark: Benchmark) -> list[str]:
    return [entry.name for entry in benchmark.entries]
