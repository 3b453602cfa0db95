"""What gestures do to boxes, as plain arithmetic in upright photo pixels (no Qt).

Changes are whole photo pixels wherever the photo's edge allows it and no edge of a neighbour is met, so that a
gesture gives the same box at every zoom and a moved box keeps its size.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import Enum

from shelfaudit.domain.edits import Edit, EditKind
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.shelf import rows_of
from shelfaudit.domain.visit import Author, Facing

MIN_SIDE = 4.0
"""The shortest side of a box that a gesture may leave, in photo pixels."""


class Handle(Enum):
    """A place to resize by; `across` and `down` give it as fractions of the box's width and height."""

    TOP_LEFT = (0.0, 0.0)
    TOP = (0.5, 0.0)
    TOP_RIGHT = (1.0, 0.0)
    RIGHT = (1.0, 0.5)
    BOTTOM_RIGHT = (1.0, 1.0)
    BOTTOM = (0.5, 1.0)
    BOTTOM_LEFT = (0.0, 1.0)
    LEFT = (0.0, 0.5)

    @property
    def across(self) -> float:
        return self.value[0]

    @property
    def down(self) -> float:
        return self.value[1]

    @property
    def is_corner(self) -> bool:
        return self.across != 0.5 and self.down != 0.5


def step_within(boxes: Iterable[Box], dx: float, dy: float, width: float, height: float) -> tuple[float, float]:
    """The whole-pixel step nearest to (dx, dy) that keeps every box as far inside the photo as it was.

    A box that already hangs over an edge may move back in, and stays free along the other axis.
    """
    boxes = list(boxes)
    return (
        _limited(round(dx), min(box.x1 for box in boxes), width - max(box.x2 for box in boxes)),
        _limited(round(dy), min(box.y1 for box in boxes), height - max(box.y2 for box in boxes)),
    )


def keeps_within(box: Box, dx: float, dy: float, width: float, height: float) -> bool:
    """Whether the box, moved by (dx, dy), is as far inside the photo as it was."""
    there = box.translated(dx, dy)
    return (
        there.x1 >= min(0.0, box.x1)
        and there.y1 >= min(0.0, box.y1)
        and there.x2 <= max(width, box.x2)
        and there.y2 <= max(height, box.y2)
    )


def beside(boxes: Sequence[Box], width: float, height: float) -> tuple[float, float]:
    """The step that brings boxes to where facings beside them would stand.

    To the right by the width of all together; to the left where the photo ends before that; else as far as it goes.
    """
    across = max(box.x2 for box in boxes) - min(box.x1 for box in boxes)
    right = step_within(boxes, across, 0, width, height)
    left = step_within(boxes, -across, 0, width, height)
    return right if right[0] >= -left[0] else left


def resized(box: Box, handle: Handle, dx: float, dy: float, width: float, height: float) -> Box:
    """The box after its handle was dragged by (dx, dy): clipped to the photo, sides never below `MIN_SIDE`."""
    x1, y1, x2, y2 = box.as_tuple()
    if handle.across == 0.0:
        x1 = _between(x1 + round(dx), min(0.0, x1), x2 - MIN_SIDE)
    elif handle.across == 1.0:
        x2 = _between(x2 + round(dx), x1 + MIN_SIDE, max(width, x2))
    if handle.down == 0.0:
        y1 = _between(y1 + round(dy), min(0.0, y1), y2 - MIN_SIDE)
    elif handle.down == 1.0:
        y2 = _between(y2 + round(dy), y1 + MIN_SIDE, max(height, y2))
    return Box(x1, y1, x2, y2)


def drawn(xa: float, ya: float, xb: float, yb: float, width: float, height: float) -> Box | None:
    """The box between two corners on whole pixels, clipped to the photo; None where it is below `MIN_SIDE`."""
    left, right = sorted((_between(round(xa), 0.0, width), _between(round(xb), 0.0, width)))
    top, bottom = sorted((_between(round(ya), 0.0, height), _between(round(yb), 0.0, height)))
    if right - left < MIN_SIDE or bottom - top < MIN_SIDE:
        return None
    return Box(left, top, right, bottom)


def moved(facings: Sequence[Facing], boxes: Mapping[str, Box]) -> Edit | None:
    """One edit that gives these facings the boxes of their ids; None where no box changes."""
    before = tuple(facing for facing in facings if boxes.get(facing.id, facing.box) != facing.box)
    if not before:
        return None
    after = tuple(replace(facing, box=boxes[facing.id], box_by=Author.AUDITOR) for facing in before)
    return Edit(EditKind.MOVE, before, after)


def reading_order(facings: Iterable[Facing]) -> list[Facing]:
    """Facings row by row from the top, each row from left to right."""
    return [facing for row in rows_of(facings) for facing in row]


def _limited(step: float, room_before: float, room_after: float) -> float:
    return _between(step, min(0.0, -room_before), max(0.0, room_after))


def _between(value: float, low: float, high: float) -> float:
    return float(max(low, min(value, high)))
