"""Rewrite the tables of docs/model.md from benchmarks/results; a test compares them."""

from __future__ import annotations

import re
import sys
from pathlib import Path

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


def with_tables(text: str) -> str:
    """The model card with the tables of the results after each ``<!-- table: NAME -->``."""
    now, before = (ModelResults(RESULTS / name) for name in (SHIPPED.name, BEFORE))
    return TABLE.sub(lambda found: found[1] + table_text(found[2], now, before), text)


if __name__ == "__main__":
    TARGET.write_text(with_tables(TARGET.read_text(encoding="utf-8")), encoding="utf-8")
