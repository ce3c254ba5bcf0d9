"""Make a model folder from a run of ``sgnet train`` that began with the shipped weights.

    python tools/make_model_folder.py RUN MODEL
    python benchmarks/operating_points.py --anatomy LABEL_MAPS --output OUT --count 80 --model MODEL
    python tools/make_model_folder.py RUN MODEL --calibration OUT/calibration.json

The first makes what can be fitted, with the guided filter of the shipped model; the last adds the fits. What each
operating point is expected to do, and the folder's README, come from the results later (tools/make_model_tables.py).
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sgnet.models import SHIPPED

STAGE = ("train", "synthesis", "preprocess", "initial", "data")
"""What ``earlier_training`` keeps of a stage."""


def config_of(run: Mapping[str, Any], before: Mapping[str, Any], name_before: str) -> dict[str, Any]:
    """The configuration of a run's model with the stages before it and their guided filter.

    Parameters
    ----------
    run, before : mapping
        ``config.json`` of the run's model, and of the one that it started from, ``name_before``.
    """
    if run["training"]["initial"]["sha256"] != before["sha256"]:
        raise SystemExit(f"The run did not start from the weights of {name_before}; give one that did.")
    stage = {"name": name_before, "steps": before["steps"], **{key: before["training"][key] for key in STAGE}}
    return {
        **run,
        "earlier_training": [*before["earlier_training"], stage],
        "guided_filter": before["guided_filter"],
    }


def fitted(fits: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """What ``calibration.json`` of ``benchmarks/operating_points.py`` adds, and the operating points as they were."""
    return {
        "temperatures": {output: round(fits[output]["temperature"], 3) for output in before["temperatures"]},
        "tightening": {key: fits["tightening"][key] for key in before["tightening"]},
        "confidence": {key: round(fits["lesion confidence"][key], 3) for key in before["confidence"]},
        "operating_points": {
            point: {key: value for key, value in settings.items() if key != "expected"}
            for point, settings in before["operating_points"].items()
        },
    }


def read(path: Path) -> dict[str, Any]:
    """The object in a JSON file."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="folder that sgnet train wrote")
    parser.add_argument("output", type=Path)
    parser.add_argument("--calibration", type=Path)
    parser.add_argument("--precise", type=float, help="its least confidence; else that of the shipped model")
    parser.add_argument("--sensitive", type=float, help="likewise")
    arguments = parser.parse_args()
    before = read(SHIPPED / "config.json")
    config = config_of(read(arguments.run / "model" / "config.json"), before, SHIPPED.name)
    if arguments.calibration:
        config |= fitted(read(arguments.calibration), before)
        for point, settings in config["operating_points"].items():
            least = getattr(arguments, point)
            settings["min_confidence"] = settings["min_confidence"] if least is None else least
    arguments.output.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(arguments.run / "model" / "weights.safetensors", arguments.output / "weights.safetensors")
    shutil.copyfile(arguments.run / "log.csv", arguments.output / "training_log.csv")
    (arguments.output / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
