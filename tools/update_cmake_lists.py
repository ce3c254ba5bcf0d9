"""Write the lists of files in SGNetSegmentation/CMakeLists.txt: what is not listed is not packaged.

python tools/update_cmake_lists.py           # rewrite the file
python tools/update_cmake_lists.py --check   # exit 1 if it is out of date
"""

from __future__ import annotations

import sys
from pathlib import Path

MODULE = Path(__file__).resolve().parents[1] / "SGNetSegmentation"

TEMPLATE = """\
#-----------------------------------------------------------------------------
# The lists below are written by tools/update_cmake_lists.py.
set(MODULE_NAME SGNetSegmentation)

#-----------------------------------------------------------------------------
set(MODULE_PYTHON_SCRIPTS
{scripts}
  )

set(MODULE_PYTHON_RESOURCES
{resources}
  )

#-----------------------------------------------------------------------------
slicerMacroBuildScriptedModule(
  NAME ${{MODULE_NAME}}
  SCRIPTS ${{MODULE_PYTHON_SCRIPTS}}
  RESOURCES ${{MODULE_PYTHON_RESOURCES}}
  WITH_GENERIC_TESTS
  )

#-----------------------------------------------------------------------------
if(BUILD_TESTING)
  # The module's own self test, also available in the application as "Reload and Test".
  slicer_add_python_unittest(SCRIPT ${{MODULE_NAME}}.py)
endif()
"""


def scripts(module: Path = MODULE) -> list[str]:
    """Every Python file that the module or its child process may import."""
    found = [path for folder in ("sgnet", "SGNetSegmentationLib") for path in (module / folder).rglob("*.py")]
    return ["SGNetSegmentation.py", *sorted(_relative(path, module) for path in found if _wanted(path))]


def resources(module: Path = MODULE) -> list[str]:
    """Every other file that they read, the shipped weights included."""
    found = [path for folder in ("Resources", "sgnet") for path in (module / folder).rglob("*")]
    return sorted(
        _relative(path, module) for path in found if path.is_file() and path.suffix != ".py" and _wanted(path)
    )


def lists(module: Path = MODULE) -> str:
    """The whole text of the module's CMakeLists.txt."""
    return TEMPLATE.format(
        scripts="\n".join(f"  {name}" for name in scripts(module)),
        resources="\n".join(f"  {name}" for name in resources(module)),
    )


def _wanted(path: Path) -> bool:
    return not any(part == "__pycache__" or part.startswith(".") for part in path.parts)


def _relative(path: Path, module: Path) -> str:
    return path.relative_to(module).as_posix()


def main() -> int:
    file = MODULE / "CMakeLists.txt"
    if "--check" in sys.argv[1:]:
        if file.read_text(encoding="utf-8") == lists():
            return 0
        print(f"{file} is out of date: run python tools/update_cmake_lists.py")
        return 1
    file.write_text(lists(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
