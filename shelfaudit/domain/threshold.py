"""The score threshold of a photo: what lowering it brings and raising it takes away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from shelfaudit.domain.edits import Edit, EditKind
from shelfaudit.domain.geometry import Box, boxes_to_array, pairwise_iou
from shelfaudit.domain.visit import Facing, Photo

LEAST_SCORE = 0.2
"""Boxes that score less are not kept: from here on the detector places a box by the vote of its predictions."""

SAME_FACING_IOU = 0.5
"""A detected box that shares more than this with one the auditor set or removed is the same facing."""


@dataclass(frozen=True, slots=True)
class RawDetection:
    """What the detector found in a photo; no edit changes it.

    threshold: the score from which its boxes counted then. found: every box from `LEAST_SCORE` on (or from `threshold`,
    where that is lower), the best first, as the facing it is or would be; none overlaps another by the model's NMS.
    """

    threshold: float
    found: tuple[Facing, ...]

    @property
    def counted(self) -> tuple[Facing, ...]:
        """The boxes that counted when the photo was detected."""
        return tuple(facing for facing in self.found if _score(facing) >= self.threshold)


@dataclass(frozen=True, slots=True, eq=False)
class ThresholdScale:
    """The facings of a photo that its threshold decides on, in the order in which they go and come.

    present: those in the photo that the auditor has not touched, the lowest score first. absent: those that are not,
    the highest first; without what overlaps a facing that the auditor touched or a box that the auditor removed.
    """

    photo: Photo
    present: tuple[Facing, ...]
    absent: tuple[Facing, ...]
    _present_scores: NDArray[np.float64] = field(repr=False)
    _absent_scores: NDArray[np.float64] = field(repr=False)

    @property
    def left_out(self) -> list[tuple[Box, float]]:
        """The boxes that do not count in the photo for their score alone, with it: highest first."""
        limit = self.photo.threshold
        scored = ((facing.box, _score(facing)) for facing in self.absent)
        return [(box, score) for box, score in scored if limit is not None and score < limit]

    def added(self, threshold: float) -> tuple[Facing, ...]:
        """The facings that come with this threshold."""
        return self.absent[: self.counts(threshold)[0]]

    def removed(self, threshold: float) -> tuple[Facing, ...]:
        """The facings that go with this threshold."""
        return self.present[: self.counts(threshold)[1]]

    def counts(self, threshold: float) -> tuple[int, int]:
        """How many facings come, and how many go."""
        if threshold == self.photo.threshold:
            return 0, 0
        return (
            int(np.searchsorted(self._absent_scores, -threshold, side="right")),
            int(np.searchsorted(self._present_scores, threshold, side="left")),
        )

    def edit(self, threshold: float) -> Edit | None:
        """Set the photo's threshold; None where it has this one, or none at all."""
        before = self.photo.threshold
        if before is None or before == threshold:
            return None
        return Edit(EditKind.THRESHOLD, self.removed(threshold), self.added(threshold), (before, threshold))


def threshold_scale(photo: Photo, raw: RawDetection) -> ThresholdScale:
    """What every threshold would do to a photo, given what was detected in it."""
    untouched = [facing for facing in photo.facings if not facing.touched and facing.score is not None]
    present = sorted(untouched, key=_score)
    ids = {facing.id for facing in photo.facings} | photo.rejected.keys()
    settled = [facing.box for facing in photo.facings if facing.touched]
    candidates = [facing for facing in raw.found if facing.id not in ids]
    absent = unsettled(candidates, [*settled, *photo.rejected.values()])
    return ThresholdScale(
        photo,
        tuple(present),
        tuple(absent),
        np.array([_score(facing) for facing in present]),
        np.array([-_score(facing) for facing in absent]),
    )


def unsettled(found: Sequence[Facing], settled: Iterable[Box]) -> list[Facing]:
    """Those of the facings found whose box is none of these, which the auditor set or removed."""
    boxes = list(settled)
    if not boxes or not found:
        return list(found)
    ious = pairwise_iou(boxes_to_array([facing.box for facing in found]), boxes_to_array(boxes))
    return [facing for facing, iou in zip(found, ious.max(axis=1), strict=True) if iou <= SAME_FACING_IOU]


def _score(facing: Facing) -> float:
    return facing.score if facing.score is not None else 1.0
