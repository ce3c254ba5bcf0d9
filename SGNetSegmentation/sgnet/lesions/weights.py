"""Weights that were fitted to a model's bodies, read back from its ``config.json``, a map or a scene."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from sgnet.errors import ModelError


def read_weights(names: Sequence[str], values: Mapping[str, Any], what: str) -> dict[str, float]:
    """The weights by name; raises ModelError, which speaks of ``what``, unless exactly ``names`` are there and finite.

    Examples
    --------
    >>> read_weights(["rate"], {"rate": 1}, "tightening")
    {'rate': 1.0}
    """
    try:
        if sorted(values) != sorted(names):
            raise ValueError(f"it needs {', '.join(names)}")
        weights = {name: float(values[name]) for name in names}
        if not all(math.isfinite(weight) for weight in weights.values()):
            raise ValueError("its weights must be finite")
    except (TypeError, ValueError) as error:
        raise ModelError(f"The {what} of a model cannot be read: {error}.") from error
    return weights
