"""Rewrite constraints.txt: what pip chooses today for every supported Python, one line a version.

Run ``python tools/make_constraints.py`` after changing the dependencies (needs pip >= 23.1 and Python >= 3.11),
then the tests; commit both together.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import tomllib

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
# Pinned by hand: what the shipped weights were trained and tested with.
FIXED = ("torch==2.13.0",)
HEADER = "# Written by tools/make_constraints.py; used as: pip install -c constraints.txt ...\n"


def resolve(requirements: list[str], python: str) -> dict[str, str]:
    """Name and version of every package that pip would install on Linux, without what CUDA brings."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--only-binary=:all:",
            "--python-version", python, "--target", folder, "--report", "-", *requirements, *FIXED,
        ]  # fmt: skip
        report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    packages = [item["metadata"] for item in report["install"]]
    found = {item["name"].lower().replace("_", "-"): item["version"].split("+")[0] for item in packages}
    return {name: v for name, v in found.items() if not name.startswith(("nvidia", "cuda", "triton"))}


def main() -> None:
    """Resolve for every Python and write the file."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    requirements = [
        *project["dependencies"],
        *(one for extra in project["optional-dependencies"].values() for one in extra),
    ]
    pythons_of: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for python in PYTHONS:
        for name, version in resolve(requirements, python).items():
            pythons_of[name][version].append(python)
    lines = []
    for name in sorted(pythons_of):
        for version, pythons in sorted(pythons_of[name].items()):
            lines.append(f"{name}=={version}{marker(pythons)}\n")
    (ROOT / "constraints.txt").write_text(HEADER + "".join(lines))


def marker(pythons: list[str]) -> str:
    """The environment marker for these Python versions, which are neighbours; none for all of them."""
    if len(pythons) == len(PYTHONS):
        return ""
    if pythons[0] == PYTHONS[0]:
        return f'; python_version <= "{pythons[-1]}"'
    if pythons[-1] == PYTHONS[-1]:
        return f'; python_version >= "{pythons[0]}"'
    if len(pythons) == 1:
        return f'; python_version == "{pythons[0]}"'
    return f'; python_version >= "{pythons[0]}" and python_version <= "{pythons[-1]}"'


if __name__ == "__main__":
    main()
