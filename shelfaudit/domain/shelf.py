"""What boxes alone say about a shelf: its rows, and which way a box that holds two facings is divided."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from shelfaudit.domain.geometry import Box, boxes_to_array
from shelfaudit.domain.visit import Facing

_SAME_ROW = 0.5
"""Boxes whose bottoms differ by less than this part of the lower one's height stand in one row."""
_NEXT_WITHIN = 2.5
"""Neighbours stand at most so many box widths apart, centre to centre."""
_STEEPEST = 0.35
"""Tangent of the largest tilt that is still a shelf (19 degrees)."""
_FEWEST_FOR_KEYSTONE = 12
"""Pairs of neighbours below which only one tilt is told for the whole photo."""

_Floats = NDArray[np.float64]


def find_rows(boxes: Sequence[Box]) -> list[list[int]]:
    """The rows of a shelf from the top, each as indices into `boxes` from left to right.

    Facings stand on their shelf, so a row is what has its bottoms on one line, whatever the heights; packs stacked
    on others are rows of their own. The lines may be tilted, and by more at the top than at the bottom (a photo from
    below): both are estimated from pairs of neighbours.
    """
    if not boxes:
        return []
    corners = boxes_to_array(boxes).astype(np.float64)
    x, bottoms = (corners[:, 0] + corners[:, 2]) / 2, corners[:, 3]
    heights = corners[:, 3] - corners[:, 1]
    levels = _levelled(x, bottoms, *_tilt(corners))
    rows: list[list[int]] = []
    members: list[int] = []
    for index in np.argsort(levels, kind="stable").tolist():
        if members:
            reach = _SAME_ROW * min(heights[index], statistics.median(heights[members]))
            if levels[index] - float(np.mean(levels[members])) > reach:
                rows.append(members)
                members = []
        members.append(index)
    rows.append(members)
    return [sorted(row, key=lambda index: (x[index], index)) for row in rows]


def rows_of(facings: Iterable[Facing]) -> list[list[Facing]]:
    """The facings row by row from the top, each row from left to right; see `find_rows`."""
    known = list(facings)
    return [[known[index] for index in row] for row in find_rows([facing.box for facing in known])]


def stands_side_by_side(box: Box, others: Sequence[Box]) -> bool:
    """Whether a box that holds two facings holds them beside each other (else one above the other).

    Of the two ways to halve it, the one whose halves come nearer to the usual shape of `others`; without others,
    the longer side is halved.
    """
    if not others:
        return box.width >= box.height
    width = statistics.median(other.width for other in others)
    height = statistics.median(other.height for other in others)

    def unlike(half_width: float, half_height: float) -> float:
        return abs(math.log(half_width / width)) + abs(math.log(half_height / height))

    return unlike(box.width / 2, box.height) <= unlike(box.width, box.height / 2)


def halves(box: Box, *, side_by_side: bool) -> tuple[Box, Box]:
    """The two equal parts of a box: left and right, or upper and lower."""
    x, y = box.center
    if side_by_side:
        return Box(box.x1, box.y1, x, box.y2), Box(x, box.y1, box.x2, box.y2)
    return Box(box.x1, box.y1, box.x2, y), Box(box.x1, y, box.x2, box.y2)


def _tilt(corners: _Floats) -> tuple[float, float]:
    """The slope of the shelves as a line in y: slope = a + b × y, from neighbours (median of pairs, then trimmed)."""
    slopes, at = _neighbour_slopes(corners)
    if not len(slopes):
        return 0.0, 0.0
    middle = float(np.median(slopes))
    if len(slopes) < _FEWEST_FOR_KEYSTONE or np.ptp(at) == 0:
        return middle, 0.0
    a, b = middle, 0.0
    for _ in range(4):
        errors = np.abs(slopes - (a + b * at))
        near = errors <= max(2.0 * float(np.median(errors)), 1e-6)
        if np.ptp(at[near]) == 0:
            break
        b, a = np.polyfit(at[near], slopes[near], 1).tolist()
    return a, b


def _neighbour_slopes(corners: _Floats) -> tuple[_Floats, _Floats]:
    """Slope of the bottoms from each box to its next one on the right, and the height (y) where it was taken."""
    x1, y1, x2, y2 = corners.T
    x, heights, widths = (x1 + x2) / 2, y2 - y1, x2 - x1
    across = x[None, :] - x[:, None]
    drop = y2[None, :] - y2[:, None]
    room = (widths[:, None] + widths[None, :]) / 2
    lower = np.minimum(heights[:, None], heights[None, :])
    beside = (across > 0.5 * room) & (across < _NEXT_WITHIN * room)
    beside &= (np.abs(drop) < _SAME_ROW * lower) & (np.abs(drop) < _STEEPEST * across)
    distance = np.where(beside, across, np.inf)
    following = distance.argmin(axis=1)
    rows = np.flatnonzero(np.isfinite(distance[np.arange(len(corners)), following]))
    columns = following[rows]
    slopes = drop[rows, columns] / across[rows, columns]
    return slopes, (y2[rows] + y2[columns]) / 2


def _levelled(x: _Floats, y: _Floats, a: float, b: float) -> _Floats:
    """Where lines of slope a + b × y through these points cross the middle of x: the height, were the shelf level."""
    back = x - (x.min() + x.max()) / 2
    if abs(b) * max(float(np.ptp(x)), 1.0) < 1e-9:
        return y - a * back
    levelled: _Floats = (y + a / b) * np.exp(-b * back) - a / b
    return levelled
