"""Light, lens and sensor: what happens to a painted scene until it is a phone's photo."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from shelfaudit.samples.sheet import Pixels

_Floats = NDArray[np.float32]


def photograph(picture: _Floats, rng: np.random.Generator, difficulty: float) -> Pixels:
    """A scene (H, W, 3) of 0..255 as a photo, uint8 RGB: lit unevenly, tinted, blurred, grainy, compressed.

    The picture given is changed. Nothing moves: boxes in the scene are boxes in the photo.
    """
    picture *= _light(picture.shape, rng, difficulty)
    picture = _blurred(picture, rng, difficulty)
    _add_grain(picture, rng, difficulty)
    photo = _toned(picture, rng)
    return _compressed(photo, int(rng.integers(max(55, 84 - round(24 * difficulty)), 93)))


def _light(shape: tuple[int, ...], rng: np.random.Generator, difficulty: float) -> _Floats:
    """Exposure, colour of the lamps, lamps above, a vignette, patches of shade; computed small, then enlarged."""
    high, wide = shape[:2]
    y, x = np.mgrid[-1:1:24j, -1:1:32j]
    exposure = np.exp(rng.normal(0.2, 0.09 + 0.12 * difficulty))
    falling = 1 - rng.uniform(0.02, 0.16) * (y + 1) / 2 + rng.normal(0, 0.05 + 0.06 * difficulty) * x
    vignette = 1 - rng.uniform(0.05, 0.16) * (x**2 + y**2)
    patches = cv2.resize(rng.normal(0, 0.03 + 0.05 * difficulty, (3, 4)), (32, 24), interpolation=cv2.INTER_CUBIC)
    warmth = rng.normal(0, 0.035 + 0.04 * difficulty)
    tint = np.array((1 + warmth, 1 + rng.normal(0, 0.012), 1 - warmth))
    small = (exposure * falling * vignette * (1 + np.asarray(patches)))[..., None] * tint
    return np.asarray(cv2.resize(small.astype(np.float32), (wide, high), interpolation=cv2.INTER_LINEAR), np.float32)


def _blurred(picture: _Floats, rng: np.random.Generator, difficulty: float) -> _Floats:
    scale = max(picture.shape[:2]) / 1600
    sigma = scale * (0.4 + abs(rng.normal(0, 0.1 + 0.8 * difficulty**1.5)))
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.float32)
    if rng.uniform() < 0.3 * difficulty**2:
        length = max(3, round(scale * rng.uniform(3, 8)))
        kernel = np.zeros((length, length), np.float32)
        kernel[length // 2] = 1 / length
        spin = cv2.getRotationMatrix2D(((length - 1) / 2, (length - 1) / 2), rng.uniform(0, 180), 1)
        kernel = np.asarray(cv2.warpAffine(kernel, spin, (length, length)), np.float32)
        picture = np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.float32)
    if rng.uniform() < 0.6:
        # Phones sharpen until pale rims show.
        soft = cv2.GaussianBlur(picture, (0, 0), 1.2 * scale)
        picture = np.asarray(cv2.addWeighted(picture, 1.5, soft, -0.5, 0), np.float32)
    return picture


def _add_grain(picture: _Floats, rng: np.random.Generator, difficulty: float) -> None:
    high, wide = picture.shape[:2]
    strength = rng.uniform(1.0, 2.5 + 5 * difficulty)
    luma = rng.standard_normal((high, wide), dtype=np.float32)
    chroma = rng.standard_normal((high // 3 + 1, wide // 3 + 1, 3), dtype=np.float32)
    coarse = np.asarray(cv2.resize(chroma, (wide, high), interpolation=cv2.INTER_LINEAR), np.float32)
    picture += strength * luma[..., None]
    picture += 0.6 * strength * coarse


def _toned(picture: _Floats, rng: np.random.Generator) -> Pixels:
    """A tone curve by table: a gamma, lifted blacks, lights that roll off instead of clipping."""
    values = np.arange(256) / 255
    gamma = np.exp(rng.normal(0, 0.1))
    contrast = rng.uniform(0.0, 0.3)
    curve = values**gamma
    curve = (1 - contrast) * curve + contrast * curve * curve * (3 - 2 * curve)
    curve = rng.uniform(0.0, 0.03) + curve * (1 - rng.uniform(0.03, 0.05))
    table = np.clip(curve * 255, 0, 255).astype(np.uint8)
    levels = np.clip(picture, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(levels, table), dtype=np.uint8)


def _compressed(photo: Pixels, quality: int) -> Pixels:
    _, data = cv2.imencode(".jpg", photo[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)[..., ::-1])
