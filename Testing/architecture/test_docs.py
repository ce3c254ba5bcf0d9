"""What the documents say is what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from sgnet.cli.main import LazyGroup
from sgnet.models import SHIPPED

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def test_the_reference_is_the_help(load_tool) -> None:
    tool = load_tool("make_cli_reference")
    written = tool.TARGET.read_text(encoding="utf-8")
    assert written == tool.reference(), "run: python tools/make_cli_reference.py"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_inside_the_repository_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]
    missing = [target for target in targets if target and not (document.parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_in_documents_exist(document: Path) -> None:
    named = set(re.findall(r"(?:^|[`/ ])sgnet ([a-z]+) -", document.read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert named <= set(LazyGroup.names)


@pytest.mark.parametrize("marker", ["demo", "test"])
def test_the_readme_has_one_line_for_each_command_that_ci_runs(marker: str) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (command,) = re.findall(rf"<!-- ci: {marker} -->\n```bash\n(.*)\n```", text)
    assert (ROOT / command.split()[1]).is_file()


def test_every_requirement_is_pinned() -> None:
    pinned = {line.split("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line}
    project = (ROOT / "pyproject.toml").read_text().split("[project.scripts]")[0].split("\ndependencies = ")[1]
    required = {name.lower() for name in re.findall(r'"([A-Za-z0-9-]+)(?:>=[\d.]+|\[\w+\])?"', project)}
    assert {"torch", "pytest", "trame-slicer"} <= required
    assert required <= pinned


@pytest.mark.parametrize("point", ["precise", "sensitive"])
def test_what_a_point_is_said_to_do_is_what_was_measured(point: str) -> None:
    config = json.loads((SHIPPED / "config.json").read_text())
    file = ROOT / "benchmarks" / "results" / SHIPPED.name / f"synthetic_{point}.json"
    measured = json.loads(file.read_text())["core"]["lesions"]
    found = {name: f"{one['found']}/{one['reference']}" for name, one in measured["by_diameter"].items()}
    assert config["operating_points"][point]["expected"]["synthetic_held_out"] == {
        "studies": 40,
        "false_lesions_a_study": measured["false_positives_per_scan"]["value"],
        "found_5_to_10_mm": found["5-10 mm"],
        "found_10_mm_and_more": found[">=10 mm"],
    }
