"""One vector for how a product looks: an embedding of its crop, the detector's features, colours, proportions.

The embedder was taught which packs are the same; the detector's features see a facing among its neighbours; colour and
proportions keep strangers out. What each gives is measured in docs/recognition.md. Histograms are compared by the
Hellinger affinity (after Arandjelović & Zisserman, CVPR 2012).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from shelfaudit.domain.geometry import FloatArray
from shelfaudit.recognition.embedder import bundled_embedder, bundled_embedder_info

APPEARANCE_VERSION = 1
"""To be raised when vectors of the same two networks come out otherwise than before (parts, weights, crops): vectors in
databases are then described anew, and until then not compared with new ones."""

EMBEDDING_WEIGHT, FEATURE_WEIGHT, COLOUR_WEIGHT, SHAPE_WEIGHT = 1.0, 1.0, 0.5, 0.25
"""How much each part counts in the similarity of two products."""

BANDS = 3
"""Label, middle and foot of a pack have histograms of their own."""

HUES, SATURATIONS, VALUES = 12, 3, 6

_CROP_WIDTH, _CROP_HEIGHT = 24, 36
_EDGE = 0.05
"""Part of a box left out on every side: neighbours and shadows."""

COLOUR_LENGTH = BANDS * HUES * SATURATIONS * VALUES
SHAPE_LENGTH = 2


def describe_appearance(pixels: NDArray[np.uint8], boxes: FloatArray, features: FloatArray) -> FloatArray:
    """How the products in these boxes look: unit vectors (N, K); the dot product of two is their similarity.

    Args:
        pixels: uint8 (H, W, 3), RGB, upright.
        boxes: (N, 4), x1 y1 x2 y2 in coordinates of the pixels.
        features: (N, D), the detector's description of the boxes, unit vectors; D is 0 where it gives none.

    Raises:
        ModelError: the embedder's file is missing or damaged.
        ValueError: boxes and features do not have these shapes.
    """
    if boxes.ndim != 2 or boxes.shape[1] != 4 or features.ndim != 2 or len(features) != len(boxes):
        raise ValueError(f"boxes (N, 4) and features (N, D) must belong together: {boxes.shape}, {features.shape}")
    parts = (
        np.float32(EMBEDDING_WEIGHT) ** 0.5 * bundled_embedder().embed(pixels, boxes),
        np.float32(COLOUR_WEIGHT) ** 0.5 * describe_colours(pixels, boxes),
        np.float32(FEATURE_WEIGHT) ** 0.5 * features,
        np.float32(SHAPE_WEIGHT) ** 0.5 * describe_shapes(boxes),
    )
    # All parts are unit vectors, so that the dot product is the weighted mean of the parts' similarities.
    looks = np.concatenate(parts, axis=1)
    lengths = np.linalg.norm(looks, axis=1, keepdims=True)
    return np.asarray(looks / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def appearance_maker(features: str) -> str:
    """What makes an appearance, in short: this formula's version, the embedder, and whose features it is given.

    features: hash of the model whose features they are. Only vectors of one maker can be compared.

    Raises:
        ModelError: the embedder's file is missing or damaged.
    """
    return f"{APPEARANCE_VERSION}.{bundled_embedder_info().sha256[:12]}.{features[:12]}"


def describe_colours(pixels: NDArray[np.uint8], boxes: FloatArray) -> FloatArray:
    """Square roots of the HSV histograms of the boxes' horizontal bands, unit vectors (N, COLOUR_LENGTH)."""
    histograms = np.zeros((len(boxes), BANDS, HUES * SATURATIONS * VALUES), dtype=np.float32)
    band_height = _CROP_HEIGHT // BANDS
    for index, box in enumerate(boxes):
        crop = cv2.resize(_inner_crop(pixels, box), (_CROP_WIDTH, _CROP_HEIGHT), interpolation=cv2.INTER_AREA)
        hsv = cv2.cvtColor(crop, cv2.COLOR_RGB2HSV)
        for band in range(BANDS):
            rows = hsv[band * band_height : (band + 1) * band_height]
            histogram = cv2.calcHist([rows], [0, 1, 2], None, [HUES, SATURATIONS, VALUES], [0, 180, 0, 256, 0, 256])
            histograms[index, band] = histogram.ravel()
    share = histograms / np.float32(band_height * _CROP_WIDTH * BANDS)
    roots: FloatArray = np.sqrt(share)
    return roots.reshape(len(boxes), COLOUR_LENGTH)


def describe_shapes(boxes: FloatArray) -> FloatArray:
    """Height to width as a point on the unit circle (N, 2): a third of a turn lies between 1 : 3 and 3 : 1."""
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 1e-3)
    angle = np.clip(np.log(sides[:, 1] / sides[:, 0]), -2, 2)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


def _inner_crop(pixels: NDArray[np.uint8], box: FloatArray) -> NDArray[np.uint8]:
    """The inner part of a box, at least one pixel of the photo."""
    height, width = pixels.shape[:2]
    x1, y1, x2, y2 = (float(side) for side in box)
    dx, dy = (x2 - x1) * _EDGE, (y2 - y1) * _EDGE
    left, top = min(max(int(x1 + dx), 0), width - 1), min(max(int(y1 + dy), 0), height - 1)
    right, bottom = min(max(int(x2 - dx), left + 1), width), min(max(int(y2 - dy), top + 1), height)
    return pixels[top:bottom, left:right]
