"""Many small pictures on one sheet, so that one look at the sheet sees them all."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from shelfaudit.domain.geometry import FloatArray

PAPER_GRAY = 114


def fit_into(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The picture (H, W, 3) reduced so that its long side is at most `side` pixels; never enlarged."""
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def contact_sheet(
    pictures: Sequence[NDArray[np.uint8]],
    side: int,
    gap: int = 8,
    paper: tuple[int, int, int] = (PAPER_GRAY, PAPER_GRAY, PAPER_GRAY),
) -> tuple[NDArray[np.uint8], FloatArray]:
    """Pictures in a square grid of cells of `side` pixels, `gap` pixels apart, each reduced to fit.

    Args:
        pictures: uint8 (H, W, 3) each; at least one.
        paper: the colour between them.

    Returns:
        The sheet (S, S, 3) and where each picture is on it: boxes (N, 4), x1 y1 x2 y2 in its pixels.

    Raises:
        ValueError: there is no picture.
    """
    if not pictures:
        raise ValueError("a contact sheet needs a picture")
    columns = math.ceil(math.sqrt(len(pictures)))
    pitch = side + gap
    length = columns * pitch + gap
    sheet = np.full((length, length, 3), paper, dtype=np.uint8)
    boxes = np.zeros((len(pictures), 4), dtype=np.float32)
    for index, picture in enumerate(pictures):
        small = fit_into(picture, side)
        height, width = small.shape[:2]
        x, y = gap + index % columns * pitch, gap + index // columns * pitch
        sheet[y : y + height, x : x + width] = small
        boxes[index] = (x, y, x + width, y + height)
    return sheet, boxes
