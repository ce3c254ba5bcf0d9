"""Rewrite what is said of the shipped model with the numbers of benchmarks/results; a test compares them.

The tables of docs/model.md, the README of the model's folder, and what its operating points are expected to do.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from sgnet.inference.operating_points import CHOSEN
from sgnet.models import SHIPPED

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

from harness.model_results import ModelResults  # noqa: E402
from harness.model_tables import table_text  # noqa: E402

TARGET = ROOT / "docs" / "model.md"
RESULTS = ROOT / "benchmarks" / "results"
BEFORE = "sgnet-0.12"
"""The model that the shipped one is compared with."""
TABLE = re.compile(r"(<!-- table: (\S+) -->\n)(?:\|.*\n)*")


README = """# {name}

Research use only. Trained on synthetic studies only, known to miss small lesions, those without oedema above all.
On the two labelled development scans (gliomas): core Dice {core}, whole Dice {whole}, false lesions {false}.

| file | |
|---|---|
| `weights.safetensors` | 674,234 parameters, float32 |
| `config.json` | architecture, preprocessing, training of all stages, fits, operating points, SHA-256 of the weights |
| `training_log.csv` | last stage: losses, learning rate, seconds, every 25 steps |

MIT licence. How they were made and every measurement: `docs/model.md` of the project,
https://github.com/sgnet/SGNetExtension/blob/main/docs/model.md.
"""


def with_tables(text: str) -> str:
    """The model card with the tables of the results after each ``<!-- table: NAME -->``."""
    now, before = (ModelResults(RESULTS / name) for name in (SHIPPED.name, BEFORE))
    return TABLE.sub(lambda found: found[1] + table_text(found[2], now, before), text)


def readme(results: ModelResults) -> str:
    """Of the model's folder."""
    scans = [row for row in results.rows("real_scans.csv") if row["core_dice"]]
    core, whole, false = (
        " and ".join(f"{float(scan[column]):.{digits}f}" for scan in scans)
        for column, digits in (("core_dice", 3), ("whole_dice", 3), ("core_false_positives", 0))
    )
    return README.format(name=results.name, core=core, whole=whole, false=false)


def with_expectations(config: dict[str, Any], results: ModelResults) -> dict[str, Any]:
    """The model's configuration with what was measured at each operating point."""
    points = {
        name: {**point, "expected": expected(name, point, results)}
        for name, point in config["operating_points"].items()
    }
    return {**config, "operating_points": points}


def expected(name: str, point: dict[str, Any], results: ModelResults) -> dict[str, dict[str, float | str]]:
    """False lesions and lesions found of an operating point."""
    core = results.study_summary(name)["core"]
    found = {size: f"{one['found']}/{one['reference']}" for size, one in core["lesions"]["by_diameter"].items()}
    (real,) = (
        row
        for row in results.rows("operating_points.csv")
        if row["data"] == "real" and all(float(row[setting]) == point[setting] for setting in CHOSEN)
    )
    return {
        "synthetic_held_out": {
            "studies": core["cases"],
            "false_lesions_a_study": core["lesions"]["false_positives_per_scan"]["value"],
            "found_5_to_10_mm": found["5-10 mm"],
            "found_10_mm_and_more": found[">=10 mm"],
        },
        "real_development": {
            "scans": int(real["studies"]),
            "false_lesions_a_scan": float(real["false_lesions_a_study"]),
        },
    }


def main() -> None:
    results = ModelResults(RESULTS / SHIPPED.name)
    config = SHIPPED / "config.json"
    made = with_expectations(json.loads(config.read_text(encoding="utf-8")), results)
    config.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    (SHIPPED / "README.md").write_text(readme(results), encoding="utf-8")
    TARGET.write_text(with_tables(TARGET.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
