"""Vestibular schwannomas on T2, as the VS_Seg repository converts them (Shapey et al., Scientific Data 2021)."""

from __future__ import annotations

from pathlib import Path

from sgnet.data.layouts.case import Case, LabelFile, Layout


def find_cases(folder: Path) -> list[Case]:
    """Folders ``vs_gk_N`` with the T2 and the tumour on the T2 grid, at most one folder further down."""
    pattern = "*_t2_refT2.nii*"
    cases = []
    for image in sorted(folder.glob(f"*/{pattern}")) or sorted(folder.glob(f"*/*/{pattern}")):
        seg = image.with_name(image.name.replace("_t2_refT2", "_seg_refT2"))
        labels = {"core": LabelFile(seg)} if seg.is_file() else {}
        cases.append(Case(image.parent.name, image.parent.name, {"t2": image}, labels))
    return cases


VS_SEG = Layout("vs-seg", "folders, one a patient, with *_t2_refT2.nii.gz and *_seg_refT2.nii.gz", find_cases)
