"""Choosing the T1ce and the FLAIR, with a guess that says why."""

from typing import Any

import slicer

from sgnet.data.roles import ImageDescription
from sgnet.mrml.guess import describe, guess_inputs

from .dicom_headers import DicomHeaders


class InputsPanel:
    """Fills empty selectors with a guess and says why; ``ui`` holds the widgets by name."""

    def __init__(self, ui: Any) -> None:
        self.ui = ui
        self.ui.guessLabel.visible = False
        self._headers = DicomHeaders()
        self._guessed: tuple[Any, Any] = (None, None)

    def suggest(self, parameters: Any) -> None:
        """Choose volumes where the user has chosen none; ``parameters`` is the parameter node."""
        if parameters.t1ce is not None and parameters.flair is not None:
            self.update(parameters)
            return
        nodes = volumes()
        guess = guess_inputs([node.GetName() or "" for node in nodes], [self.said_of(node) for node in nodes])
        t1ce, flair = (None if i is None else nodes[i] for i in (guess.t1ce, guess.flair))
        if parameters.t1ce is None and t1ce is not None and t1ce is not parameters.flair:
            parameters.t1ce = t1ce
        if parameters.flair is None and flair is not None and flair is not parameters.t1ce:
            parameters.flair = flair
        self._guessed = (t1ce, flair)
        self.ui.guessLabel.text = guess.reason
        self.update(parameters)

    def update(self, parameters: Any) -> None:
        """Show the reason of the guess only as long as the choice is the guess."""
        chosen = (parameters.t1ce, parameters.flair)
        guessed = all(one is None or one is other for one, other in zip(chosen, self._guessed, strict=True))
        self.ui.guessLabel.visible = guessed and bool(volumes()) and bool(self.ui.guessLabel.text)

    def said_of(self, node: Any) -> ImageDescription:
        """What name and DICOM header say about a volume."""
        return describe(node.GetName() or "", self._headers.of(node))


def volumes() -> list[Any]:
    """The grey-value volumes of the scene; label maps and diffusion volumes are sub-classes and left out."""
    kind = "vtkMRMLScalarVolumeNode"
    nodes = slicer.util.getNodesByClass(kind)
    return [node for node in nodes if node.GetClassName() == kind and not node.GetHideFromEditors()]
