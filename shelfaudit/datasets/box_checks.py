"""What is odd about the boxes of a photo: drawn twice, very small, far from the others' size, outside of something."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from shelfaudit.datasets.dataset import LabelledPhoto, centers_inside
from shelfaudit.datasets.problems import Problem, ProblemKind
from shelfaudit.domain.geometry import FloatArray, box_areas, pairwise_iou

SAME_IOU = 0.95
"""Two boxes of a class that overlap as much are one that was drawn twice; two people who draw one box agree less."""

TINY_SHARE = 1 / 240
"""Of the photo's long side: such a box is 4 pixels in an input of 960, half a step of the finest grid of priors."""

TINY_PIXELS = 4.0

ODD_RATIO = 3.0
"""How many times larger or smaller than the median of its photo a box's side may be without a word."""

_FEWEST_TO_COMPARE = 8

_TOLERANCE = 1.0
"""Pixels by which labelling tools round boxes over the edge."""


def box_problems(photo: LabelledPhoto, labels: Sequence[str]) -> Iterator[Problem]:
    """Everything odd about the boxes of a photo; `labels` are the data set's."""

    def problem(kind: ProblemKind, index: int, message: str) -> Problem:
        return Problem(kind, photo.file, box_place(photo, index, labels), message)

    for kept, again in duplicate_boxes(photo):
        yield problem(ProblemKind.BOX_DUPLICATE, again, f"The same as the box at {_corner(photo.boxes[kept])}.")
    over, outside = over_edge(photo)
    size = f"{photo.width} × {photo.height} pixels"
    for index in np.flatnonzero(over & ~outside).tolist():
        yield problem(ProblemKind.BOX_OVERHANG, index, f"The photo has {size}.")
    for index in np.flatnonzero(outside).tolist():
        yield problem(ProblemKind.BOX_OUTSIDE, index, f"The photo has {size}.")
    if photo.region is not None:
        for index in np.flatnonzero(~centers_inside(photo.boxes, photo.region)).tolist():
            yield problem(ProblemKind.BOX_OUTSIDE_REGION, index, "Its centre is not in the photo's region.")
    tiny = _tiny(photo)
    for index in np.flatnonzero(tiny).tolist():
        width, height = photo.boxes[index, 2:] - photo.boxes[index, :2]
        yield problem(ProblemKind.BOX_TINY, index, f"It has {width:.0f} × {height:.0f} pixels.")
    ratios = _size_ratios(photo)
    for index in np.flatnonzero(~tiny & (np.abs(np.log(ratios)) > np.log(ODD_RATIO))).tolist():
        times = f"{ratios[index]:.1f} times" if ratios[index] > 1 else f"1/{1 / ratios[index]:.1f} of"
        yield problem(ProblemKind.BOX_ODD_SIZE, index, f"Its side is {times} the photo's median.")


def box_place(photo: LabelledPhoto, index: int, labels: Sequence[str]) -> str:
    """Which box it is, for a person: its class and where it is."""
    return f"{labels[photo.labels[index]]} at {_corner(photo.boxes[index])}"


def duplicate_boxes(photo: LabelledPhoto) -> list[tuple[int, int]]:
    """Pairs (kept, duplicate) of indices of boxes of one class with an IoU over `SAME_IOU`; the earlier one is kept."""
    same = (pairwise_iou(photo.boxes, photo.boxes) > SAME_IOU) & (photo.labels[:, None] == photo.labels[None, :])
    pairs: list[tuple[int, int]] = []
    dropped: set[int] = set()
    for first, second in zip(*(indices.tolist() for indices in np.nonzero(np.triu(same, 1))), strict=True):
        if first not in dropped and second not in dropped:
            dropped.add(second)
            pairs.append((first, second))
    return pairs


def clipped(photo: LabelledPhoto) -> FloatArray:
    """The boxes (N, 4) cut at the photo's edge; one that is outside is empty."""
    return photo.boxes.clip(0, np.array([photo.width, photo.height] * 2, dtype=np.float32))


def over_edge(photo: LabelledPhoto) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Masks (N,): which boxes reach over the photo's edge by more than a rounded pixel, and which are all outside."""
    inside = clipped(photo)
    outside = np.asarray((inside[:, 2:] <= inside[:, :2]).any(axis=1), dtype=np.bool_)
    over = np.asarray((np.abs(inside - photo.boxes) > _TOLERANCE).any(axis=1), dtype=np.bool_)
    return over | outside, outside


def _tiny(photo: LabelledPhoto) -> NDArray[np.bool_]:
    least = max(TINY_PIXELS, TINY_SHARE * max(photo.width, photo.height))
    tiny: NDArray[np.bool_] = (photo.boxes[:, 2:] - photo.boxes[:, :2]).min(axis=1, initial=np.inf) < least
    return tiny


def _size_ratios(photo: LabelledPhoto) -> FloatArray:
    """√area of each box ÷ the photo's median; 1 where there are too few to compare."""
    if len(photo.boxes) < _FEWEST_TO_COMPARE:
        return np.ones(len(photo.boxes), dtype=np.float32)
    sides = np.sqrt(box_areas(photo.boxes))
    ratios: FloatArray = sides / np.median(sides)
    return ratios


def _corner(box: FloatArray) -> str:
    return f"{box[0]:.0f}, {box[1]:.0f}"
