"""All scores of one scan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from sgnet.errors import InputError
from sgnet.evaluation.lesionwise import lesion_scores
from sgnet.evaluation.voxel import voxel_scores
from sgnet.geometry import Grid


def evaluate_case(
    predicted_labels: NDArray[Any],
    reference_labels: NDArray[Any],
    grid: Grid,
    predicted_whole: NDArray[Any] | None = None,
    reference_whole: NDArray[Any] | None = None,
) -> dict[str, dict[str, Any]]:
    """Score a prediction against its reference.

    Parameters
    ----------
    predicted_labels, reference_labels : ndarray, shape (I, J, K) = ``grid.shape``
        Lesion cores; whatever is not 0 counts, and lesions are its 26-connected components, whether
        the map holds lesion numbers or a mere mask.
    grid : Grid
    predicted_whole, reference_whole : ndarray, same shape, optional
        Whole lesions (core and oedema); give both or neither.

    Returns
    -------
    dict
        ``{"core": {...}}``, and ``"whole"`` where it was given. Each holds the scores of
        :func:`~sgnet.evaluation.voxel.voxel_scores` and
        :func:`~sgnet.evaluation.lesionwise.lesion_scores`; plain values, ready for JSON.

    Raises
    ------
    InputError
        If a mask does not fit the grid or only one whole mask is given.

    Examples
    --------
    >>> import numpy as np
    >>> mask = np.zeros((5, 5, 5), dtype=np.uint8)
    >>> mask[1:4, 1:4, 1:4] = 1
    >>> scores = evaluate_case(mask, mask, Grid((5, 5, 5), np.eye(4)))
    >>> scores["core"]["dice"], scores["core"]["sensitivity"], scores["core"]["brats_dice"]
    (1.0, 1.0, 1.0)
    """
    if (predicted_whole is None) != (reference_whole is None):
        raise InputError("Give the whole mask of both the prediction and the reference, or of neither.")
    predicted, reference = {"core": predicted_labels}, {"core": reference_labels}
    if predicted_whole is not None and reference_whole is not None:
        predicted["whole"], reference["whole"] = predicted_whole, reference_whole
    return evaluate_masks(predicted, reference, grid)


def evaluate_masks(
    predicted: Mapping[str, NDArray[Any]], reference: Mapping[str, NDArray[Any]], grid: Grid
) -> dict[str, dict[str, Any]]:
    """As :func:`evaluate_case`, for those of ``core`` and ``whole`` that both have.

    Raises
    ------
    InputError
        If a mask does not fit the grid, or they have no target in common.
    """
    targets = [target for target in ("core", "whole") if target in predicted and target in reference]
    if not targets:
        raise InputError(
            f"The prediction has {' and '.join(predicted)}, the reference {' and '.join(reference)}; "
            "give both a mask of the same kind."
        )
    return {target: _scores(predicted[target], reference[target], grid, target) for target in targets}


def _scores(predicted: NDArray[Any], reference: NDArray[Any], grid: Grid, target: str) -> dict[str, Any]:
    for name, array in (("predicted", predicted), ("reference", reference)):
        if array.shape != grid.shape:
            raise InputError(f"The {name} {target} {array.shape} does not fit the grid {grid.shape}; resample it.")
    masks = predicted != 0, reference != 0
    return {**voxel_scores(*masks, grid), **lesion_scores(*masks, grid)}
