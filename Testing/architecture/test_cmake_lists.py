"""What Slicer packages is what CMakeLists.txt lists; and the three descriptions of the extension agree."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULE = ROOT / "SGNetSegmentation"
REMEDY = "run python tools/update_cmake_lists.py"


def listed(name: str) -> list[str]:
    text = (MODULE / "CMakeLists.txt").read_text(encoding="utf-8")
    found = re.search(rf"set\({name}\s+(.*?)\)", text, re.DOTALL)
    assert found
    return found.group(1).split()


def in_tree(folders, keep):
    files = (path for folder in folders for path in (MODULE / folder).rglob("*"))
    return {p.relative_to(MODULE).as_posix() for p in files if p.is_file() and "__pycache__" not in p.parts and keep(p)}


def test_every_python_file_is_packaged():
    tree = in_tree(("sgnet", "SGNetSegmentationLib"), lambda path: path.suffix == ".py")
    assert set(listed("MODULE_PYTHON_SCRIPTS")) == tree | {"SGNetSegmentation.py"}, REMEDY


def test_every_resource_and_the_weights_are_packaged():
    tree = in_tree(("Resources", "sgnet"), lambda path: path.suffix != ".py" and not path.name.startswith("."))
    assert set(listed("MODULE_PYTHON_RESOURCES")) == tree, REMEDY


def test_nothing_is_listed_twice_or_ignored_by_git():
    names = listed("MODULE_PYTHON_SCRIPTS") + listed("MODULE_PYTHON_RESOURCES")
    assert len(names) == len(set(names))
    paths = [f"SGNetSegmentation/{name}" for name in names]
    ignored = subprocess.run(["git", "check-ignore", *paths], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ignored.stdout == ""


def test_what_the_module_reads_is_packaged():
    resources = listed("MODULE_PYTHON_RESOURCES")
    for needed in (
        "Resources/UI/SGNetSegmentation.ui",
        "Resources/UI/InstallDialog.ui",
        "Resources/Icons/SGNetSegmentation.png",
        "Resources/requirements.txt",
    ):
        assert needed in resources


def cmake_values() -> dict[str, str]:
    text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    values = {name.lower(): value for name, value in re.findall(r'set\(EXTENSION_(\w+) "(.*?)"\)', text)}
    project = re.search(r"project\((\w+)\)", text)
    assert project
    return {**values, "name": project.group(1)}


def s4ext_values() -> dict[str, str]:
    lines = (ROOT / "SGNetExtension.s4ext").read_text(encoding="utf-8").splitlines()
    pairs = (line.split(maxsplit=1) for line in lines if line.strip() and not line.startswith("#"))
    return {key: value.strip() for key, value in pairs}


def test_descriptions_of_the_extension_agree():
    cmake, s4ext = cmake_values(), s4ext_values()
    entry = json.loads((ROOT / "SGNetExtension.json").read_text(encoding="utf-8"))
    assert cmake["name"] == "SGNetExtension"
    assert s4ext["scmurl"] == entry["scm_url"] == cmake["homepage"] == s4ext["homepage"]
    assert s4ext["scmrevision"] == entry["scm_revision"]
    assert s4ext["category"] == entry["category"] == cmake["category"]
    assert s4ext["depends"].split() == entry["build_dependencies"] == cmake["depends"].split()
    assert s4ext["build_subdirectory"] == entry["build_subdirectory"]
    for s4ext_name, cmake_name in [
        ("contributors", "contributors"),
        ("description", "description"),
        ("iconurl", "iconurl"),
        ("screenshoturls", "screenshoturls"),
    ]:
        assert s4ext[s4ext_name] == cmake[cmake_name]


def test_catalogue_entry_has_only_what_the_schema_allows():
    # Slicer/Schemas/slicer-extension-catalog-entry-schema-v1.0.1.json
    entry = json.loads((ROOT / "SGNetExtension.json").read_text(encoding="utf-8"))
    allowed = {
        "$schema": str, "category": str, "scm_url": str, "scm_revision": str, "scm_type": str,
        "build_dependencies": list, "build_subdirectory": str, "enabled": bool, "tier": int,
    }  # fmt: skip
    assert {"$schema", "category", "scm_url"} <= set(entry) <= set(allowed)
    assert all(isinstance(value, allowed[name]) for name, value in entry.items())
    assert entry["tier"] in (1, 3, 5)


@pytest.mark.parametrize("kind", ["iconurl", "screenshoturls"])
def test_pictures_named_in_the_catalogue_are_in_the_repository(kind):
    for address in cmake_values()[kind].split():
        path = re.sub(r"^https://raw.githubusercontent.com/sgnet/SGNetExtension/main/", "", address)
        assert (ROOT / path).read_bytes().startswith(b"\x89PNG"), address


def test_slicer_requirements_are_the_package_s_without_what_slicer_has_or_chooses():
    # Read without tomllib, which Python 3.10 lacks.
    found = re.search(r"^dependencies = \[(.*?)^\]", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.S | re.M)
    assert found
    bundled = {"numpy", "pydicom", "scipy", "SimpleITK", "torch"}
    wanted = {one for one in re.findall(r'"(.+?)"', found.group(1)) if re.split("[><=]", one)[0] not in bundled}
    assert len(wanted) >= 3
    lines = (MODULE / "Resources" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert {line for line in lines if line and not line.startswith("#")} == wanted
