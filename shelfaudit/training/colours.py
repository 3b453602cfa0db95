"""Samples in varied light and quality: nothing moves, so that labels stay true."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from shelfaudit.detection.preprocess import PixelArray


def vary_colours(pixels: PixelArray, random: np.random.Generator) -> PixelArray:
    """Exposure, contrast, white balance, saturation, blur, noise and JPEG, each sometimes."""
    image = pixels.astype(np.float32)
    if random.random() < 0.8:
        image = (image - 128) * random.uniform(0.7, 1.3) + 128 + random.uniform(-35, 35)
        image = image * random.uniform(0.9, 1.1, size=3).astype(np.float32)
    if random.random() < 0.5:
        gray = image.mean(axis=2, keepdims=True)
        image = gray + (image - gray) * random.uniform(0.2, 1.5)
    if random.random() < 0.25:
        image = _blur(image, random)
    if random.random() < 0.25:
        deviation = random.uniform(2, 10)
        image = image + random.standard_normal((*image.shape[:2], 1), dtype=np.float32) * deviation
    varied = np.clip(image, 0, 255).astype(np.uint8)
    return _recompress(varied, int(random.integers(35, 90))) if random.random() < 0.25 else varied


def _blur(image: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    if random.random() < 0.5:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), random.uniform(0.5, 1.6)), dtype=np.float32)
    length = int(random.integers(2, 6))
    kernel = np.full((1, length), 1 / length, dtype=np.float32)
    return np.asarray(cv2.filter2D(image, -1, kernel if random.random() < 0.7 else kernel.T), dtype=np.float32)


def _recompress(pixels: PixelArray, quality: int) -> PixelArray:
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)
