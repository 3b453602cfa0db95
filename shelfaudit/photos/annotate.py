"""Boxes drawn into pixels, for the camera's live view and previews."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from shelfaudit.domain.geometry import FloatArray

Colour = tuple[int, int, int]
"""Red, green, blue, 0..255."""


def draw_boxes(
    pixels: NDArray[np.uint8],
    boxes: FloatArray,
    colours: Sequence[Colour],
    letters: Sequence[str] | None = None,
) -> NDArray[np.uint8]:
    """A copy of the pixels (H, W, 3) with the boxes (N, 4) drawn into it, lines as thick as the picture needs.

    Args:
        pixels: uint8 (H, W, 3), RGB.
        boxes: (N, 4), x1 y1 x2 y2 in coordinates of the pixels.
        colours: one for each box.
        letters: a short Latin text for each box, drawn on its colour in its upper left corner; "" draws none.

    Raises:
        ValueError: there are not as many colours or letters as boxes.
    """
    texts = [""] * len(boxes) if letters is None else list(letters)
    drawn = np.ascontiguousarray(pixels).copy()
    thickness = max(1, round(max(pixels.shape[:2]) / 800))
    for box, colour, text in zip(boxes, colours, texts, strict=True):
        x1, y1, x2, y2 = (round(float(side)) for side in box)
        cv2.rectangle(drawn, (x1, y1), (x2 - 1, y2 - 1), colour, thickness)
        if text:
            _draw_letter(drawn, text, (x1, y1), colour, thickness)
    return drawn


def _draw_letter(pixels: NDArray[np.uint8], text: str, corner: tuple[int, int], colour: Colour, thickness: int) -> None:
    """The text in black or white, whichever reads better, on a plate of the colour."""
    font, size = cv2.FONT_HERSHEY_SIMPLEX, 0.4 * thickness
    (width, height), baseline = cv2.getTextSize(text, font, size, thickness)
    plate = (corner[0] + width + 2 * thickness, corner[1] + height + baseline)
    cv2.rectangle(pixels, corner, plate, colour, cv2.FILLED)
    # Relative luminance of ITU-R BT.709.
    bright = 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2] > 140
    ink = (0, 0, 0) if bright else (255, 255, 255)
    place = (corner[0] + thickness, corner[1] + height + baseline // 2)
    cv2.putText(pixels, text, place, font, size, ink, thickness, cv2.LINE_AA)
