"""How well the lesions of one scan were found, lesion by lesion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sgnet.evaluation.brats import BratsScores, brats_scores
from sgnet.evaluation.detection import Detection, detect
from sgnet.evaluation.voxel import union_box
from sgnet.geometry import Grid
from sgnet.lesions.components import label_components


class LesionScores(Detection, BratsScores):
    """Scores over the lesions of one scan; see :func:`lesion_scores`."""


def lesion_scores(predicted: NDArray[np.bool_], reference: NDArray[np.bool_], grid: Grid) -> LesionScores:
    """Detection by overlap, and the lesion-wise scores of BraTS-METS 2023.

    *Detection.* Lesions are 26-connected components of either mask. A reference lesion is found
    when at least one of its voxels is predicted; a predicted lesion without a reference voxel is a
    false positive. Reference lesions of at most 2 mm3 are ignored: they are neither found nor
    missed, and a prediction on them is no false positive nor a true one. With no reference lesion
    the sensitivity is None, with no predicted lesion the lesion precision is None; F1 is
    ``2 found / (2 found + missed + false positives)``, with the found counted in the reference, and
    1 where there is nothing to find and nothing was found. Diameters are the longest axial ones of
    the reference; a bin holds its lower bound.

    *BraTS-METS* (A. W. Moawad et al., arXiv 2306.00838, and the challenge's code). The reference,
    dilated once with 18 neighbours and labelled with 26, says which components form one lesion; its
    voxels stay as they are. Every predicted component that touches the dilated lesion is pooled
    for its Dice and HD95, and may serve several lesions. Those that touch none, not even an ignored
    lesion, are false positives. A missed lesion counts Dice 0 and HD95 374 mm, a false positive
    likewise; the scores are means over lesions and false positives, and 1 and 0 where there is
    neither.

    Parameters
    ----------
    predicted, reference : ndarray of bool, shape (I, J, K) = ``grid.shape``
    grid : Grid

    Examples
    --------
    >>> reference = np.zeros((9, 5, 5), dtype=bool)
    >>> reference[1:3, 1:4, 1:4] = reference[6:8, 1:4, 1:4] = True
    >>> predicted = reference.copy()
    >>> predicted[5:] = False
    >>> scores = lesion_scores(predicted, reference, Grid((9, 5, 5), np.eye(4)))
    >>> scores["sensitivity"], scores["brats_dice"], scores["brats_hd95_mm"]
    (0.5, 0.5, 187.0)
    """
    # What dilation would add outside this box joins nothing that it does not join inside.
    box = union_box(predicted, reference)
    grid = grid.with_shape([part.stop - part.start for part in box], [part.start for part in box])
    predicted, reference = predicted[box], reference[box]
    predicted_lesions, _ = label_components(predicted)
    reference_lesions, _ = label_components(reference)
    return {
        **detect(predicted_lesions, reference_lesions, grid),
        **brats_scores(predicted_lesions, reference, grid),
    }
