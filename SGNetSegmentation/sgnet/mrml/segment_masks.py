"""One segment's voxels read and written by themselves, however large the image is that it shares with others.

Slicer's own calls work on the whole shared image: 0.1 to 0.8 s for one lesion in 512 x 512 x 200 voxels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import slicer
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from sgnet.lesions.placed import PlacedMask
from sgnet.mrml.segmentation import OEDEMA_ID
from sgnet.mrml.steps import Steps
from sgnet.mrml.surfaces import SURFACE, surface_of
from sgnet.mrml.volumes import matrix_array

_LABELMAP = "Binary labelmap"
# Some tens of milliseconds.
_PIECE_VOXELS = 4_000_000
# Of a voxel: two headers of one lattice differ by less.
_SAME_LATTICE = 1e-3


class SegmentMasks:
    """The segments of a node on one lattice.

    Parameters
    ----------
    node : vtkMRMLSegmentationNode
    affine : ndarray of float64, shape (4, 4)
        Of the lattice: indices to the coordinates in which segments are stored.
    shape : tuple of three int
        Of the lattice.
    """

    def __init__(
        self, node: slicer.vtkMRMLSegmentationNode, affine: NDArray[np.float64], shape: tuple[int, int, int]
    ) -> None:
        self._node, self._affine, self._shape = node, affine, shape

    def read(self, segment_id: str) -> Steps[PlacedMask | None]:
        """The voxels of a segment, in small steps; None if it is empty or gone.

        A segment stored on other voxels is looked up at the centres of the lattice.
        """
        segment = self._segmentation.GetSegment(segment_id)
        layer = None if segment is None else segment.GetRepresentation(_LABELMAP)
        if layer is None:
            return None
        stored = _voxels(layer)
        if stored is None:
            return None
        value, first = segment.GetLabelValue(), layer.GetExtent()[::2]
        low, high = np.array(stored.shape), np.full(3, -1)
        thick = max(1, _PIECE_VOXELS // (stored.shape[0] * stored.shape[1]))
        for start in range(0, stored.shape[2], thick):
            # Transposed, because VTK stores the first axis fastest and NumPy walks the last one.
            piece = stored[:, :, start : start + thick].T
            hits = np.flatnonzero(piece.reshape(-1) == value)
            if len(hits):
                slices, rows, columns = np.unravel_index(hits, piece.shape)
                places = (columns, rows, slices + start)
                low = np.minimum(low, [axis.min() for axis in places])
                high = np.maximum(high, [axis.max() for axis in places])
            yield
        if high[0] < 0:
            return None
        mask = stored[tuple(slice(a, b + 1) for a, b in zip(low, high, strict=True))] == value
        i, j, k = (int(a + b) for a, b in zip(low, first, strict=True))
        placed = PlacedMask((i, j, k), mask)
        offset = self._offset(layer)
        if offset is None:
            return self._resampled(placed, layer)
        i, j, k = (int(a + b) for a, b in zip(placed.first_ijk, offset, strict=True))
        return self._inside(PlacedMask((i, j, k), mask))

    def holds(self, segment_id: str, placed: PlacedMask, margin: int = 4) -> bool:
        """Whether a segment has exactly these voxels within their box and ``margin`` voxels around it; quick."""
        segment = self._segmentation.GetSegment(segment_id)
        view = None if segment is None else self._view(segment, placed, margin)
        if view is None:
            return False
        there, inner = view
        same = there == segment.GetLabelValue()
        return bool(np.array_equal(same[inner], placed.mask) and np.count_nonzero(same) == placed.voxels)

    def write(self, segment_id: str, old: PlacedMask | None, new: PlacedMask) -> None:
        """Give a segment other voxels, and its surface if the node shows surfaces.

        ``old`` says where it was. Voxels of other lesions stay theirs; those of the oedema are taken.
        """
        segmentation = self._segmentation
        segment = segmentation.GetSegment(segment_id)
        layer = segment.GetRepresentation(_LABELMAP)
        view = None if layer is None else self._view(segment, new, 0)
        if view is None:
            segment.AddRepresentation(_LABELMAP, self._image(new))
            segment.SetLabelValue(1)
        else:
            value = segment.GetLabelValue()
            if old is not None and (before := self._view(segment, old, 0)) is not None:
                there, inner = before
                there[inner][old.mask & (there[inner] == value)] = 0
            there, inner = view
            free = (there[inner] == 0) | (there[inner] == self._oedema_value(layer))
            there[inner][new.mask & free] = value
            # The image's own event would make Slicer convert every segment that shares it.
            layer.GetPointData().GetScalars().Modified()
        if segmentation.ContainsRepresentation(SURFACE):
            segment.AddRepresentation(SURFACE, surface_of(segmentation, self._image(new)))
        else:
            segment.Modified()

    def redraw(self, segment_id: str, old: Sequence[PlacedMask], new: Sequence[PlacedMask]) -> None:
        """Give a segment without a surface other voxels, wherever no other segment is and its image reaches."""
        segment = self._segmentation.GetSegment(segment_id)
        value = segment.GetLabelValue()
        for one in old:
            if (view := self._view(segment, one, 0)) is not None:
                there, inner = view
                there[inner][one.mask & (there[inner] == value)] = 0
        for one in new:
            if (view := self._view(segment, one, 0)) is not None:
                there, inner = view
                there[inner][one.mask & (there[inner] == 0)] = value
        segment.GetRepresentation(_LABELMAP).GetPointData().GetScalars().Modified()
        segment.Modified()

    def add(self, segment: slicer.vtkSegment, segment_id: str, placed: PlacedMask) -> None:
        """Add a new, empty ``segment`` with these voxels to the node, in the image that the others share."""
        layer, value = self._room_for(placed)
        segment.AddRepresentation(_LABELMAP, self._image(placed) if layer is None else layer)
        segment.SetLabelValue(value)
        if layer is not None:
            there, inner = self._view(segment, placed, 0) or (None, None)
            if there is not None:
                free = (there[inner] == 0) | (there[inner] == self._oedema_value(layer))
                there[inner][placed.mask & free] = value
                layer.GetPointData().GetScalars().Modified()
        if self._segmentation.ContainsRepresentation(SURFACE):
            segment.AddRepresentation(SURFACE, surface_of(self._segmentation, self._image(placed)))
        self._segmentation.AddSegment(segment, segment_id)

    def remove(self, segment_id: str, old: PlacedMask | None) -> None:
        """Remove a segment whose voxels are ``old``."""
        segment = self._segmentation.GetSegment(segment_id)
        before = None if old is None else self._view(segment, old, 0)
        if old is not None and before is not None:
            there, inner = before
            there[inner][old.mask & (there[inner] == segment.GetLabelValue())] = 0
            segment.GetRepresentation(_LABELMAP).GetPointData().GetScalars().Modified()
            # Slicer would look for its voxels in the whole shared image.
            empty = slicer.vtkOrientedImageData()
            empty.SetExtent(0, -1, 0, -1, 0, -1)
            segment.AddRepresentation(_LABELMAP, empty)
        self._segmentation.RemoveSegment(segment_id)

    @property
    def _segmentation(self) -> slicer.vtkSegmentation:
        return self._node.GetSegmentation()

    def _offset(self, layer: slicer.vtkOrientedImageData) -> tuple[int, int, int] | None:
        """The lattice's index of the layer's voxel (0, 0, 0); None where their voxels are not the same."""
        matrix = vtkMatrix4x4()
        layer.GetImageToWorldMatrix(matrix)
        steps = np.linalg.inv(self._affine) @ matrix_array(matrix)
        first = np.rint(steps[:3, 3])
        drift = np.abs(steps[:3, :3] - np.eye(3)) @ np.abs(layer.GetExtent()[1::2]) + np.abs(steps[:3, 3] - first)
        if drift.max() > _SAME_LATTICE:
            return None
        i, j, k = (int(n) for n in first)
        return i, j, k

    def _view(
        self, segment: slicer.vtkSegment, placed: PlacedMask, margin: int
    ) -> tuple[NDArray[np.integer], tuple[slice, ...]] | None:
        """The stored voxels around ``placed``, and where its own box lies in them; None if they do not cover it."""
        layer = segment.GetRepresentation(_LABELMAP)
        stored = None if layer is None else _voxels(layer)
        offset = None if stored is None else self._offset(layer)
        if stored is None or offset is None:
            return None
        first = [
            n - shift - low for n, shift, low in zip(placed.first_ijk, offset, layer.GetExtent()[::2], strict=True)
        ]
        if any(a < 0 or a + n > size for a, n, size in zip(first, placed.mask.shape, stored.shape, strict=True)):
            return None
        low = [max(a - margin, 0) for a in first]
        high = [min(a + n + margin, size) for a, n, size in zip(first, placed.mask.shape, stored.shape, strict=True)]
        outer = stored[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
        inner = tuple(slice(a - b, a - b + n) for a, b, n in zip(first, low, placed.mask.shape, strict=True))
        return outer, inner

    def _inside(self, placed: PlacedMask) -> PlacedMask | None:
        """What of a mask lies within the lattice; None if nothing does."""
        low = [max(-first, 0) for first in placed.first_ijk]
        high = [
            min(n, size - first)
            for n, size, first in zip(placed.mask.shape, self._shape, placed.first_ijk, strict=True)
        ]
        if any(a >= b for a, b in zip(low, high, strict=True)):
            return None
        i, j, k = (first + a for first, a in zip(placed.first_ijk, low, strict=True))
        cut = PlacedMask((i, j, k), placed.mask[tuple(slice(a, b) for a, b in zip(low, high, strict=True))])
        return cut.trimmed() if cut.voxels else None

    def _resampled(self, placed: PlacedMask, layer: slicer.vtkOrientedImageData) -> PlacedMask | None:
        """A mask of another lattice on this one."""
        matrix = vtkMatrix4x4()
        layer.GetImageToWorldMatrix(matrix)
        theirs = matrix_array(matrix)
        to_ours = np.linalg.inv(self._affine) @ theirs
        edges = np.array([[a - 0.5, a + n - 0.5] for a, n in zip(placed.first_ijk, placed.mask.shape, strict=True)])
        corners = np.array(np.meshgrid(*edges)).reshape(3, -1)
        box = to_ours[:3, :3] @ corners + to_ours[:3, 3:]
        low = np.maximum(np.floor(box.min(axis=1)).astype(int), 0)
        high = np.minimum(np.ceil(box.max(axis=1)).astype(int) + 1, self._shape)
        if (low >= high).any():
            return None
        centres = np.indices(high - low).reshape(3, -1) + low[:, None]
        back = np.linalg.inv(to_ours)
        places = np.rint(back[:3, :3] @ centres + back[:3, 3:]).astype(int) - np.array(placed.first_ijk)[:, None]
        within = ((places >= 0) & (places < np.array(placed.mask.shape)[:, None])).all(axis=0)
        mask = np.zeros(len(within), bool)
        mask[within] = placed.mask[tuple(places[:, within])]
        i, j, k = (int(n) for n in low)
        found = PlacedMask((i, j, k), mask.reshape(high - low))
        return found.trimmed() if found.voxels else None

    def _image(self, placed: PlacedMask) -> slicer.vtkOrientedImageData:
        """A mask as an image of its own (1, else 0)."""
        image = slicer.vtkOrientedImageData()
        matrix = vtkMatrix4x4()
        for row in range(4):
            for column in range(4):
                matrix.SetElement(row, column, self._affine[row, column])
        image.SetImageToWorldMatrix(matrix)
        image.SetExtent([n for part in placed.box for n in (part.start, part.stop - 1)])
        image.GetPointData().SetScalars(numpy_to_vtk(placed.mask.astype(np.uint8).ravel(order="F"), deep=True))
        return image

    def _room_for(self, placed: PlacedMask) -> tuple[slicer.vtkOrientedImageData | None, int]:
        """An image that covers ``placed``, has nothing else there and a value to spare; or none, and the value 1."""
        segmentation = self._segmentation
        for index in range(segmentation.GetNumberOfLayers()):
            layer = segmentation.GetLayerDataObject(index)
            members = [segmentation.GetSegment(one) for one in segmentation.GetSegmentIDsForLayer(index)]
            view = self._view(members[0], placed, 0)
            if view is None:
                continue
            there, inner = view
            taken = there[inner][placed.mask]
            value = max(int(member.GetLabelValue()) for member in members) + 1
            if value > np.iinfo(there.dtype).max or ((taken != 0) & (taken != self._oedema_value(layer))).any():
                continue
            return layer, value
        return None, 1

    def _oedema_value(self, layer: slicer.vtkOrientedImageData) -> int:
        """The value of the oedema in an image; -1 if it is not in there."""
        oedema = self._segmentation.GetSegment(OEDEMA_ID)
        if oedema is None or oedema.GetRepresentation(_LABELMAP) is not layer:
            return -1
        return int(oedema.GetLabelValue())


def _voxels(layer: slicer.vtkOrientedImageData) -> NDArray[np.integer] | None:
    """The image's own voxels, shape (I, J, K); None if it has none."""
    scalars = layer.GetPointData().GetScalars()
    extent = layer.GetExtent()
    if scalars is None or any(low > high for low, high in zip(extent[::2], extent[1::2], strict=True)):
        return None
    return vtk_to_numpy(scalars).reshape(layer.GetDimensions(), order="F")
