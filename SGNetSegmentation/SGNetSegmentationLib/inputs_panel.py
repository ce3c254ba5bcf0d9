"""Choosing the T1ce and the FLAIR, with a guess by name."""

from typing import Any

import slicer

from sgnet.mrml.guess import guess_inputs


class InputsPanel:
    """Fills empty selectors with a guess and says why; ``ui`` holds the widgets by name."""

    def __init__(self, ui: Any) -> None:
        self.ui = ui
        self.ui.guessLabel.visible = False

    def suggest(self, parameters: Any) -> None:
        """Choose volumes where the user has chosen none; ``parameters`` is the parameter node."""
        if parameters.t1ce is not None and parameters.flair is not None:
            return
        nodes = volumes()
        guess = guess_inputs([node.GetName() or "" for node in nodes])
        taken = [node for node in (parameters.t1ce, parameters.flair) if node is not None]
        if parameters.t1ce is None and guess.t1ce is not None and nodes[guess.t1ce] not in taken:
            parameters.t1ce = nodes[guess.t1ce]
        if parameters.flair is None and guess.flair is not None and nodes[guess.flair] not in taken:
            parameters.flair = nodes[guess.flair]
        self.ui.guessLabel.text = guess.reason
        self.ui.guessLabel.visible = bool(nodes)


def volumes() -> list[Any]:
    """The grey-value volumes of the scene; label maps and diffusion volumes are sub-classes and left out."""
    kind = "vtkMRMLScalarVolumeNode"
    nodes = slicer.util.getNodesByClass(kind)
    return [node for node in nodes if node.GetClassName() == kind and not node.GetHideFromEditors()]
