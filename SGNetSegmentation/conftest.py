"""Doctests are collected from every module of the package; those on MRML nodes need slicer-core to be imported."""

import importlib.util

if importlib.util.find_spec("slicer") is None:
    collect_ignore = [f"sgnet/mrml/{name}.py" for name in ("labelmap", "result", "segmentation", "volumes")]
