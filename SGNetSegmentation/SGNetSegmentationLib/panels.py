"""Putting a panel, drawn in a .ui file of its own, into its place in the module's window."""

from typing import Any

import slicer


def add_panel(path: str, place: Any) -> Any:
    """Load the panel of the .ui file ``path`` into the collapsible button ``place``; returns its root widget."""
    panel = slicer.util.loadUI(path)
    place.layout().addWidget(panel)
    panel.setMRMLScene(slicer.mrmlScene)
    return panel
