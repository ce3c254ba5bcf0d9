"""Settings that most users leave as they are: the model and how it is run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from sgnet.errors import SGNetError
from sgnet.inference.operating_points import OperatingPoint, operating_points, read_config
from sgnet.models import SHIPPED

from .settings import lesion_settings


class AdvancedPanel:
    """Chooses a model folder, and what counts as a lesion by the names that the model gives to its operating points.

    The parameter node holds the values alone: which operating point they are follows from them.

    Parameters
    ----------
    ui : namespace
        The widgets by name.
    parameters : callable
        Gives the parameter node, or None while there is no scene to work on.
    """

    def __init__(self, ui: Any, parameters: Callable[[], Any]) -> None:
        self.ui, self._parameters = ui, parameters
        self._model: str | None = None
        self._points: tuple[OperatingPoint, ...] = ()
        self.ui.operatingPointComboBox.connect("activated(int)", self._on_point)
        self.ui.modelButton.connect("clicked(bool)", self._on_browse)

    def update(self) -> None:
        """Follow the parameter node."""
        chosen = self._parameters()
        if chosen is None:
            return
        if chosen.model != self._model:
            self._model = chosen.model
            self._read_points(Path(chosen.model) if chosen.model else SHIPPED)
        own = lesion_settings(chosen)
        at = [place for place, point in enumerate(self._points, start=1) if point.fits(own)]
        self.ui.operatingPointComboBox.currentIndex = at[0] if at else 0

    def _read_points(self, folder: Path) -> None:
        try:
            self._points = operating_points(read_config(folder))
        except (SGNetError, ValueError, KeyError, TypeError, AttributeError):
            # A folder that is no model is told of when a run begins.
            self._points = ()
        self.ui.operatingPointComboBox.clear()
        names = {"precise": _("few false lesions (precise)"), "sensitive": _("few missed lesions (sensitive)")}
        self.ui.operatingPointComboBox.addItems(
            [_("own values of the sliders"), *(names.get(point.name, point.name) for point in self._points)]
        )
        self.ui.operatingPointComboBox.enabled = bool(self._points)

    def _on_point(self, index: int) -> None:
        chosen = self._parameters()
        if chosen is not None and index > 0:
            point = self._points[index - 1]
            chosen.threshold, chosen.minVolumeMm3 = point.threshold, point.min_volume_mm3
            chosen.minConfidence = point.min_confidence

    def _on_browse(self, checked: bool = False) -> None:
        folder = qt.QFileDialog.getExistingDirectory(self.ui.modelEdit, _("Folder of a model"))
        if folder and self._parameters() is not None:
            self._parameters().model = str(folder)
