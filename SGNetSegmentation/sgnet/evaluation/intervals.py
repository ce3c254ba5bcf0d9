"""Confidence intervals that need no more than a formula."""

from __future__ import annotations

import math

# Two-sided 95 % of the normal distribution.
_Z = 1.959963984540054


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """95 % interval of a proportion (E. B. Wilson, J. Am. Stat. Assoc. 22:209, 1927).

    Unlike the interval around the observed share it neither leaves [0, 1] nor shrinks to nothing at
    0 or ``trials`` successes. It takes the trials for independent.

    Parameters
    ----------
    successes : int
    trials : int
        At least 1.

    Examples
    --------
    >>> [round(bound, 3) for bound in wilson_interval(0, 10)]
    [0.0, 0.278]
    """
    if not 0 <= successes <= trials or trials < 1:
        raise ValueError(f"successes must be in [0, trials] and trials at least 1, got {successes} of {trials}")
    share, z2 = successes / trials, _Z * _Z
    centre = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = _Z / (1 + z2 / trials) * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials))
    # At the ends the formula is exactly 0 and 1 but for rounding.
    return (0.0 if successes == 0 else centre - half), (1.0 if successes == trials else centre + half)
