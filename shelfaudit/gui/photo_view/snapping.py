"""Edges of a dragged box meet those of its neighbours."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF

from shelfaudit.domain.geometry import Box
from shelfaudit.gui.photo_view.box_geometry import Handle

SNAP_REACH = 6.0
"""From this many screen pixels on an edge is drawn to another one."""
_NEAR_ABOVE = 1.0
"""Upright edges meet those of boxes at most so many of their own heights above or below."""
_NEAR_BESIDE = 3.0
"""Level edges meet those of boxes at most so many of their own widths to the left or right: the same row."""

Corners = NDArray[np.float64]
"""Boxes (N, 4) of x1, y1, x2, y2 in photo pixels."""


class Side(Enum):
    """A side of a box, as the place of its value in `Box.as_tuple`."""

    LEFT = 0
    TOP = 1
    RIGHT = 2
    BOTTOM = 3


ALL_SIDES = frozenset(Side)


@dataclass(frozen=True, slots=True)
class Snap:
    """How far to go on (dx, dy, photo pixels) for edges to meet, and the lines on which they do."""

    dx: float = 0.0
    dy: float = 0.0
    guides: tuple[QLineF, ...] = ()


def sides_of(handle: Handle) -> frozenset[Side]:
    """The sides that a handle drags."""
    sides = set()
    if handle.across != 0.5:
        sides.add(Side.RIGHT if handle.across else Side.LEFT)
    if handle.down != 0.5:
        sides.add(Side.BOTTOM if handle.down else Side.TOP)
    return frozenset(sides)


def snap(box: Box, sides: Collection[Side], others: Corners, reach: float) -> Snap:
    """Draw the nearest of these sides to an edge of `others`, in each direction by itself; `reach` in photo pixels."""
    x1, y1, x2, y2 = others.T
    above = np.maximum(np.maximum(y1 - box.y2, box.y1 - y2), 0)
    beside = np.maximum(np.maximum(x1 - box.x2, box.x1 - x2), 0)
    dx, upright = _nearest(box, sides, (Side.LEFT, Side.RIGHT), others[above <= _NEAR_ABOVE * box.height], reach)
    dy, level = _nearest(box, sides, (Side.TOP, Side.BOTTOM), others[beside <= _NEAR_BESIDE * box.width], reach)
    guides = []
    if upright is not None:
        at, other = upright
        guides.append(QLineF(at, min(box.y1 + dy, other[1]), at, max(box.y2 + dy, other[3])))
    if level is not None:
        at, other = level
        guides.append(QLineF(min(box.x1 + dx, other[0]), at, max(box.x2 + dx, other[2]), at))
    return Snap(dx, dy, tuple(guides))


def _nearest(
    box: Box, sides: Collection[Side], pair: tuple[Side, Side], others: Corners, reach: float
) -> tuple[float, tuple[float, Corners] | None]:
    """The way of the nearest of the two sides to an edge of `others`, with that edge and its box; 0 if none is near."""
    best, met = reach, None
    for side in pair:
        if side not in sides or not len(others):
            continue
        ways = others[:, [each.value for each in pair]] - box.as_tuple()[side.value]
        row, column = np.unravel_index(np.abs(ways).argmin(), ways.shape)
        if abs(ways[row, column]) <= best:
            best = abs(float(ways[row, column]))
            met = (float(ways[row, column]), float(others[row, pair[column].value]), others[row])
    return (met[0], met[1:]) if met is not None else (0.0, None)
