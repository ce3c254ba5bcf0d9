"""The review of a result: table, views, statuses, sliders, edits. What it does is in ``sgnet.mrml.review``."""

from collections.abc import Callable
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from sgnet.config import LesionSettings
from sgnet.errors import SGNetError
from sgnet.mrml.probability_nodes import map_nodes
from sgnet.mrml.review import Review
from sgnet.mrml.review_row import Row
from sgnet.mrml.review_status import ReviewStatus
from sgnet.mrml.segment_watch import SegmentWatch

from .changes_text import changes_text
from .lesion_table import LesionTable
from .scene_view import jump_to, open_segment_editor
from .work_queue import WorkQueue

# A slider that is being dragged says something every few milliseconds.
_SLIDER_MS = 60
# So do the brush strokes of an edit; each asks for one measurement.
_EDIT_MS = 300


class ResultsPanel:
    """Shows the lesions of a segmentation node and keeps them in step with it; ``ui`` holds the widgets by name."""

    def __init__(self, ui: Any, on_rows: Callable[[], None] = lambda: None) -> None:
        self.ui, self._on_rows = ui, on_rows
        self._node: Any = None
        self._maps: list[Any] = []
        self._review: Review | None = None
        self._watch: SegmentWatch | None = None
        self._dirty: set[str] = set()
        self._select_first = False
        self._ready = False
        self._take_along = True
        self._error = ""
        self._shortcuts: list[Any] = []
        self._work = WorkQueue(self._failed)
        self._table = LesionTable(ui, self._chosen)
        self._slider_timer = qt.QTimer()
        self._slider_timer.setSingleShot(True)
        self._slider_timer.setInterval(_SLIDER_MS)
        self._slider_timer.connect("timeout()", self._rethreshold)
        self._edit_timer = qt.QTimer()
        self._edit_timer.setSingleShot(True)
        self._edit_timer.setInterval(_EDIT_MS)
        self._edit_timer.connect("timeout()", self._measure_changed)
        self.ui.thresholdSlider.connect("valueChanged(double)", self._on_slider)
        self.ui.minVolumeSlider.connect("valueChanged(double)", self._on_slider)
        self.ui.minConfidenceSlider.connect("valueChanged(double)", self._on_slider)
        self.ui.acceptButton.connect("clicked(bool)", lambda checked=False: self._mark(ReviewStatus.ACCEPTED))
        self.ui.rejectButton.connect("clicked(bool)", lambda checked=False: self._mark(ReviewStatus.REJECTED))
        self.ui.nextButton.connect("clicked(bool)", lambda checked=False: self._table.step(1))
        self.ui.previousButton.connect("clicked(bool)", lambda checked=False: self._table.step(-1))
        self.ui.editButton.connect("clicked(bool)", self._on_edit)
        self.ui.changesButton.connect("clicked(bool)", self._on_changes)
        self.ui.changesText.visible = False
        self._update()

    @property
    def busy(self) -> bool:
        """Whether something is still being measured."""
        return self._work.busy or bool(self._slider_timer.active) or bool(self._edit_timer.active)

    def show(self, node: Any) -> None:
        """Show the lesions of ``node``; None empties the panel."""
        if node is self._node and (node is None or self._review is not None):
            return
        self._leave()
        self._node = node
        if node is not None:
            self._maps = [one for one in map_nodes(node) if one is not None]
            try:
                self._review = Review(node)
            except SGNetError as error:
                self._error = str(error)
            else:
                self._watch = SegmentWatch(node, self._segment_changed)
                review = self._review
                self._work.add("load", review.load, lambda nothing: self._loaded(review))
        self._update()

    def close(self) -> None:
        """The application closes, or the module is reloaded."""
        self._leave()
        self.stop_keys()

    def select_first(self) -> None:
        """Choose the most uncertain lesion, which the views then show, as soon as the table is there."""
        self._select_first = True
        self._choose_first()

    def start_keys(self) -> None:
        """N and P step through the table, A and X accept and reject, while the module is shown."""
        if self._shortcuts:
            return
        for key, function in (
            ("N", lambda: self._table.step(1)),
            ("P", lambda: self._table.step(-1)),
            ("A", lambda: self._mark(ReviewStatus.ACCEPTED)),
            # Not R: that resets the field of view of a slice.
            ("X", lambda: self._mark(ReviewStatus.REJECTED)),
        ):
            shortcut = qt.QShortcut(slicer.util.mainWindow())
            shortcut.setKey(qt.QKeySequence(key))
            shortcut.connect("activated()", function)
            self._shortcuts.append(shortcut)

    def stop_keys(self) -> None:
        """Give the keys back to the application."""
        for shortcut in self._shortcuts:
            shortcut.setParent(None)
        self._shortcuts = []

    def to_take_along(self, t1ce_node: Any) -> Review | None:
        """The review of the result that is shown, if it is one of ``t1ce_node`` with reviewed or edited lesions."""
        review = self._review
        if review is None or self._node.GetScene() is None or not review.can_rethreshold:
            return None
        source = self._node.GetNodeReference(self._node.GetReferenceImageGeometryReferenceRole())
        return review if source is t1ce_node and review.protected() else None

    def ask_to_take_along(self, t1ce_node: Any) -> None:
        """A run begins: ask whether its result is to get the lesions that were reviewed or edited."""
        self._take_along = True
        review = self.to_take_along(t1ce_node)
        if review is not None:
            self._take_along = bool(
                slicer.util.confirmYesNoDisplay(
                    _(
                        "You have reviewed or edited {count} lesions of this T1ce. Shall they stand in the new result "
                        "as well? Either way the present result stays as it is."
                    ).format(count=len(review.protected())),
                    windowTitle=_("Segment again"),
                )
            )

    def show_with(self, node: Any, earlier: Review | None) -> None:
        """Show a new result; what was reviewed or edited in an earlier one is brought into it, unless declined."""
        self.show(node)
        review = self._review
        if earlier is not None and review is not None:
            # Two results over each other cannot be read.
            earlier.node.GetDisplayNode().SetVisibility(False)
        if earlier is not None and review is not None and self._take_along:
            self._work.add("take over", lambda: review.take_over(earlier), lambda added: self._update())
            self._measure_oedema()

    def _leave(self) -> None:
        self._work.clear()
        self._slider_timer.stop()
        self._edit_timer.stop()
        if self._watch is not None:
            self._watch.stop()
        if self._node is not None and self._node.GetScene() is None:
            # The result was removed from the scene: what was hidden with it would stay behind.
            for one in self._maps:
                if one.GetScene() is not None:
                    one.GetScene().RemoveNode(one)
        self._node, self._review, self._watch = None, None, None
        self._maps, self._dirty, self._error = [], set(), ""
        self._select_first = self._ready = False
        self.ui.changesText.visible = False

    def _loaded(self, review: Review) -> None:
        if review is self._review and review.can_rethreshold:
            # The sliders say what the table shows; set to what they are, they ask for nothing.
            self.ui.thresholdSlider.value = review.settings.threshold
            self.ui.minVolumeSlider.value = review.settings.min_volume_mm3
            self.ui.minConfidenceSlider.value = review.settings.min_confidence
        self._ready = True
        self._update()
        self._choose_first()

    def _choose_first(self) -> None:
        if self._select_first and self._ready and int(self.ui.lesionTable.rowCount) > 0:
            self._select_first = False
            self.ui.lesionTable.setCurrentCell(0, 0)

    def _update(self, choose: str = "") -> None:
        review = self._review
        rows = [] if review is None else review.rows()
        self._table.show(rows, choose)
        self.ui.lesionTable.visible = bool(rows)
        self.ui.summaryLabel.text = self._error or summary(self._node, review, rows)
        self.ui.totalsLabel.text = totals(rows, 0 if review is None else review.unlisted)
        self.ui.totalsLabel.visible = bool(rows)
        self.ui.changesButton.enabled = review is not None and review.can_rethreshold
        self.ui.editButton.enabled = self._node is not None
        self._update_buttons()
        self._on_rows()

    def _update_buttons(self) -> None:
        row = self._table.chosen
        for button in (self.ui.acceptButton, self.ui.rejectButton):
            button.enabled = row is not None
        self.ui.nextButton.enabled = self.ui.previousButton.enabled = int(self.ui.lesionTable.rowCount) > 0
        status = None if row is None else row.status
        self.ui.acceptButton.text = _("Reopen") if status is ReviewStatus.ACCEPTED else _("✓ Accept")
        self.ui.rejectButton.text = _("Reopen") if status is ReviewStatus.REJECTED else _("✗ Reject")

    def _chosen(self, row: Row) -> None:
        jump_to(row.lesion.centroid_ras_mm)
        self._update_buttons()

    def _mark(self, status: ReviewStatus) -> None:
        row = self._table.chosen
        if row is None or self._review is None:
            return
        key = self._review.set_status(row.key, ReviewStatus.OPEN if row.status is status else status)
        self._update(choose=key)
        self._measure_oedema()

    def _on_slider(self, value: float) -> None:
        self._slider_timer.start()

    def _rethreshold(self) -> None:
        review = self._review
        if review is None or not review.can_rethreshold:
            return
        settings = LesionSettings(
            threshold=round(float(self.ui.thresholdSlider.value), 4),
            min_volume_mm3=float(self.ui.minVolumeSlider.value),
            min_confidence=round(float(self.ui.minConfidenceSlider.value), 4),
            split_touching=review.settings.split_touching,
        )
        if settings != review.settings or self._work.has("rethreshold"):
            self._work.drop("rethreshold", "oedema")
            self._work.add("rethreshold", lambda: review.rethreshold(settings), lambda nothing: self._update())
            self._measure_oedema()

    def _segment_changed(self, segment_id: str) -> None:
        if self._review is not None and not self._review.writing:
            self._dirty.add(segment_id)
            self._edit_timer.start()

    def _measure_changed(self) -> None:
        review, dirty, self._dirty = self._review, self._dirty, set()
        if review is None:
            return
        ids = review.known_segments() if "" in dirty else dirty
        self._work.add("measure", lambda: review.segments_changed(ids), lambda nothing: self._update())
        self._measure_oedema()

    def _measure_oedema(self) -> None:
        review = self._review
        if review is not None:
            self._work.drop("oedema")
            self._work.add("oedema", review.measure_oedema, lambda nothing: self._update())

    def _on_edit(self, checked: bool = False) -> None:
        if self._node is None:
            return
        row = self._table.chosen
        segmentation = self._node.GetSegmentation()
        chosen = "" if row is None else row.key
        if not chosen or segmentation.GetSegment(chosen) is None:
            chosen = segmentation.GetNthSegmentID(0) if segmentation.GetNumberOfSegments() else ""
        source = self._node.GetNodeReference(self._node.GetReferenceImageGeometryReferenceRole())
        open_segment_editor(self._node, source, chosen)

    def _on_changes(self, checked: bool = False) -> None:
        review = self._review
        if self.ui.changesText.visible or review is None:
            self.ui.changesText.visible = False
            return
        self._work.add("compare", review.changes, lambda changes: self._show_changes(review, changes))

    def _show_changes(self, review: Review, changes: Any) -> None:
        self.ui.changesText.plainText = changes_text(changes, review.run_settings, review.settings)
        self.ui.changesText.visible = True

    def _failed(self, error: Exception) -> None:
        self._error = str(error) if isinstance(error, SGNetError) else _("{error} (in the review)").format(error=error)
        self._update()


