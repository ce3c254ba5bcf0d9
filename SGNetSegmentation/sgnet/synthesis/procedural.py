"""A head from formulas, for the demo and the tests where no label maps are at hand.

It has the parts that matter to the network (folded cortex, white matter, ventricles, basal ganglia,
cerebellum, brainstem, skull and scalp), drawn as deformed ellipsoids. It is a stand-in, not anatomy.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sgnet.synthesis.anatomy import Anatomy, prepare_anatomy
from sgnet.synthesis.fields import smooth_noise

SHAPE = (190, 226, 190)
CENTRE = (95.0, 113.0, 100.0)


def procedural_anatomy(seed: int) -> Anatomy:
    """A head of its own for every ``seed``, ready for the generator."""
    rng = np.random.default_rng([seed, 4711])
    x, y, z = (np.arange(n, dtype=np.float32) - c for n, c in zip(SHAPE, CENTRE, strict=True))
    x, y, z = x[:, None, None], y[None, :, None], z[None, None, :]
    size = rng.uniform(0.94, 1.06, 3)

    def ellipsoid(radii: tuple[float, float, float], centre: tuple[float, float, float]) -> NDArray[np.float32]:
        """Normalised radius: below 1 inside."""
        (a, b, c), (i, j, k) = radii * size, centre * size
        return np.sqrt(((x - i) / a) ** 2 + ((y - j) / b) ** 2 + ((z - k) / c) ** 2, dtype=np.float32)

    folds = smooth_noise(rng, SHAPE, 11.0) + 0.35 * smooth_noise(rng, SHAPE, 6.0)
    right = x > 0
    cerebrum = ellipsoid((66, 82, 62), (0, 0, 4))
    temporal = np.minimum(ellipsoid((22, 36, 21), (-40, 12, -26)), ellipsoid((22, 36, 21), (40, 12, -26)))
    above_the_skull_base = z > -26 * size[2] - 0.15 * y
    midline = (np.abs(x + 1.2 * smooth_noise(rng, SHAPE, 30)) < 1.6) & ((z > 18) | (np.abs(y) > 44))

    labels = np.zeros(SHAPE, np.int32)
    head = ellipsoid((82, 100, 84), (0, 2, -2))
    labels[(head < 1.0) | (ellipsoid((55, 62, 70), (0, 20, -80)) < 1)] = 511
    labels[(head < 0.965) | (ellipsoid((51, 58, 66), (0, 20, -80)) < 1)] = 507
    labels[head < 0.925] = 515
    labels[(head < 0.91) & (head > 0.885)] = 516
    labels[ellipsoid((72, 89, 68), (0, 0, 2)) < 1] = 24

    hemispheres = (((cerebrum < 1) & above_the_skull_base) | (temporal < 1)) & ~midline
    # Sulci are thin sheets that reach about 2 cm deep; the cortex lines them and the surface.
    sulci = (np.abs(folds) < 0.13) & (
        np.minimum(cerebrum, temporal + 0.35) > 0.70 + 0.06 * smooth_noise(rng, SHAPE, 20)
    )
    hemispheres &= ~sulci & (labels == 24)  # inside the skull
    depth = ndimage.distance_transform_edt(hemispheres)
    labels[hemispheres] = 3
    labels[hemispheres & (depth > 2.6 + 0.5 * smooth_noise(rng, SHAPE, 12))] = 2
    folia = np.abs(smooth_noise(rng, SHAPE, 5.0)) < 0.25
    cerebellum = ellipsoid((48, 34, 24), (0, -46, -42)) + 0.02 * folds
    labels[(cerebellum < 1) & ~(folia & (cerebellum > 0.75))] = 8
    labels[(ellipsoid((36, 24, 14), (0, -44, -42)) < 1) & ~folia] = 7
    labels[ellipsoid((15, 14, 34), (0, -16, -42)) < 1] = 16
    for side in (-1, 1):
        labels[ellipsoid((9, 30, 12), (side * 13, 2, 12)) + 0.03 * folds < 1] = 4
        labels[ellipsoid((2.5, 8, 4), (side * 15, -14, 11)) < 1] = 136
        labels[ellipsoid((9, 15, 11), (side * 13, -10, -2)) < 1] = 10
        labels[ellipsoid((7, 16, 10), (side * 26, 8, -1)) < 1] = 12
        labels[ellipsoid((5, 9, 6), (side * 19, 4, -2)) < 1] = 13
        labels[ellipsoid((12, 12, 12), (side * 32, 84, -38)) < 1] = 506
    labels[ellipsoid((3, 12, 9), (0, -8, -2)) < 1] = 14
    labels[ellipsoid((6, 5, 5), (0, 14, -34)) < 1] = 530

    for left_number, right_number in ((2, 41), (3, 42)):
        labels[(labels == left_number) & right] = right_number
    return prepare_anatomy(f"procedural-{seed}", labels)
