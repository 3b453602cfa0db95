"""The features that tell products apart: a linear projection of two early layers, fitted after training.

The detector learns what all products have in common, so its late layers tell them apart badly; the early ones keep
colour and texture. The projection is a linear discriminant (Fisher 1936; Hatch & Stolcke 2006 for the whitening of
the within-class covariance): it shrinks the directions in which facings of one product differ among themselves
(light, blur, neighbours) and keeps those in which products differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import keras
import numpy as np
from keras import layers

from shelfaudit.datasets.dataset import LabelledPhoto
from shelfaudit.detection.preprocess import letterbox
from shelfaudit.domain.geometry import FloatArray
from shelfaudit.training.architecture import Architecture
from shelfaudit.training.losses import Tensor

SOURCE_GROUPS = (2, 3)
"""Groups of the backbone whose first expansions, of stride 4 and 8, are the raw features."""

FROZEN_GROUPS = SOURCE_GROUPS[-1] + 1
"""Of a network with so many frozen groups (`Architecture.frozen_groups`) the raw features stay what they were."""

STRIDE = 16
"""Input pixels between neighbouring cells of the feature map (8 tells products apart no better and costs more)."""

DIMENSIONS = 64
SHRINKAGE = 0.03
"""Part of the mean variance added to every direction's, because classes have few members."""


@dataclass(frozen=True)
class Projection:
    """Features = raw features (…, R) @ matrix (R, D) + offset (D,)."""

    matrix: FloatArray
    offset: FloatArray


@dataclass(frozen=True)
class DescribedBoxes:
    """Labelled boxes with their mean raw features.

    raw: float32 (N, R). photos: int (N,), the photo of each box. products: its name, empty where unknown.
    """

    raw: FloatArray
    photos: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    products: np.ndarray[tuple[int, ...], np.dtype[np.str_]]

    def groups(self) -> list[np.ndarray[tuple[int, ...], np.dtype[np.int64]]]:
        """Indices of boxes that are surely the same product: equal names in one photo, at least two."""
        keys = np.array(
            [f"{photo}/{name}" if name else "" for photo, name in zip(self.photos, self.products, strict=True)]
        )
        found = [np.flatnonzero(keys == key) for key in np.unique(keys) if key]
        return [indices for indices in found if len(indices) > 1]


def raw_features(network: keras.Model, size: Architecture | None = None) -> Tensor:
    """The source layers of a network of `build_network`, at one stride, side by side: (B, S/16, S/16, R)."""
    sources = []
    for group in SOURCE_GROUPS:
        output = network.get_layer((size or Architecture()).expansion(group)).output
        factor = STRIDE * output.shape[1] // network.input_shape[1]
        sources.append(layers.AveragePooling2D(factor)(output) if factor > 1 else output)
    return layers.Concatenate(name="raw_features")(sources)


def projected(raw: Tensor, projection: Projection) -> Tensor:
    """The projection as a layer of the network: (B, H, W, R) → (B, H, W, D)."""
    matrix = projection.matrix[None, None]
    layer = layers.Conv2D(
        matrix.shape[-1],
        1,
        name="features",
        kernel_initializer=keras.initializers.Constant(matrix),
        bias_initializer=keras.initializers.Constant(projection.offset),
    )
    return layer(raw)


def describe(
    feature_map_of: Callable[[FloatArray], FloatArray], photos: Sequence[LabelledPhoto], input_size: int
) -> DescribedBoxes:
    """The mean raw features of all labelled boxes, each photo as one input of the network.

    feature_map_of: raw features (rows, columns, R) of an input (1, S, S, 3), S being `input_size`.
    """
    raw: list[FloatArray] = []
    for photo in photos:
        image, scale = letterbox(photo.read(), input_size)
        feature_map = feature_map_of(image)
        raw.append(box_means(feature_map, photo.boxes * scale, input_size / feature_map.shape[0]))
    return replace(names_of(photos), raw=np.concatenate(raw))


def names_of(photos: Sequence[LabelledPhoto]) -> DescribedBoxes:
    """Which products the labelled boxes show, without features."""
    counts = [len(photo.boxes) for photo in photos]
    return DescribedBoxes(
        np.zeros((sum(counts), 0), dtype=np.float32),
        np.repeat(np.arange(len(photos)), counts),
        np.array([name or "" for photo in photos for name in photo.products], dtype=np.str_),
    )


def has_pairs(photos: Sequence[LabelledPhoto]) -> bool:
    """Whether two boxes are known to show the same product, so that a projection can be fitted."""
    return bool(names_of(photos).groups())


def box_means(feature_map: FloatArray, boxes: FloatArray, stride: float) -> FloatArray:
    """The mean (N, R) of a map (rows, columns, R) under boxes (N, 4); a cell counts by its part under the box."""
    rows, columns = feature_map.shape[:2]
    across = _coverage(boxes[:, 0], boxes[:, 2], columns, stride)
    down = _coverage(boxes[:, 1], boxes[:, 3], rows, stride)
    sums = np.stack([np.tensordot(np.outer(y, x), feature_map, 2) for y, x in zip(down, across, strict=True)])
    means: FloatArray = (sums / (across.sum(axis=1) * down.sum(axis=1))[:, None]).astype(np.float32)
    return means


def _coverage(low: FloatArray, high: FloatArray, cells: int, stride: float) -> FloatArray:
    """How much of each cell lies between `low` and `high`: (N, cells)."""
    edges = np.arange(cells) * stride
    covered: FloatArray = np.clip(
        np.minimum(high[:, None], edges + stride) - np.maximum(low[:, None], edges), 0, None
    ).astype(np.float32)
    return covered


def fit_projection(boxes: DescribedBoxes, dimensions: int = DIMENSIONS) -> Projection:
    """The projection under which facings of one product vary equally in all directions, reduced to the
    `dimensions` directions in which all boxes vary most.

    Raises:
        ValueError: no two boxes are known to show the same product.
    """
    groups = boxes.groups()
    if not groups:
        raise ValueError("no two boxes are known to show the same product")
    raw = boxes.raw.astype(np.float64)
    # √(n / (n - 1)) makes up for the mean being estimated from the group itself.
    deviations = np.concatenate(
        [(raw[group] - raw[group].mean(axis=0)) * np.sqrt(len(group) / (len(group) - 1)) for group in groups]
    )
    within = deviations.T @ deviations / len(deviations)
    within += SHRINKAGE * np.trace(within) / len(within) * np.eye(len(within))
    variances, directions = np.linalg.eigh(within)
    whitening = directions / np.sqrt(variances)
    mean = raw.mean(axis=0)
    _, order = np.linalg.eigh(np.cov(((raw - mean) @ whitening).T))
    matrix = whitening @ order[:, ::-1][:, :dimensions]
    return Projection(matrix.astype(np.float32), (-mean @ matrix).astype(np.float32))


def nearest_is_same(features: FloatArray, boxes: DescribedBoxes) -> float | None:
    """How often the most similar other named box of the photo (by cosine) shows the same product, among the
    boxes of which the photo has another one. None where there is no such box."""
    unit = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-9)
    hits, total = 0, 0
    for photo in np.unique(boxes.photos):
        named = np.flatnonzero((boxes.photos == photo) & (boxes.products != ""))
        names = boxes.products[named]
        similarity = unit[named] @ unit[named].T
        np.fill_diagonal(similarity, -np.inf)
        same = names[:, None] == names[None]
        np.fill_diagonal(same, False)
        judged = same.any(axis=1)
        if judged.any():
            hits += int((names[similarity.argmax(axis=1)] == names)[judged].sum())
            total += int(judged.sum())
    return hits / total if total else None
