"""Pixels to picture files."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def encode_jpeg(pixels: NDArray[np.uint8], quality: int = 90) -> bytes:
    """A JPEG file of RGB uint8 pixels (H, W, 3); quality 1–95 as libjpeg counts it, upright, without metadata.

    Raises:
        ValueError: the pixels do not have this shape.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ValueError(f"pixels must have shape (H, W, 3), got {pixels.shape}")
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
