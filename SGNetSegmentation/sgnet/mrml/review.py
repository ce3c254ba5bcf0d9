"""The review of one result: its table, its settings, its edits. Everything that takes long comes in small steps.

The rules:

- A lesion that the reviewer has accepted, rejected or edited is never changed by other settings.
- A lesion keeps its number and segment as long as its peak is part of a lesion; new ones get new numbers.
- Whatever is no lesion by the settings, but might be one, is listed for review; accepting makes it a segment.
- Order of the table: for review (the surest first), then lesions by confidence, the lowest first:
  what is uncertain stands first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import slicer

from sgnet.config import LesionSettings
from sgnet.lesions.changes import Changes, compare
from sgnet.lesions.lesion import Lesion
from sgnet.lesions.placed import PlacedMask
from sgnet.lesions.probability_map import ProbabilityMap
from sgnet.mrml.preload import preload
from sgnet.mrml.probability_nodes import local_affine, stored_map
from sgnet.mrml.review_row import Row, row_name
from sgnet.mrml.review_state import Entry, ReviewState, load_state, numbered, save_state
from sgnet.mrml.review_status import ReviewStatus, kept_segment_ids, segment_status, set_segment_status
from sgnet.mrml.segment_masks import SegmentMasks
from sgnet.mrml.segmentation import OEDEMA_ID, describe_segment, lesion_segment_ids, segment_id
from sgnet.mrml.steps import Steps

if TYPE_CHECKING:
    from sgnet.lesions.rethreshold import Body, Found


class Review:
    """The review of ``node``; call :meth:`load` first.

    Attributes
    ----------
    writing : bool
        Whether a change of the segments comes from here, so that who observes them need not react.
    """

    def __init__(self, node: slicer.vtkMRMLSegmentationNode) -> None:
        self.node = node
        self.writing = False
        self._state: ReviewState = load_state(node)
        self._kept: ProbabilityMap | None = stored_map(node)
        self._masks: dict[str, PlacedMask] = {}
        self._doubtful: dict[str, tuple[Body, Lesion, str]] = {}
        self.unlisted = 0
        affine = local_affine(node)
        self._segments = None
        if self._kept is not None and affine is not None:
            self._segments = SegmentMasks(node, affine, self._kept.grid.shape)

    @property
    def can_rethreshold(self) -> bool:
        """Whether the probabilities were kept; without them there is nothing to measure or find again."""
        return self._kept is not None

    @property
    def settings(self) -> LesionSettings:
        """What the table shows."""
        return self._state.now

    @property
    def run_settings(self) -> LesionSettings:
        """What the run was made with."""
        return self._state.run

    def rows(self) -> list[Row]:
        """The table in its default order: what is uncertain first."""
        doubtful = [
            Row(key, "?", lesion, None, why=why)
            for key, (_, lesion, why) in sorted(self._doubtful.items(), key=lambda item: -_confidence(item[1][1]))
        ]
        rows = [
            Row(one, row_name(self.node, one, entry.lesion), entry.lesion, segment_status(self.node, one), entry.edited)
            for one in lesion_segment_ids(self.node)
            if (entry := self._state.entries.get(one)) is not None
        ]
        return doubtful + sorted(rows, key=lambda row: (_confidence(row.lesion), row.lesion.number))

    def protected(self) -> list[str]:
        """Segments that other settings, or another run, must not change: reviewed or edited ones."""
        return [one for one in lesion_segment_ids(self.node) if self._is_protected(one)]

    def load(self) -> Steps[None]:
        """Find out how things stand, in small steps; nothing in the scene changes but the node's own notes."""
        yield from preload()
        if self._kept is None or self._segments is None:
            return
        found = yield from self._find(self._state.now)
        by_uid = {entry.written_uid: one for one, entry in self._state.entries.items()}
        for body in found.lesions:
            one = by_uid.get(body.placed.tracking_uid(self._kept.grid.shape))
            if one is not None and self._segments.holds(one, body.placed):
                self._masks[one] = body.placed
                self._change(one, replace(self._state.entries[one], peak_ijk=body.peak_ijk))
            yield
        yield from self.segments_changed([one for one in lesion_segment_ids(self.node) if one not in self._masks])
        yield from self._list_doubtful(found)

    def segments_changed(self, segment_ids: Iterable[str]) -> Steps[None]:
        """Read and measure segments again that were edited, added or removed, in small steps."""
        if self._kept is None or self._segments is None:
            return
        from sgnet.lesions.rethreshold import measure_again

        for one in segment_ids:
            mask = yield from self._segments.read(one)
            entry = self._state.entries.get(one)
            if mask is None:
                self._masks.pop(one, None)
                if entry is not None and self.node.GetSegmentation().GetSegment(one) is None:
                    self._forget(one, entry)
                continue
            self._masks[one] = mask
            lesion = measure_again(self._kept, mask)
            if entry is None:
                number = _number(one) or self._state.next_number()
                self._change(one, Entry(numbered(lesion, number), None))
            elif entry.lesion.tracking_uid != lesion.tracking_uid or entry.removed:
                self._change(one, replace(entry, lesion=numbered(lesion, entry.lesion.number), removed=False))
            yield
        save_state(self.node, self._state)

    def rethreshold(self, settings: LesionSettings) -> Steps[None]:
        """Make the lesions those of other settings, in small steps; protected ones stay as they are.

        If the steps are not taken to their end, what is done is done, and the next call goes on from there.
        """
        if self._kept is None or self._segments is None:
            return
        from sgnet.lesions.rethreshold import in_order, measure_again

        found = yield from self._find(settings)
        self._state = replace(self._state, now=settings)
        known: list[tuple[str, Body]] = []
        new: list[tuple[Body, Lesion]] = []
        kept_ids = set(self.protected())
        for body in self._free(found.lesions):
            one = self._known(body, kept_ids)
            if one is None:
                new.append((body, measure_again(self._kept, body.placed)))
                yield
            else:
                kept_ids.add(one)
                known.append((one, body))
        # First, because a lesion that grew over another takes its voxels.
        for one in lesion_segment_ids(self.node):
            if one not in kept_ids and one in self._state.entries:
                self._take_away(one)
                yield
        for one, body in known:
            yield from self._put(one, body)
            yield
        for body, lesion in in_order(new):
            self._add(body, lesion)
            yield
        yield from self._list_doubtful(found)

    def measure_oedema(self) -> Steps[None]:
        """Measure each lesion's oedema again, in small steps, and draw the oedema anew where it is shown."""
        if self._kept is None or self._segments is None:
            return
        from sgnet.lesions.rethreshold import oedema_again

        ids = [one for one in kept_segment_ids(self.node) if one in self._masks and one in self._state.entries]
        masks = [self._masks[one] for one in ids]
        millilitres, oedema = yield from oedema_again(self._kept, masks, self._state.now)
        for one, volume in zip(ids, millilitres, strict=True):
            entry = self._state.entries[one]
            self._change(one, replace(entry, lesion=replace(entry.lesion, oedema_ml=volume)))
        save_state(self.node, self._state)
        if oedema is not None and self.node.GetSegmentation().GetSegment(OEDEMA_ID) is not None:
            old = yield from self._segments.read(OEDEMA_ID)
            self.writing = True
            try:
                self._segments.redraw(OEDEMA_ID, [] if old is None else [old], oedema)
            finally:
                self.writing = False

    def set_status(self, key: str, status: ReviewStatus) -> str:
        """Accept, reject or reopen one row; returns its key, which is a new one if it became a segment just now."""
        self.writing = True
        try:
            if key in self._doubtful:
                body, lesion, _ = self._doubtful.pop(key)
                key = self._known(body, set(), removed=True) or self._add(body, lesion)
                if self.node.GetSegmentation().GetSegment(key) is None:
                    self._create(key, body, lesion)
            set_segment_status(self.node, key, status)
        finally:
            self.writing = False
        save_state(self.node, self._state)
        return key

    def take_over(self, other: Review) -> Steps[list[str]]:
        """Bring the protected lesions of ``other``, an earlier result on the same T1ce, into this one.

        They stand in place of what this run found there; a lesion that was rejected stays rejected. The
        other result is only read. Returns the new segments.
        """
        assert self._kept is not None and self._segments is not None
        from sgnet.lesions.rethreshold import measure_again

        added = []
        for old in other.protected():
            mask = other._masks.get(old)
            if mask is None:
                continue
            for one, mine in list(self._masks.items()):
                if one not in added and mine.shared_voxels(mask):
                    self._take_away(one)
                    self._state.entries.pop(one)
                    yield
            number = self._state.next_number()
            one = segment_id(number)
            lesion = numbered(measure_again(self._kept, mask), number)
            entry = other._state.entries[old]
            self._create(one, mask, lesion)
            self._state.entries[one] = Entry(lesion, entry.written_uid, entry.peak_ijk)
            set_segment_status(self.node, one, segment_status(other.node, old))
            added.append(one)
            yield
        save_state(self.node, self._state)
        return added

    def known_segments(self) -> set[str]:
        """Every segment of a lesion there is or was."""
        return {*lesion_segment_ids(self.node), *self._state.entries}

    def changes(self) -> Steps[Changes]:
        """The lesions that count now, compared with what the run itself gave, in small steps.

        The latter are the kept probabilities at the run's own settings.
        """
        before = yield from self._given()
        after = [
            (row_name(self.node, one, self._state.entries[one].lesion), self._masks[one])
            for one in kept_segment_ids(self.node)
            if one in self._masks and one in self._state.entries
        ]
        assert self._kept is not None
        return compare(before, after, self._kept.grid.voxel_volume_mm3)

    def _given(self) -> Steps[list[tuple[str, PlacedMask]]]:
        from sgnet.lesions.rethreshold import find_again, in_order, measure_again

        assert self._kept is not None
        found = yield from find_again(self._kept, self._state.run)
        measured = []
        for body in found.lesions:
            measured.append((body, measure_again(self._kept, body.placed)))
            yield
        return [(str(lesion.number), body.placed) for body, lesion in in_order(measured)]

    def _is_protected(self, one: str) -> bool:
        entry = self._state.entries.get(one)
        return entry is None or entry.edited or segment_status(self.node, one) is not ReviewStatus.OPEN

    def _find(self, settings: LesionSettings) -> Steps[Found]:
        from sgnet.lesions.rethreshold import find_again

        assert self._kept is not None
        return (yield from find_again(self._kept, settings))

    def _free(self, bodies: Sequence[Body]) -> list[Body]:
        """Bodies that touch no protected lesion, and that the user has not removed."""
        protected = [self._masks[one] for one in self.protected() if one in self._masks]
        return [
            body
            for body in bodies
            if not any(body.placed.shared_voxels(mask) for mask in protected) and not self._was_removed(body)
        ]

    def _was_removed(self, body: Body) -> bool:
        return any(
            entry.removed and entry.peak_ijk is not None and body.placed.contains(entry.peak_ijk)
            for entry in self._state.entries.values()
        )

    def _known(self, body: Body, taken: set[str], removed: bool = False) -> str | None:
        """The lesion, not one of ``taken``, whose peak lies in a body; of several the one with the lowest number."""
        here = [
            (entry.lesion.number, one)
            for one, entry in self._state.entries.items()
            if one not in taken
            and entry.removed == removed
            and entry.peak_ijk is not None
            and body.placed.contains(entry.peak_ijk)
        ]
        return min(here)[1] if here else None

    def _put(self, one: str, body: Body) -> Steps[None]:
        """Give a lesion the outline of ``body``."""
        from sgnet.lesions.rethreshold import measure_again

        assert self._kept is not None and self._segments is not None
        entry = self._state.entries[one]
        if self.node.GetSegmentation().GetSegment(one) is None:
            self._create(one, body, measure_again(self._kept, body.placed))
            return
        uid = body.placed.tracking_uid(self._kept.grid.shape)
        if uid == entry.written_uid:
            return
        lesion = numbered(measure_again(self._kept, body.placed), entry.lesion.number)
        # Before anything is changed: whoever stops here leaves the lesion as it was.
        yield
        if self.node.GetSegmentation().GetSegment(one) is None or self._is_protected(one):
            return  # The reviewer was quicker.
        self.writing = True
        try:
            self._segments.write(one, self._masks.get(one), body.placed)
        finally:
            self.writing = False
        self._masks[one] = body.placed
        # The peak stays the one it was first found by: of two that merged, each is known again once they part.
        self._change(one, replace(entry, lesion=lesion, written_uid=uid))

    def _add(self, body: Body, lesion: Lesion) -> str:
        number = self._state.next_number()
        one = segment_id(number)
        self._state.entries[one] = Entry(numbered(lesion, number), lesion.tracking_uid, body.peak_ijk)
        self._create(one, body, lesion)
        return one

    def _create(self, one: str, body: Body | PlacedMask, lesion: Lesion) -> None:
        """Make the segment of a lesion."""
        assert self._segments is not None
        placed = body if isinstance(body, PlacedMask) else body.placed
        number = _number(one) or lesion.number
        segment = slicer.vtkSegment()
        describe_segment(segment, one, number)
        self.writing = True
        try:
            self._segments.add(segment, one, placed)
        finally:
            self.writing = False
        self._masks[one] = placed
        known = self._state.entries.get(one)
        if known is not None:
            self._change(
                one,
                replace(known, lesion=numbered(lesion, number), written_uid=lesion.tracking_uid, removed=False),
            )

    def _take_away(self, one: str) -> None:
        assert self._segments is not None
        self.writing = True
        try:
            self._segments.remove(one, self._masks.pop(one, None))
        finally:
            self.writing = False

    def _forget(self, one: str, entry: Entry) -> None:
        """The user has removed a segment: it is not brought back, but listed."""
        if entry.peak_ijk is None or entry.written_uid is None:
            del self._state.entries[one]
        else:
            self._change(one, replace(entry, removed=True))

    def _list_doubtful(self, found: Found) -> Steps[None]:
        from sgnet.lesions.rethreshold import measure_again

        assert self._kept is not None
        listed = [(body, body.doubt.value) for body in found.doubtful if body.doubt is not None]
        listed += [(body, "removed") for body in found.lesions if self._was_removed(body)]
        standing = [self._masks[one] for one in self._masks]
        doubtful: dict[str, tuple[Body, Lesion, str]] = {}
        for body, why in listed:
            if not any(body.placed.shared_voxels(mask) for mask in standing):
                lesion = measure_again(self._kept, body.placed)
                doubtful["?" + ",".join(str(n) for n in body.peak_ijk)] = (body, lesion, why)
                yield
        self._doubtful, self.unlisted = doubtful, found.unlisted
        save_state(self.node, self._state)

    def _change(self, one: str, entry: Entry) -> None:
        self._state.entries[one] = entry


def _number(segment: str) -> int | None:
    """The number in the ID of a lesion's segment; None for a segment of another name."""
    digits = segment.removeprefix("Lesion_")
    return int(digits) if digits != segment and digits.isdigit() else None


def _confidence(lesion: Lesion) -> float:
    """For the order of the table; what has none, of an older scene, stands with the least sure."""
    return -1.0 if lesion.confidence is None else lesion.confidence
