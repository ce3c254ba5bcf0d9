"""RTSTRUCT against two readers of the field that know every orientation: dcmrtstruct2nii and DicomRTTool.

They bring many packages and so have an environment of their own; without them these tests are skipped. Run by:

    python -m venv /tmp/readers
    /tmp/readers/bin/pip install pytest click scipy dcmrtstruct2nii==5 DicomRTTool==6.2.0
    PYTHONPATH=SGNetSegmentation /tmp/readers/bin/python -m pytest Testing/parity/test_other_readers.py
"""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
import SimpleITK as sitk
from pydicom.uid import generate_uid
from scipy import ndimage
from series_grids import grids_of_extent
from shapes import SHELL, lesions

from sgnet.config import RtStructSettings
from sgnet.data.dicom_headers import find_series
from sgnet.export.rtstruct import build_rtstruct
from sgnet.geometry import LPS_TO_RAS, Volume

GRIDS = grids_of_extent((62.0, 52.0, 26.0))


@pytest.fixture(scope="module", params=GRIDS, ids=str)
def case(request, tmp_path_factory, write_dicom):
    """A label map and a folder with its series and its structure set."""
    folder = tmp_path_factory.mktemp("case")
    labels = lesions(GRIDS[request.param])
    image = Volume((labels.array * 50 + 100).astype(np.float32), labels.grid)
    write_dicom(image, folder / "series", StudyInstanceUID=generate_uid(), FrameOfReferenceUID=generate_uid())
    (series,) = find_series(folder / "series")
    for holes in ("xor", "keyhole"):
        build_rtstruct(labels, series, (), RtStructSettings(holes=holes)).write(folder / f"{holes}.dcm")
    return folder, labels


def on_grid(image: sitk.Image, labels: Volume) -> np.ndarray:
    """The image's mask on the grid of the labels, voxel by voxel through its own header."""
    array = sitk.GetArrayFromImage(image).transpose(2, 1, 0) > 0
    first = np.array(image.GetOrigin())
    steps = np.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
    points = (np.argwhere(array) @ steps.T + first) @ LPS_TO_RAS[:3, :3]
    index = labels.grid.to_ijk(points)
    assert np.abs(index - np.rint(index)).max(initial=0) < 0.01
    mask = np.zeros(labels.grid.shape, bool)
    mask[tuple(np.rint(index).astype(int).T)] = True
    return mask


@pytest.mark.skipif(importlib.util.find_spec("dcmrtstruct2nii") is None, reason="see the head of this file")
@pytest.mark.parametrize("holes", ["xor", "keyhole"])
def test_dcmrtstruct2nii_reads_the_mask_of_every_lesion(case, holes, tmp_path, monkeypatch):
    import pydicom
    from dcmrtstruct2nii import dcmrtstruct2nii

    # Its name before pydicom 3.
    monkeypatch.setattr(pydicom, "read_file", pydicom.dcmread, raising=False)

    folder, labels = case
    dcmrtstruct2nii(str(folder / f"{holes}.dcm"), str(folder / "series"), str(tmp_path), convert_original_dicom=False)
    for number in np.unique(labels.array[labels.array > 0]).tolist():
        image = sitk.ReadImage(str(tmp_path / f"mask_GTV_{number:02d}.nii.gz"))
        np.testing.assert_array_equal(on_grid(image, labels), labels.array == number, f"GTV_{number:02d}")


@pytest.mark.skipif(importlib.util.find_spec("DicomRTTool") is None, reason="see the head of this file")
def test_dicomrttool_reads_every_lesion_to_within_its_own_rounding(case, tmp_path):
    """It rounds corners to whole pixels and fills those that a contour touches: up to one pixel more on each side."""
    from DicomRTTool.ReaderWriter import DicomReaderWriter

    folder, labels = case
    both = tmp_path / "both"
    both.mkdir()
    for file in [*(folder / "series").iterdir(), folder / "xor.dcm"]:
        (both / file.name).write_bytes(file.read_bytes())
    reader = DicomReaderWriter(verbose=False)
    reader.walk_through_folders(str(both))
    around = ndimage.generate_binary_structure(2, 2)[:, :, None]
    for number in np.unique(labels.array[labels.array > 0]).tolist():
        if number == SHELL:
            continue  # the rounding moves inner and outer contour against each other
        reader.set_contour_names_and_associations(contour_names=[f"gtv_{number:02d}"])
        reader.set_index(0)
        reader.get_images()
        # Its table of slices by their z coordinate knows axial series only; without it, it asks the image's geometry.
        reader._dicom_slice_z_positions = None
        reader.get_mask()
        image = sitk.GetImageFromArray((np.asarray(reader.mask).reshape(reader.mask.shape[:3]) > 0).astype(np.uint8))
        image.CopyInformation(reader.dicom_handle)
        found, true = on_grid(image, labels), labels.array == number
        assert not (true & ~found).any(), f"GTV_{number:02d} has lost voxels"
        assert not (found & ~ndimage.binary_dilation(true, around)).any(), f"GTV_{number:02d} has grown by over a pixel"
