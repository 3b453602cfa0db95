"""A photo in, its facings out: the network at the scale at which this photo's products are found best."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shelfaudit import settings
from shelfaudit.detection.features import pool_features
from shelfaudit.detection.library import resolve_model
from shelfaudit.detection.model_file import ModelInfo, read_model_info
from shelfaudit.detection.networks import open_network
from shelfaudit.detection.postprocess import (
    choose_scale,
    clip_boxes,
    inside_tile,
    non_max_suppression,
    select,
    vote_boxes,
)
from shelfaudit.detection.preprocess import PixelArray, Tile, cut_tile, plan_tiles, resize
from shelfaudit.detection.tflite import Network
from shelfaudit.domain.detections import Detections
from shelfaudit.domain.geometry import FloatArray
from shelfaudit.errors import Cancelled, ModelError

MAX_ENLARGEMENT = 2.0
"""A photo is never enlarged beyond this: there are no more details in it to find."""

MAX_TILES = 16
"""Most inputs of the second pass; a photo that would need more is taken at a smaller scale."""

WORTH_A_SECOND_PASS = 1.25
"""Products nearer to the target size than by this factor gain next to nothing from another pass."""

CLOSE_ENOUGH = 0.9
"""Products may stay this much smaller than the target size where that saves inputs."""

FIRST_PASS_TRUST = 0.9
"""What a score of the first pass is worth beside one of the second, which sees the products at the better size."""

FINEST_USEFUL = 2.0
"""Where the second pass is finer than the first by more than this factor, the first adds nothing but large boxes."""

LEAST_VOTING_SCORE = 0.2
"""Predictions from this score on vote on where the boxes are. They are looked at whatever is asked for, so that a box
does not depend on what is asked for."""

OVERLAP = 0.25
"""Overlap of neighbouring tiles as a part of the tile: a product of up to this size is whole in one of them."""


def load_detector(file: Path | None = None, *, threads: int | None = None, one_pass: bool = False) -> Detector:
    """The detector in a TFLite file, ready to run in the thread that uses it first.

    Args:
        file: a TFLite file, or the name of an installed model; None takes the one in use.
        threads: None takes those of the settings, at most one a core.
        one_pass: each whole photo is one input, whatever scale the model aims for.

    Raises:
        ModelError: the file or its metadata is missing, damaged, or cannot be run.
    """
    info = read_model_info(resolve_model(file))
    network = open_network(info, threads or min(settings.current().threads, os.cpu_count() or 1))
    return Detector(network, replace(info, target_side=None) if one_pass else info)


class Detector:
    """Finds facings in photos and describes them.

    Used by one thread only (the network belongs to it). `info` is what is known about the model.

    Raises:
        ModelError: the network's input has another size than the metadata says, or it tells other labels apart.
    """

    def __init__(self, network: Network, info: ModelInfo) -> None:
        if network.input_size != info.input_size:
            raise ModelError(
                f"The model's input is {network.input_size} pixels, its metadata says {info.input_size}.",
                advice="Install the model again, or name another one.",
                file=info.file,
            )
        if network.label_count != len(info.labels):
            raise ModelError(
                f"The model tells {network.label_count} labels apart, its metadata names {len(info.labels)}.",
                advice="Install the model again, or name another one.",
                file=info.file,
            )
        self.info = info
        self._network = network

    def detect(
        self,
        pixels: PixelArray,
        *,
        min_score: float | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Detections:
        """The facings in a photo, the best first; boxes in the coordinates of the pixels given.

        A first pass sees the whole photo as one input. Where the model names a target size and the products found
        are far from it, a second pass runs over tiles of the photo at the scale that brings them there; what both
        passes see counts. A box is placed by the vote of all predictions that agree with it.

        Args:
            pixels: uint8 (H, W, 3), RGB, upright.
            min_score: lowest score kept; None takes the model's counting threshold.
            cancelled: asked before each input.

        Raises:
            Cancelled: `cancelled` said so.
        """
        threshold = self.info.counting_threshold
        wanted = threshold if min_score is None else min_score
        floor = min(wanted, LEAST_VOTING_SCORE)
        looks = self._look_at(pixels, self._whole_scale(pixels), floor, cancelled)
        boxes, scores, labels = self._decide(looks)
        scale = self._second_scale(pixels, boxes[scores >= threshold])
        if scale is not None:
            second = self._look_at(pixels, scale, floor, cancelled)
            boxes, scores, labels = self._decide([*second, *self._still_useful(looks, scale)])
            looks = second
        boxes = clip_boxes(boxes, pixels.shape[1], pixels.shape[0])
        kept = (scores >= wanted) & (boxes[:, 2:] - boxes[:, :2] >= 1).all(axis=1)
        return Detections(boxes[kept], scores[kept], labels[kept], self._features(looks, boxes[kept]))

    def describe(self, pixels: PixelArray, boxes: FloatArray) -> FloatArray:
        """The network's description of given boxes, unit vectors (N, D): those `detect` gives with the boxes it finds.

        Args:
            pixels: uint8 (H, W, 3), RGB, upright.
            boxes: (N, 4), x1 y1 x2 y2 in coordinates of the pixels.
        """
        if not len(boxes):
            return np.zeros((0, self._network.feature_depth), dtype=np.float32)
        scale = self._second_scale(pixels, boxes) or self._whole_scale(pixels)
        return self._features(self._look_at(pixels, scale, 1.0, lambda: False, boxes), boxes)

    def _whole_scale(self, pixels: PixelArray) -> float:
        """The scale at which the whole photo is one input."""
        return self.info.input_size / float(max(pixels.shape[:2]))

    def _second_scale(self, pixels: PixelArray, boxes: FloatArray) -> float | None:
        """The scale at which these boxes have the target size; None where the whole photo as one input will do."""
        if self.info.target_side is None:
            return None
        scale = choose_scale(boxes, self.info.target_side)
        if scale is None:
            return None
        scale = min(scale, MAX_ENLARGEMENT)
        whole = self._whole_scale(pixels)
        if 1 / WORTH_A_SECOND_PASS < scale / whole < WORTH_A_SECOND_PASS:
            return None
        scale = min(np.linspace(scale, CLOSE_ENOUGH * scale, 11), key=lambda near: len(self._tiles(pixels, near)))
        while len(self._tiles(pixels, scale)) > MAX_TILES:
            scale *= 0.95
        return float(scale)

    def _tiles(self, pixels: PixelArray, scale: float) -> list[Tile]:
        size = self.info.input_size
        return plan_tiles(pixels.shape[1], pixels.shape[0], scale, size, round(OVERLAP * size))

    def _views(self, pixels: PixelArray, scale: float) -> Iterator[_View]:
        scaled = resize(pixels, scale)
        for tile in self._tiles(pixels, scale):
            yield _View(scaled, tile, scaled.shape[1] / pixels.shape[1], scaled.shape[0] / pixels.shape[0])

    def _look_at(
        self,
        pixels: PixelArray,
        scale: float,
        min_score: float,
        cancelled: Callable[[], bool],
        around: FloatArray | None = None,
    ) -> list[_Look]:
        """The network's answers at one scale; with `around`, only of the views that show one of these boxes best."""
        views = list(self._views(pixels, scale))
        if around is not None:
            views = [views[index] for index in np.unique(_deepest(views, around))]
        looks = []
        for view in views:
            if cancelled():
                raise Cancelled
            looks.append(self._look(view, min_score))
        return looks

    def _still_useful(self, first: Sequence[_Look], second_scale: float) -> list[_Look]:
        """What of the first pass counts beside a second one at another scale."""
        useful = []
        for look in first:
            if second_scale > FINEST_USEFUL * look.view.scale_x:
                # It saw the products too small to place them. One larger than the overlap may still be whole in no
                # tile of the second pass, and is large enough here.
                sides = (look.boxes[:, 2:] - look.boxes[:, :2]).max(axis=1, initial=0)
                look = look.only(sides * second_scale > OVERLAP * self.info.input_size)
            useful.append(look.trusted(FIRST_PASS_TRUST))
        return useful

    def _look(self, view: _View, min_score: float) -> _Look:
        """What the network answers in one view, without what the view's inner edges cut."""
        outputs = self._network.run(view.image())
        scores, boxes, labels = select(outputs["scores"], outputs["boxes"], min_score)
        height, width = view.scaled.shape[:2]
        whole = inside_tile(view.to_scaled(boxes), view.tile, width, height)
        return _Look(view, view.to_photo(boxes[whole]), scores[whole], labels[whole], outputs["features"])

    def _decide(self, looks: Sequence[_Look]) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
        """The predictions of several views as products: boxes (N, 4) in photo pixels, scores and labels (N,), each
        product once, the best first."""
        boxes = np.concatenate([look.boxes for look in looks])
        scores = np.concatenate([look.scores for look in looks])
        labels = np.concatenate([look.labels for look in looks])
        kept = non_max_suppression(boxes, scores, self.info.nms_iou)
        placed, sure, voters = boxes[kept], scores[kept] >= LEAST_VOTING_SCORE, scores >= LEAST_VOTING_SCORE
        placed[sure] = vote_boxes(placed[sure], boxes[voters], scores[voters])
        return placed, scores[kept], labels[kept]

    def _features(self, looks: Sequence[_Look], boxes: FloatArray) -> FloatArray:
        """The descriptions (N, D) of boxes in photo pixels, each read off the view in which it lies deepest."""
        features = np.zeros((len(boxes), self._network.feature_depth), dtype=np.float32)
        if not len(boxes):
            return features
        deepest = _deepest([look.view for look in looks], boxes)
        for index, look in enumerate(looks):
            chosen = np.flatnonzero(deepest == index)
            in_view = look.view.from_photo(boxes[chosen])
            features[chosen] = pool_features(look.feature_map, in_view, self.info.input_size)
        return features