def summary(node: Any, review: Review | None, rows: list[Row]) -> str:
    """One line on a result."""
    if node is None or review is None:
        return _("No result yet.")
    if not review.can_rethreshold:
        return _("This segmentation was not made by SG-Net, so there are no measurements.")
    lesions = [row for row in rows if row.status is not None]
    listed = len(rows) - len(lesions)
    if not lesions:
        text = _("No metastasis found. A small one may still be there: please look yourself.")
    else:
        text = _("1 lesion") if len(lesions) == 1 else _("{count} lesions").format(count=len(lesions))
    return text + (_("; {count} to review").format(count=listed) if listed else "")


def totals(rows: list[Row], unlisted: int) -> str:
    """The lines below the table: what counts, and what does not."""
    counted = [row for row in rows if row.status not in (None, ReviewStatus.REJECTED)]
    accepted = sum(row.status is ReviewStatus.ACCEPTED for row in rows)
    rejected = sum(row.status is ReviewStatus.REJECTED for row in rows)
    volume = sum(row.lesion.volume_ml for row in counted)
    oedema = [row.lesion.oedema_ml for row in counted if row.lesion.oedema_ml is not None]
    text = _("Total {count}: {volume} ml").format(count=len(counted), volume=f"{volume:.2f}")
    if oedema:
        text += _(", oedema {volume} ml").format(volume=f"{sum(oedema):.2f}")
    text += "\n" + _("{accepted} accepted, {rejected} rejected").format(accepted=accepted, rejected=rejected)
    if unlisted:
        text += _(", {count} faint ones not listed").format(count=unlisted)
    return text
