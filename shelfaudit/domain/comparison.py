"""What the auditor made of a detection: facings added, removed and moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shelfaudit.domain.geometry import Box, boxes_to_array, pairwise_iou
from shelfaudit.domain.visit import Facing

_SAME_FACING_IOU = 0.5
"""Boxes of different ids that share this much are one facing: it was detected again."""
_SAME_BOX_IOU = 0.98
"""From here on two such boxes are the same one."""


@dataclass(frozen=True, slots=True)
class DetectionChanges:
    """A detection against the facings as they are now.

    added: facings that were not detected. removed: detected boxes that are no facings.
    moved: detected boxes with the facings that have another box now. kept: facings as they were detected.
    """

    added: tuple[Facing, ...]
    removed: tuple[Box, ...]
    moved: tuple[tuple[Box, Facing], ...]
    kept: tuple[Facing, ...]


def compare_with_detection(detected: Sequence[tuple[str, Box]], facings: Sequence[Facing]) -> DetectionChanges:
    """Match facings with the boxes (facing id, box) of a detection: by id, else by IoU, the best pairs first."""
    by_id = dict(detected)
    pairs = [(by_id.pop(facing.id), facing) for facing in facings if facing.id in by_id]
    moved = [(box, facing) for box, facing in pairs if box != facing.box]
    kept = [facing for box, facing in pairs if box == facing.box]
    matched = {facing.id for _, facing in pairs}
    boxes, others = list(by_id.values()), [facing for facing in facings if facing.id not in matched]
    found: set[int] = set()
    for place, index, iou in _best_pairs(boxes, [facing.box for facing in others]):
        found.add(place)
        matched.add(others[index].id)
        if iou >= _SAME_BOX_IOU:
            kept.append(others[index])
        else:
            moved.append((boxes[place], others[index]))
    return DetectionChanges(
        added=tuple(facing for facing in others if facing.id not in matched),
        removed=tuple(box for place, box in enumerate(boxes) if place not in found),
        moved=tuple(moved),
        kept=tuple(kept),
    )


def _best_pairs(first: Sequence[Box], second: Sequence[Box]) -> list[tuple[int, int, float]]:
    """Index pairs with their IoU, each index at most once, from `_SAME_FACING_IOU` on and the largest first."""
    if not first or not second:
        return []
    ious = pairwise_iou(boxes_to_array(first), boxes_to_array(second))
    rows, columns = np.nonzero(ious >= _SAME_FACING_IOU)
    pairs: list[tuple[int, int, float]] = []
    for place in np.argsort(-ious[rows, columns], kind="stable").tolist():
        row, column = int(rows[place]), int(columns[place])
        if all(row != taken and column != used for taken, used, _ in pairs):
            pairs.append((row, column, float(ious[row, column])))
    return pairs