@dataclass(frozen=True)
class _Look:
    """What the network answered in one view.

    boxes: (N, 4) in photo pixels; one product has many. scores, labels: (N,). feature_map: (rows, columns, D).
    """

    view: _View
    boxes: FloatArray
    scores: FloatArray
    labels: NDArray[np.int64]
    feature_map: FloatArray

    def only(self, chosen: NDArray[np.bool_]) -> _Look:
        """The same with some of the boxes."""
        return replace(self, boxes=self.boxes[chosen], scores=self.scores[chosen], labels=self.labels[chosen])

    def trusted(self, factor: float) -> _Look:
        """The same with scores that are worth less."""
        return replace(self, scores=self.scores * np.float32(factor))


@dataclass(frozen=True)
class _View:
    """One input of the network: a tile of the scaled photo, and how its pixels relate to the photo's.

    scale_x, scale_y: scaled pixels per photo pixel (they differ by the rounding of the size).
    """

    scaled: PixelArray
    tile: Tile
    scale_x: float
    scale_y: float

    def image(self) -> NDArray[np.float32]:
        return cut_tile(self.scaled, self.tile)

    def to_scaled(self, boxes: FloatArray) -> FloatArray:
        """Boxes (N, 4) in pixels of this view, in pixels of the scaled photo."""
        return boxes + self._corner

    def to_photo(self, boxes: FloatArray) -> FloatArray:
        """Boxes (N, 4) in pixels of this view, in pixels of the photo."""
        return (boxes + self._corner) / self._scales

    def from_photo(self, boxes: FloatArray) -> FloatArray:
        """Boxes (N, 4) in pixels of the photo, in pixels of this view."""
        return boxes * self._scales - self._corner

    def depth(self, boxes: FloatArray) -> FloatArray:
        """How far boxes (N, 4) in photo pixels lie inside this view, in its pixels; negative where they are cut."""
        local = self.from_photo(boxes)
        depth: FloatArray = np.minimum(local[:, :2], self.tile.size - local[:, 2:]).min(axis=1)
        return depth

    @property
    def _corner(self) -> FloatArray:
        return np.array([self.tile.x, self.tile.y] * 2, dtype=np.float32)

    @property
    def _scales(self) -> FloatArray:
        return np.array([self.scale_x, self.scale_y] * 2, dtype=np.float32)


def _deepest(views: Sequence[_View], boxes: FloatArray) -> NDArray[np.int64]:
    """For each box (N, 4) in photo pixels the index of the view in which it lies deepest, (N,)."""
    return np.asarray(np.stack([view.depth(boxes) for view in views]).argmax(axis=0), dtype=np.int64)
