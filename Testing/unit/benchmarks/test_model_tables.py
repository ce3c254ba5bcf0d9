"""The tables of docs/model.md are those of the committed results."""

import csv
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "benchmarks"))

from harness.model_results import ModelResults  # noqa: E402
from harness.model_tables import TABLES, table_text  # noqa: E402

from sgnet.models import SHIPPED  # noqa: E402


@pytest.fixture(scope="module")
def tool(load_tool):
    return load_tool("make_model_tables")


def test_the_card_has_every_table_as_the_results_have_it(tool) -> None:
    written = tool.TARGET.read_text(encoding="utf-8")
    assert {found[2] for found in tool.TABLE.finditer(written)} == set(TABLES)
    assert written == tool.with_tables(written), "run: python tools/make_model_tables.py"


def test_the_folder_says_what_was_measured(tool) -> None:
    results = ModelResults(tool.RESULTS / SHIPPED.name)
    config = json.loads((SHIPPED / "config.json").read_text())
    assert config == tool.with_expectations(config, results), "run: python tools/make_model_tables.py"
    assert (SHIPPED / "README.md").read_text() == tool.readme(results), "run: python tools/make_model_tables.py"


def test_an_old_table_is_replaced_and_nothing_else(tool) -> None:
    text = "Before.\n\n<!-- table: gates -->\n| old |\n|---|\n\nAfter | all.\n"
    made = tool.with_tables(text)
    assert made.startswith("Before.\n\n<!-- table: gates -->\n| level |") and made.endswith("\n\nAfter | all.\n")
    assert "old" not in made and tool.with_tables(made) == made


def write(folder: Path, name: str, rows: list[dict[str, object]]) -> None:
    folder.mkdir(exist_ok=True)
    with (folder / name).open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_scans_without_labels_are_left_out_of_the_means(tmp_path: Path) -> None:
    scores = ("dice", "precision", "recall", "hd95_mm", "false_positives")
    values = {"core": (0.81, 0.915, 0.7, 3.25, 2), "whole": (0.9, 0.9, 0.9, 2, 0)}
    labelled = {f"{output}_{name}": one[n] for output, one in values.items() for n, name in enumerate(scores)}
    for model, case, change in (("new", "a", {}), ("old", "a", {"core_dice": 0.5, "core_false_positives": 1})):
        empty = dict.fromkeys(labelled, "")
        rows = [{"case": "b", **empty}, {"case": case, **labelled, **change}]
        write(tmp_path / model, "real_scans.csv", rows)
    text = table_text("real-scans", ModelResults(tmp_path / "new"), ModelResults(tmp_path / "old"))
    assert text.splitlines()[2:] == [
        "| a | 0.810 | 0.92 | 0.70 | 3.2 | 2 | 0.900 | 0.90 | 0.90 | 2.0 |",
        "| mean | 0.810 | | | | 2 | 0.900 | | | |",
        "| mean of old | 0.500 | | | | 1 | 0.900 | | | |",
    ]


def test_the_sweep_is_that_of_the_synthetic_studies_at_the_chosen_outline(tmp_path: Path) -> None:
    row = {"data": "synthetic", "threshold": 0.3, "min_volume_mm3": 20.0, "false_lesions_a_study": 0.26}
    found = {f"sensitivity {name}": "5/9" for name in ("3-5 mm", "5-10 mm", ">=10 mm")}
    others = [{"data": "real"}, {"threshold": 0.4}, {"min_volume_mm3": 50.0}]
    leasts = (0.0, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8)
    rows = [{**row, "min_confidence": least, **found} for least in leasts]
    wrong = [{**one, **other, "false_lesions_a_study": 9} for one in rows for other in others]
    write(tmp_path / "new", "operating_points.csv", [*wrong, *rows, *wrong])
    lines = table_text("sweep", ModelResults(tmp_path / "new"), ModelResults(tmp_path / "old")).splitlines()
    assert lines[2:4] == ["| none | 0.26 | 5 of 9 | 5 of 9 | 5 of 9 |", "| 0.2 | 0.26 | 5 of 9 | 5 of 9 | 5 of 9 |"]
    assert len(lines) == 12
    write(tmp_path / "old", "operating_points.csv", [{**one, "false_lesions_a_study": 3} for one in rows])
    lines = table_text("sweep", ModelResults(tmp_path / "new"), ModelResults(tmp_path / "old")).splitlines()
    assert "old: false a study" in lines[0] and lines[-1].startswith("| 0.8 | 0.26 |") and "| 3.00 |" in lines[-1]


def test_the_models_columns_are_told_apart(tmp_path: Path) -> None:
    for model, found in (("new", 3), ("old", 60)):
        for point, more in (("precise", 0), ("sensitive", 1)):
            counts = {
                name: {"found": found + more, "reference": 70} for name in ("<3 mm", "3-5 mm", "5-10 mm", ">=10 mm")
            }
            folder = tmp_path / model
            folder.mkdir(exist_ok=True)
            summary = {"core": {"lesions": {"by_volume": counts}}}
            (folder / f"synthetic_{point}.json").write_text(json.dumps(summary))
    text = table_text("detection-by-volume", ModelResults(tmp_path / "new"), ModelResults(tmp_path / "old"))
    head, _, first, *_ = text.splitlines()
    assert head == "| | `precise` | `sensitive` | old, `precise` | old, `sensitive` |"
    assert first == "| under 3 mm | 3 of 70 (4 %) | 4 of 70 (6 %) | 60 of 70 (86 %) | 61 of 70 (87 %) |"


def test_gates_are_listed_from_the_coarsest(tmp_path: Path) -> None:
    rows = [{"case": "a", "voxel_mm": mm, "head": mm / 16, "core": 1, "whole": 1} for mm in (2, 4, 8)]
    write(tmp_path / "new", "gate_coverage.csv", rows)
    text = table_text("gates", ModelResults(tmp_path / "new"), ModelResults(tmp_path / "old"))
    assert [line.split(" | ")[:2] for line in text.splitlines()[2:]] == [
        ["| 8 mm", "0.500"],
        ["| 4 mm", "0.250"],
        ["| 2 mm", "0.125"],
    ]
