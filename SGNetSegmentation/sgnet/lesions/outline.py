"""Outlines of a mask along the outer edges of its pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_RIGHT, _DOWN, _LEFT, _UP = (0, 1), (1, 0), (0, -1), (-1, 0)
# At a corner that two diagonal pixels share, turning right stays with the same pixel.
_TURNS = {
    _RIGHT: (_DOWN, _RIGHT, _UP),
    _DOWN: (_LEFT, _DOWN, _RIGHT),
    _LEFT: (_UP, _LEFT, _DOWN),
    _UP: (_RIGHT, _UP, _LEFT),
}
_Edge = tuple[tuple[int, int], tuple[int, int]]


def outlines(mask: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """Closed polygons around a mask and around its holes.

    They follow the edges of the pixels, so that a single pixel gets its whole square; a contour
    through pixel centres would show a small metastasis at half its size.

    Parameters
    ----------
    mask : ndarray of bool, shape (rows, columns)

    Returns
    -------
    list of ndarray of float64, shape (N, 2)
        Corners (row, column), pixel centres at whole numbers, the first repeated at the end. With
        rows drawn downwards the mask lies to the right of the way. Pixels that share only a corner
        get polygons of their own.

    Examples
    --------
    >>> outlines(np.array([[True, True]]))[0].tolist()
    [[-0.5, -0.5], [-0.5, 1.5], [0.5, 1.5], [0.5, -0.5], [-0.5, -0.5]]
    """
    edges = _edges(mask)
    left = dict.fromkeys(sorted(edges))
    loops = []
    while left:
        # The first edge of the rest begins at its loop's topmost, leftmost corner: a turn.
        loop = _follow(edges, next(iter(left)))
        for edge in loop:
            del left[edge]
        corners = [
            start for (start, way), (_, before) in zip(loop, [loop[-1], *loop[:-1]], strict=True) if way != before
        ]
        loops.append(np.array([*corners, corners[0]], dtype=np.float64) - 0.5)
    return loops


def _edges(mask: NDArray[np.bool_]) -> set[_Edge]:
    """Directed pixel edges between mask and outside: (start corner, step)."""
    padded = np.pad(mask, 1)
    inside = padded[1:-1, 1:-1]
    edges: set[_Edge] = set()
    for way, neighbour, (row, column) in (
        (_RIGHT, padded[:-2, 1:-1], (0, 0)),
        (_DOWN, padded[1:-1, 2:], (0, 1)),
        (_LEFT, padded[2:, 1:-1], (1, 1)),
        (_UP, padded[1:-1, :-2], (1, 0)),
    ):
        edges.update(((r + row, c + column), way) for r, c in np.argwhere(inside & ~neighbour).tolist())
    return edges


def _follow(edges: set[_Edge], first: _Edge) -> list[_Edge]:
    loop = [first]
    while True:
        (row, column), way = loop[-1]
        corner = (row + way[0], column + way[1])
        following = next((corner, turn) for turn in _TURNS[way] if (corner, turn) in edges)
        if following == first:
            return loop
        loop.append(following)
