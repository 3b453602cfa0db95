"""SSD's random crop (Liu et al., SSD, ECCV 2016, section 2.2): the whole picture, or a window that shows enough of some
product."""

from __future__ import annotations

import math

import numpy as np

from shelfaudit.domain.geometry import Box, FloatArray, box_areas, boxes_to_array, pairwise_intersection

LEAST_COVERED = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)
"""How much of some product a window has to show; one of them is drawn each time."""

AREAS = (0.1, 1.0)
ASPECTS = (0.5, 2.0)
TRIES = 50


def choose_window(area: Box, boxes: FloatArray, random: np.random.Generator) -> Box:
    """A window of the area, to be stretched to the network's square input.

    With equal chances one of eight choices: the whole area (in a square that begins at its left top corner, as the
    detector sees a whole photo), or a window of a tenth to all of the area, at most twice as wide as high or reversed,
    that shows at least a drawn part of some product (boxes (N, 4)). Where no such window turns up it is the whole area.
    """
    choice = int(random.integers(len(LEAST_COVERED) + 1))
    if choice < len(LEAST_COVERED) and len(boxes):
        for _ in range(TRIES):
            window = _draw(area, random)
            if window is not None and _covered(window, boxes) >= LEAST_COVERED[choice]:
                return window
    side = max(area.width, area.height)
    return Box(area.x1, area.y1, area.x1 + side, area.y1 + side)


def _draw(area: Box, random: np.random.Generator) -> Box | None:
    """A window inside the area, or None where the drawn shape does not fit."""
    size = random.uniform(*AREAS) * area.area
    aspect = math.exp(random.uniform(math.log(ASPECTS[0]), math.log(ASPECTS[1])))
    width, height = math.sqrt(size * aspect), math.sqrt(size / aspect)
    if width > area.width or height > area.height:
        return None
    x = area.x1 + random.uniform(0, area.width - width)
    y = area.y1 + random.uniform(0, area.height - height)
    return Box(x, y, x + width, y + height)


def _covered(window: Box, boxes: FloatArray) -> float:
    """The largest part of a product that the window shows."""
    common = pairwise_intersection(boxes, boxes_to_array([window]))[:, 0]
    # Coordinates in float32: a product that lies on the window's edge is whole.
    return float((common / np.maximum(box_areas(boxes), 1e-6)).max()) + 1e-5
