"""The module file must load, and load fast, in a Slicer that has none of the packages yet."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

MODULE = Path(__file__).resolve().parents[2] / "SGNetSegmentation"

# Everything that the application brings is replaced by objects that accept anything, so that only the
# imports of the module itself are seen.
PROGRAM = """
import importlib.abc, importlib.machinery, json, sys, types

class Anything(types.ModuleType):
    __path__ = []
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        # A class, because the module derives from what it finds here.
        members = {"__class_getitem__": classmethod(lambda cls, item: cls), "__init__": lambda self, *a: None}
        return type(name, (), members)

class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("slicer", "qt", "ctk", "vtk", "vtkmodules"):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
    def create_module(self, spec):
        module = Anything(spec.name)
        if spec.name == "slicer.parameterNodeWrapper":
            module.parameterNodeWrapper = lambda cls: cls
        return module
    def exec_module(self, module):
        pass

sys.meta_path.insert(0, Finder())
sys.path.insert(0, sys.argv[1])
before = set(sys.modules)
import SGNetSegmentation
names = sorted({name.split(".")[0] for name in set(sys.modules) - before})
print(json.dumps([names, [n for n in vars(SGNetSegmentation) if n.startswith("SGNetSegmentation")]]))
"""


def test_loading_the_module_imports_nothing_that_has_to_be_installed():
    command = [sys.executable, "-c", PROGRAM, str(MODULE)]
    names, classes = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    # NumPy belongs to Slicer and is loaded there anyway.
    foreign = set(names) - set(sys.stdlib_module_names) - {"numpy", "slicer", "qt", "ctk", "vtk", "vtkmodules"}
    assert foreign == {"sgnet", "SGNetSegmentation", "SGNetSegmentationLib"}
    for kind in ("", "Widget", "Logic", "Test"):
        assert f"SGNetSegmentation{kind}" in classes
