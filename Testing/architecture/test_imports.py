"""What must not be loaded, and where: the Slicer module starts before torch is installed."""

from __future__ import annotations

import ast
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "SGNetSegmentation" / "sgnet"
HOME_OF_TORCH = ("networks", "losses", "data", "synthesis", "inference", "training")
HEAVY = {"torch", "monai", "SimpleITK", "scipy", "matplotlib", "pydicom", "safetensors", "qt", "ctk", "slicer", "vtk"}
IMPORT = "import sgnet"
HELP = "import sys; from sgnet.cli.main import run; run(['--help'])"
COMMAND_HELP = "from sgnet.cli.main import run; run(['segment', '--help']); run(['train', '--help'])"


@pytest.mark.parametrize("code", [IMPORT, HELP, COMMAND_HELP], ids=["import", "help", "command help"])
def test_loads_nothing_heavy(code: str) -> None:
    script = f"{code}\nimport sys\nprint('LOADED', *sorted({{name.split('.')[0] for name in sys.modules}}))"
    out = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    loaded = set(out.splitlines()[-1].split()[1:])
    assert "sgnet" in loaded
    assert loaded & HEAVY == set()


@pytest.mark.timing
@pytest.mark.parametrize("code", [IMPORT, HELP], ids=["import", "help"])
def test_takes_less_than_half_a_second(code: str) -> None:
    # The least of several, because a busy machine can delay one but adds nothing to the work.
    seconds = []
    for _ in range(7):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 0.5


def test_torch_is_imported_at_module_level_only_where_it_is_at_home() -> None:
    strangers = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] not in HOME_OF_TORCH
        for name in module_level_imports(path)
        if name.split(".")[0] in ("torch", "monai")
    ]
    assert strangers == []


def test_the_check_sees_imports_in_branches_but_not_in_functions(tmp_path: Path) -> None:
    (tmp_path / "sample.py").write_text(
        "import a\nif True:\n    from b.c import d\ntry:\n    import e\nexcept ImportError:\n    pass\n"
        "def f():\n    import g\nclass C:\n    import h\n"
    )
    assert sorted(module_level_imports(tmp_path / "sample.py")) == ["a", "b.c", "e", "h"]


def module_level_imports(path: Path) -> Iterator[str]:
    """Names of the modules that importing ``path`` imports, whatever the branch."""
    pending: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            pending.extend(ast.iter_child_nodes(node))
