"""The one place that decides what becomes of a labelled box that cannot be right.

| box | what becomes of it |
|---|---|
| reaches out of its photo | clipped |
| lies outside its photo | left out |
| a side of no length | left out |
| x2 < x1 or y2 < y1 | left out: more often a file of another convention than two swapped corners |
| a corner that is no finite number | left out |

Each is told; only what rounding pushes over an edge is clipped without a word.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shelfaudit.datasets.problems import ProblemKind
from shelfaudit.domain.geometry import FloatArray

ROUNDING = 0.01
"""How far in pixels a box may reach out of its photo by rounding: fractions are often kept in six digits or less."""

Corners = NDArray[np.float64]
IndexArray = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class BoxFault:
    """What is wrong with the box at `index` of those given; `message` as in `Problem`."""

    index: int
    kind: ProblemKind
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class CheckedBoxes:
    """Boxes that can be trained with.

    boxes: float32 (M, 4), x1 y1 x2 y2, inside the photo and not empty. kept: (M,), which of the given boxes they are.
    """

    boxes: FloatArray
    kept: IndexArray
    faults: list[BoxFault]


def check_boxes(corners: Corners, width: int, height: int) -> CheckedBoxes:
    """See the boxes of one photo through the rules above.

    corners: float64 (N, 4), x1 y1 x2 y2 in upright photo pixels. width, height: of the photo in pixels.
    """
    limits = np.array([width, height, width, height], dtype=np.float64)
    with np.errstate(invalid="ignore"):
        clipped = np.clip(corners, 0, limits).astype(np.float32)
        sides = corners[:, 2:] - corners[:, :2]
        # In this order: the first that is true says what is wrong.
        rules: list[tuple[ProblemKind, NDArray[np.bool_], str]] = [
            (
                ProblemKind.ENTRY_INVALID,
                _any(~np.isfinite(corners)),
                "has a corner that is no number; left out",
            ),
            (ProblemKind.BOX_INVERTED, _any(sides < 0), "ends before it begins; left out"),
            (ProblemKind.BOX_EMPTY, _any(sides == 0), "has a side of no length; left out"),
            (
                ProblemKind.BOX_OUTSIDE,
                _any((corners[:, 2:] <= 0) | (corners[:, :2] >= limits[:2])),
                "lies outside the photo; left out",
            ),
            (
                ProblemKind.BOX_EMPTY,
                _any(clipped[:, 2:] <= clipped[:, :2]),
                "is narrower than a pixel's smallest part; left out",
            ),
        ]
        overhang = np.maximum(-corners, corners - limits).max(axis=1, initial=0)
    faults: list[BoxFault] = []
    usable = np.ones(len(corners), dtype=np.bool_)
    for kind, broken, fate in rules:
        faults += [_fault(index, kind, corners, width, height, fate) for index in np.flatnonzero(usable & broken)]
        usable &= ~broken
    faults += [
        _fault(index, ProblemKind.BOX_OVERHANG, corners, width, height, "reaches out of the photo; clipped")
        for index in np.flatnonzero(usable & (overhang > ROUNDING))
    ]
    faults.sort(key=lambda fault: fault.index)
    kept = np.flatnonzero(usable)
    return CheckedBoxes(clipped[kept], kept, faults)


def no_corners() -> Corners:
    """The corners of no box, (0, 4)."""
    return np.empty((0, 4), dtype=np.float64)


def as_corners(boxes: object) -> Corners:
    """Boxes of four numbers each, perhaps none, as float64 (N, 4)."""
    return np.asarray(boxes, dtype=np.float64).reshape(-1, 4)


def from_xywh(boxes: Corners) -> Corners:
    """Corners of boxes given as left, top, width, height."""
    return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)


def hull(points: Corners) -> tuple[float, float, float, float]:
    """The box round some points (N, 2)."""
    left, top = points.min(axis=0)
    right, bottom = points.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def whole_pixels(boxes: FloatArray, width: int, height: int) -> NDArray[np.int64]:
    """Boxes (N, 4) rounded to whole pixels for formats without fractions, none of them empty, all inside the photo."""
    rounded = np.rint(boxes).astype(np.int64)
    limits = np.array([width, height], dtype=np.int64)
    top_left = np.minimum(rounded[:, :2], limits - 1)
    bottom_right = np.maximum(rounded[:, 2:], top_left + 1)
    return np.concatenate([top_left, bottom_right], axis=1)


def _any(conditions: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which rows (N, K) have a true value, (N,)."""
    result: NDArray[np.bool_] = np.logical_or.reduce(conditions, axis=1)
    return result


def _fault(index: np.intp, kind: ProblemKind, corners: Corners, width: int, height: int, fate: str) -> BoxFault:
    x1, y1, x2, y2 = (f"{value:.6g}" for value in corners[index])
    return BoxFault(int(index), kind, f"The box ({x1}, {y1}, {x2}, {y2}) in {width} × {height} pixels {fate}.")
