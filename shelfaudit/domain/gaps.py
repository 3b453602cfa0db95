"""Free places in the rows of a shelf, and where a facing that was missed would stand."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from shelfaudit.domain.geometry import Box

GAP_WIDTH = 0.6
"""A gap is free width between neighbours of more than this part of their row's median facing width."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A free place between two neighbours of a row: their indices, and the box between them, as high as both."""

    left: int
    right: int
    box: Box


def find_gaps(boxes: Sequence[Box], rows: Sequence[Sequence[int]]) -> list[Gap]:
    """The gaps of these rows (`shelf.find_rows`), row by row from the left."""
    found = []
    for row in rows:
        typical = statistics.median(boxes[index].width for index in row)
        for left, right in pairwise(row):
            before, after = boxes[left], boxes[right]
            if after.x1 - before.x2 > GAP_WIDTH * typical:
                box = Box(before.x2, min(before.y1, after.y1), after.x1, max(before.y2, after.y2))
                found.append(Gap(left, right, box))
    return found


def box_in_gap(gap: Gap, left: Box, right: Box) -> Box:
    """The box of a facing that would stand in the gap: like its neighbours, in the middle between them."""
    width = min(gap.box.width, (left.width + right.width) / 2)
    height, feet = (left.height + right.height) / 2, (left.y2 + right.y2) / 2
    middle = (left.x2 + right.x1) / 2
    return Box(middle - width / 2, feet - height, middle + width / 2, feet)


def place_for_box(
    boxes: Sequence[Box], rows: Sequence[Sequence[int]], beside: int | None, size: tuple[int, int]
) -> Box:
    """Where a box begins that is drawn without a pointer: on whole pixels, inside a photo of this size.

    Beside the box of this index and as large: to its right, its left, above or below, where most room is free. Without
    one in the widest gap of the rows; where there is none, in the middle of the photo, as large as its median box.
    """
    width, height = size
    if beside is not None:
        near = boxes[beside]
        steps = ((near.width, 0), (-near.width, 0), (0, -near.height), (0, near.height))
        places = [on_pixels(near.translated(*step), size) for step in steps]
        # Of equal ones the first: most rows go on to the right.
        return min(places, key=lambda place: round(max(place.iou(box) for box in boxes), 1))
    gaps = find_gaps(boxes, rows)
    if gaps:
        gap = max(gaps, key=lambda one: one.box.width)
        return on_pixels(box_in_gap(gap, boxes[gap.left], boxes[gap.right]), size)
    wide = statistics.median(box.width for box in boxes) if boxes else width / 10
    high = statistics.median(box.height for box in boxes) if boxes else height / 5
    return on_pixels(Box.from_xywh((width - wide) / 2, (height - high) / 2, wide, high), size)


def on_pixels(box: Box, size: tuple[int, int]) -> Box:
    """The box on whole pixels, moved into a photo of this size, and smaller where it is larger than that."""
    wide, high = min(max(round(box.width), 1), size[0]), min(max(round(box.height), 1), size[1])
    x, y = min(max(round(box.x1), 0), size[0] - wide), min(max(round(box.y1), 0), size[1] - high)
    return Box(x, y, x + wide, y + high)
