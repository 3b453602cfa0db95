"""Facings that were copied, and where they come to stand in a photo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shelfaudit.domain.geometry import Box, boxes_to_array, pairwise_iou
from shelfaudit.domain.visit import Facing
from shelfaudit.gui.photo_view.box_geometry import MIN_SIDE, step_within

_TAKEN_IOU = 0.9
"""A box that shares this much with another one lies upon it."""
_ASIDE = 0.15
"""Pasted boxes that lie upon others step aside by this part of their size, as often as it takes."""
_STEPS = 40


@dataclass(frozen=True, slots=True)
class CopiedFacings:
    """Facings of a photo of this upright size."""

    facings: tuple[Facing, ...]
    width: int
    height: int

    def placed_in(self, width: int, height: int, present: Sequence[Box]) -> list[tuple[Facing, Box]]:
        """The facings with their boxes in a photo of this size, which has boxes at `present` already.

        They stand where they stood, in proportion to the longer sides of the photos, and step aside where all of them
        would lie upon others. What does not fit into the photo is cut; facings of which nothing is left are left out.
        """
        factor = max(width, height) / max(self.width, self.height)
        boxes = _brought_in([facing.box.scaled(factor) for facing in self.facings], width, height)
        aside = _ASIDE * min(min(box.width, box.height) for box in boxes)
        dx = dy = 0.0
        for _ in range(_STEPS):
            dx, dy = step_within(boxes, dx, dy, width, height)
            placed = [box.translated(dx, dy).clipped(width, height) for box in boxes]
            if not _lie_upon([box for box in placed if box is not None], present):
                break
            dx, dy = dx + max(aside, 1), dy + max(aside, 1)
        return [
            (facing, box)
            for facing, box in zip(self.facings, placed, strict=True)
            if box is not None and min(box.width, box.height) >= MIN_SIDE
        ]


def _brought_in(boxes: Sequence[Box], width: int, height: int) -> list[Box]:
    """The boxes, all moved alike, inside a photo of this size; at its top left where they do not fit."""
    left, top = min(box.x1 for box in boxes), min(box.y1 for box in boxes)
    right, bottom = max(box.x2 for box in boxes), max(box.y2 for box in boxes)
    dx = max(min(0.0, width - right), min(0.0, -left))
    dy = max(min(0.0, height - bottom), min(0.0, -top))
    return [box.translated(dx, dy) for box in boxes]


def _lie_upon(boxes: Sequence[Box], present: Sequence[Box]) -> bool:
    """Whether every one of these boxes lies upon one that is there."""
    if not boxes or not present:
        return False
    return bool((pairwise_iou(boxes_to_array(boxes), boxes_to_array(present)).max(axis=1) > _TAKEN_IOU).all())
