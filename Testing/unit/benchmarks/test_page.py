"""The tables of docs/benchmarks.md are those of the committed results."""

import csv
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "benchmarks"))

from harness.markdown import markdown_table  # noqa: E402

PAGE = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
TABLES = re.findall(r"<!-- table: (\S+) -->\n((?:\|.*\n)+)", PAGE)


def test_the_page_has_the_tables_of_both_papers() -> None:
    assert {Path(path).parent.name for path, _ in TABLES} >= {"seed1", "seed2"}


@pytest.mark.parametrize(("path", "table"), TABLES, ids=[path for path, _ in TABLES])
def test_table_is_that_of_the_results(path: str, table: str) -> None:
    with (ROOT / path).open(newline="", encoding="utf-8") as file:
        assert table == markdown_table(list(csv.DictReader(file)))
