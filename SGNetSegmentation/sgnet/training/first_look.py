"""What a refiner is taught on: studies with what the first network says of them, and where that may be wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.config import InferenceSettings
from sgnet.events import Progress
from sgnet.inference.model import Model
from sgnet.inference.refine import first_log_odds, refined_log_odds
from sgnet.networks.refiner import FIRST_SHARE
from sgnet.training.augment import gain_and_gamma
from sgnet.training.pool import FirstLook, TrainingStudy

SUSPECTED = 0.1
"""Bodies of the core in which the refiner begins with a probability above this are learned from."""
SMALLEST = 8
"""Their smallest size in voxels."""


@dataclass(frozen=True, eq=False)
class FirstLooker:
    """Adds to a study what a model's first network says of it, and what its refiner suspects; picklable.

    Gain, gamma and a missing FLAIR are drawn for a whole study, not for a patch, so that the first network sees them.

    Parameters
    ----------
    model : Model
    flair_dropout : float
        Share of the studies whose FLAIR is taken away.
    """

    model: Model
    flair_dropout: float

    def __call__(self, study: TrainingStudy, number: int) -> TrainingStudy:
        rng = np.random.default_rng([number, 20])
        image = gain_and_gamma(rng, study.image.astype(np.float32))
        if rng.random() < self.flair_dropout:
            image[1] = 0
        log_odds = first_log_odds(image, self.model, InferenceSettings(), Progress())
        suspects = find_suspects(self._beginning(image, log_odds)[0], study.instances > 0)
        look = FirstLook(log_odds.astype(np.float16), *suspects)
        return replace(study, image=image.astype(np.float16), first_look=look)

    def _beginning(self, image: NDArray[np.float32], first: NDArray[np.float32]) -> NDArray[np.float32]:
        """The log odds that the refiner begins with: a new one with a share of the first network's."""
        if self.model.refiner is None:
            return FIRST_SHARE * first
        return refined_log_odds(image, first, self.model, InferenceSettings(), Progress())


@dataclass(frozen=True, eq=False)
class Looked:
    """Maker of studies that have been looked at; picklable if ``make`` is."""

    make: Callable[[int], TrainingStudy]
    look: FirstLooker

    def __call__(self, number: int) -> TrainingStudy:
        return self.look(self.make(number), number)


def find_suspects(
    log_odds: NDArray[np.float32], core: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Bodies that touch no lesion: the voxel of each one's peak, shape (N, 3), and the peak's probability."""
    bodies, count = ndimage.label(log_odds > np.log(SUSPECTED / (1 - SUSPECTED)))
    touched = np.unique(bodies[ndimage.binary_dilation(core, iterations=2)])
    large = np.flatnonzero(np.bincount(bodies.ravel(), minlength=count + 1) >= SMALLEST)
    wanted = np.setdiff1d(large, [0, *touched])
    places = np.array(ndimage.maximum_position(log_odds, bodies, wanted), dtype=np.int64).reshape(-1, 3)
    return places, 1 / (1 + np.exp(-log_odds[tuple(places.T)].astype(float)))
