"""What people call the channels and the labels of a data set."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from sgnet.data.layouts.case import LabelFile
from sgnet.errors import InputError

_IMAGES = {
    "flair": {"flair", "t2flair", "t2f", "fluidattenuated"},
    "t1ce": {"t1ce", "t1c", "t1gd", "t1post", "t1contrast", "t1km", "t1wce", "t1wc", "t1cemri", "t1enhanced"},
    "t2": {"t2", "t2w", "t2tse", "ciss", "fiesta"},
}
_CORE = {
    "core", "tumorcore", "tc", "necrosis", "necrotic", "necroticcore", "necrotictumorcore", "ncr", "netc", "net",
    "ncrnet", "nonenhancing", "nonenhancingtumor", "nonenhancingtumorcore", "enhancing", "enhancingtumor",
    "enhancingcore", "et", "tumor", "lesion", "lesions", "metastasis", "metastases", "brainmetastasis", "met", "mets",
    "gtv", "schwannoma", "vestibularschwannoma", "vs",
}  # fmt: skip
_OEDEMA = {
    "edema", "ed", "peritumoraledema", "snfh", "flairhyperintensity", "surroundingnonenhancingflairhyperintensity",
}  # fmt: skip
_WHOLE = {"whole", "wholetumor", "wholelesion", "wt"}
_OUTSIDE = {"background", "bg", "resectioncavity", "cavity", "rc", "brain"}


def image_of(text: str) -> str | None:
    """``t1ce``, ``flair`` or ``t2``, if a channel or file name says so.

    Examples
    --------
    >>> [image_of(name) for name in ("T1-CE", "case_3_t2_flair", "p01-t1c", "T1", "T2w")]
    ['t1ce', 'flair', 't1ce', None, 't2']
    """
    words = [word for word in re.split(r"[^a-z0-9]+", text.lower()) if word]
    pairs = {first + second for first, second in itertools.pairwise(words)}
    said = {*words, *pairs, "".join(words)}
    return next((image for image, names in _IMAGES.items() if said & names), None)


def labels_of(meaning: Mapping[str, Iterable[int]], path: Path, source: str) -> dict[str, LabelFile]:
    """Which values of the label map ``path`` make the core and which the whole lesion.

    Parameters
    ----------
    meaning : mapping of str to iterable of int
        The values of each label, by its name. Oedema counts towards the whole lesion only;
        background and resection cavities towards neither.
    source : str
        Where the names come from, for the message.

    Raises
    ------
    InputError
        If a name is not known, so that no label is dropped in silence.

    Examples
    --------
    >>> found = labels_of({"NETC": [1], "SNFH": [2], "ET": [3], "RC": [4]}, Path("seg.nii.gz"), "dataset.json")
    >>> found["core"].values, found["whole"].values
    ((1, 3), (1, 2, 3))
    """
    core: set[int] = set()
    whole: set[int] = set()
    for name, values in meaning.items():
        plain = re.sub(r"[^a-z]+", "", name.lower()).replace("tumour", "tumor").replace("oedema", "edema")
        if plain in _CORE:
            core.update(values)
        elif plain in _OEDEMA | _WHOLE:
            whole.update(values)
        elif plain not in _OUTSIDE:
            raise InputError(
                f"{source}: the label {name!r} is not known; call it core, necrosis, enhancing tumour, oedema, whole, "
                "resection cavity or background."
            )
    # A label map without oedema says nothing of the whole lesion.
    found = {"core": core, "whole": whole | core if whole else set()}
    return {target: LabelFile(path, tuple(sorted(values - {0}))) for target, values in found.items() if values - {0}}
