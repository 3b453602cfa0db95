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
_SHORTEST_CHAIN = 3
"""Neighbours in a line below which their slope is only noise."""

_Floats = NDArray[np.float64]
_Indices = NDArray[np.intp]


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
    heights: list[float] = (corners[:, 3] - corners[:, 1]).tolist()
    levels: list[float] = _levelled(x, bottoms, *_tilt(corners)).tolist()
    rows: list[list[int]] = [[]]
    level = height = 0.0  # sums over the last row
    for index in sorted(range(len(boxes)), key=levels.__getitem__):
        count = len(rows[-1])
        if count and levels[index] - level / count > _SAME_ROW * min(heights[index], height / count):
            rows.append([])
            level = height = 0.0
        rows[-1].append(index)
        level += levels[index]
        height += heights[index]
    across: list[float] = x.tolist()
    return [sorted(row, key=lambda index: (across[index], index)) for row in rows]


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
    """The slope of the shelves as a line in y: slope = a + b × y; long chains of neighbours weigh more."""
    x, bottoms, heights = (corners[:, 0] + corners[:, 2]) / 2, corners[:, 3], corners[:, 3] - corners[:, 1]
    fits = [_line(x[chain], bottoms[chain]) for chain in _chains(corners) if len(chain) >= _SHORTEST_CHAIN]
    if not fits:
        return 0.0, 0.0
    slopes, at, weights = np.array(fits).T
    for _ in range(3):  # a chain that strayed from its row is left out
        middle = float(np.average(at, weights=weights))
        spread = float(np.average((at - middle) ** 2, weights=weights))
        a = float(np.average(slopes, weights=weights))
        b = float(np.average((at - middle) * (slopes - a), weights=weights))
        # Chains near one height say nothing about how the slope changes with it.
        b /= spread + float(np.median(heights)) ** 2
        errors = np.abs(slopes - a - b * (at - middle))
        near = errors <= max(3.0 * float(np.median(errors)), 1e-3)
        slopes, at, weights = slopes[near], at[near], weights[near]
    return a - b * middle, b


def _line(x: _Floats, y: _Floats) -> tuple[float, float, float]:
    """Slope of the line through these points, its height in their middle, and how much it weighs."""
    back = x - x.mean()
    weight = float(back @ back)
    return float(back @ y) / weight, float(y.mean()), weight


def _chains(corners: _Floats) -> list[list[int]]:
    """Boxes that stand beside each other one by one, from left to right, as indices."""
    following = _next_on_the_right(corners)
    chains: list[list[int]] = []
    used: set[int] = set()
    for index in np.argsort(corners[:, 0], kind="stable").tolist():
        chain = []
        while index >= 0 and index not in used:
            used.add(index)
            chain.append(index)
            index = following[index]
        if chain:
            chains.append(chain)
    return chains


def _next_on_the_right(corners: _Floats) -> list[int]:
    """For each box the index of the nearest one to its right that stands about as low; -1 where there is none."""
    x1, y1, x2, y2 = corners.T
    x, heights, widths = (x1 + x2) / 2, y2 - y1, x2 - x1
    one, other, firsts = _about_as_low(y2, _SAME_ROW * heights)
    across = x[other] - x[one]
    drop = np.abs(y2[other] - y2[one])
    room = (widths[one] + widths[other]) / 2
    beside = (across > 0.5 * room) & (across < _NEXT_WITHIN * room) & (drop < _STEEPEST * across)
    beside &= drop < _SAME_ROW * np.minimum(heights[one], heights[other])
    distance = np.where(beside, across, np.inf)
    nearest = np.minimum.reduceat(distance, firsts)
    # Of those that are equally near the first one.
    is_nearest = np.isfinite(distance) & (distance == nearest[one])
    following = np.minimum.reduceat(np.where(is_nearest, other, len(x)), firsts)
    found: list[int] = np.where(following < len(x), following, -1).tolist()
    return found


def _about_as_low(bottoms: _Floats, within: _Floats) -> tuple[_Indices, _Indices, _Indices]:
    """Pairs of boxes whose bottoms differ by no more than what each of the first ones allows, itself among them.

    Returns the first and the second of each pair, in order of the first ones, and where the pairs of each begin.
    """
    order = np.argsort(bottoms, kind="stable")
    begin = np.searchsorted(bottoms[order], bottoms - within, side="left")
    counts = np.searchsorted(bottoms[order], bottoms + within, side="right") - begin
    firsts = np.cumsum(counts) - counts
    places = np.arange(counts.sum()) - np.repeat(firsts - begin, counts)
    return np.repeat(np.arange(len(bottoms)), counts), order[places], firsts


def _levelled(x: _Floats, y: _Floats, a: float, b: float) -> _Floats:
    """Where lines of slope a + b × y through these points cross the middle of x: the height, were the shelf level."""
    back = x - (x.min() + x.max()) / 2
    straight = abs(b) * max(float(np.ptp(x)), 1.0) < 1e-9
    levelled: _Floats = y - a * back if straight else (y + a / b) * np.exp(-b * back) - a / b
    return levelled
