"""Patches from studies, with the augmentation that the stored study cannot hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sgnet.config import TrainSettings
from sgnet.training.pool import TrainingStudy

T = TypeVar("T", bound=np.generic)

FULL_WEIGHT_ML = 0.5
"""Lesions of this volume and above count once in the cross-entropy."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Arrays of one step, (B, C, X, Y, Z) float32.

    Attributes
    ----------
    image : the inputs of the task
    target : core, whole in {0, 1}; only the core where the task has no other output
    weight : cross-entropy weight of each target
    lesions : uint8, shape (B, 1, X, Y, Z)
        0, or the number of the lesion of its study whose core the voxel belongs to.
    available : bool, shape (B, C)
        False where the study has no such label: that target must not be learned from.
    """

    image: NDArray[np.float32]
    target: NDArray[np.float32]
    weight: NDArray[np.float32]
    lesions: NDArray[np.uint8]
    available: NDArray[np.bool_]


def draw_batch(
    studies: Sequence[TrainingStudy],
    settings: TrainSettings,
    step: int,
    part: range | None = None,
) -> Batch:
    """The batch of ``step``, or the ``part`` of it that one of several processes computes.

    The same for the same pool, settings and step, in however many parts it is drawn.
    """
    drawn = []
    available = []
    for place in range(settings.batch_size) if part is None else part:
        rng = np.random.default_rng([settings.seed, step, place, 99])
        study = studies[int(rng.integers(len(studies)))]
        drawn.append(_draw_patch(rng, study, settings))
        available.append(study.available)
    image, target, weight, lesions = (np.stack(parts) for parts in zip(*drawn, strict=True))
    return Batch(image, target, weight, lesions, np.array(available))


def _draw_patch(
    rng: np.random.Generator, study: TrainingStudy, settings: TrainSettings
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.uint8]]:
    centre = _centre(rng, study, settings.lesion_share)
    size = settings.patch
    jitter = [int(rng.integers(-(n // 3), n // 3 + 1)) for n in size]
    start = [c + j - n // 2 for c, j, n in zip(centre, jitter, size, strict=True)]
    image = np.stack([_cut(channel, start, size) for channel in study.image]).astype(np.float32)
    lesions = _cut(study.instances, start, size)[None]
    whole = _cut(study.whole, start, size)
    target = np.stack([lesions[0] > 0, whole][: len(study.available)]).astype(np.float32)
    weight = np.ones(target.shape, np.float32)
    weight[0] = _core_weight(study.instances, lesions[0], settings.small_lesion_weight, study.voxel_mm3)
    image = _augment(rng, image) if study.unit else _augment_scaled(rng, image)
    if rng.random() < settings.flair_dropout and len(image) > 1:
        image[1] = 0
    if rng.random() < 0.5:
        return image[:, ::-1], target[:, ::-1], weight[:, ::-1], lesions[:, ::-1]
    return image, target, weight, lesions


def _centre(rng: np.random.Generator, study: TrainingStudy, lesion_share: float) -> NDArray[np.int64]:
    """A voxel of a lesion, each lesion equally likely, or any voxel of the head."""
    numbers = np.flatnonzero(np.bincount(study.instances.ravel())[1:]) + 1
    if len(numbers) and rng.random() < lesion_share:
        inside = np.flatnonzero(study.instances.ravel() == rng.choice(numbers))
        return np.array(np.unravel_index(rng.choice(inside), study.instances.shape))
    for _ in range(200):
        voxel = np.array([int(rng.integers(n)) for n in study.instances.shape])
        if not study.unit or study.image[0][tuple(voxel)] > 0:
            return voxel
    return np.array(study.instances.shape) // 2


def _core_weight(
    study: NDArray[np.uint8], patch: NDArray[np.uint8], smallest: float, voxel_mm3: float = 1.0
) -> NDArray[np.float32]:
    """1 outside; inside a lesion the cube root of how much smaller than FULL_WEIGHT_ML it is, at most ``smallest``."""
    volumes_ml = np.bincount(study.ravel(), minlength=256) * voxel_mm3 / 1000
    table = np.clip((FULL_WEIGHT_ML / np.maximum(volumes_ml, 1e-3)) ** (1 / 3), 1, smallest).astype(np.float32)
    table[0] = 1
    return table[patch]


def _augment(rng: np.random.Generator, image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Gain and gamma of each channel by itself: where the upper percentile lies must not matter."""
    for channel in image:
        if rng.random() < 0.6:
            gain = float(np.exp(rng.uniform(np.log(0.65), np.log(1.5))))
            gamma = float(np.exp(rng.uniform(np.log(0.75), np.log(1.33))))
            channel[:] = np.clip(channel**gamma * gain, 0, 1)
    return image


def _augment_scaled(rng: np.random.Generator, image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Gain and offset of a z-scored image: how much air the scan covers shifts both."""
    return (image * np.float32(rng.uniform(0.8, 1.25)) + np.float32(rng.uniform(-0.2, 0.2))).astype(np.float32)


def _cut(array: NDArray[T], start: list[int], size: tuple[int, ...]) -> NDArray[T]:
    """A block of ``size`` from ``start``, zeros where it reaches beyond the array."""
    out = np.zeros(size, array.dtype)
    source = tuple(slice(max(0, s), min(n, s + w)) for s, w, n in zip(start, size, array.shape, strict=True))
    target = tuple(slice(a.start - s, a.stop - s) for a, s in zip(source, start, strict=True))
    if all(a.stop > a.start for a in source):
        out[target] = array[source]
    return out
