"""Collaborators of the use cases, written by hand: they keep what they are given and find what they are told."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from shelfaudit.detection.model_file import ModelInfo
from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.domain.detections import Detections
from shelfaudit.domain.edits import Edit, EditKind
from shelfaudit.domain.geometry import Box, FloatArray
from shelfaudit.domain.visit import Author, Facing, Photo, PhotoState, Store, Visit
from shelfaudit.errors import StorageError, UserError
from shelfaudit.photos.encode import encode_jpeg
from shelfaudit.usecases.ports import CancelCheck, Pixels, never

INFO = ModelInfo(
    name="fake",
    version="1",
    file=Path("fake.tflite"),
    sha256="0" * 64,
    input_size=64,
    labels=("product",),
    counting_threshold=0.4,
    nms_iou=0.5,
    target_side=None,
    scores=MappingProxyType({"AP50": 0.8}),
)


class FakeDetector:
    """Finds the same boxes, given in shares of the picture's sides, in every photo; scores from 0.9 to `lowest`."""

    info = INFO

    def __init__(
        self,
        shares: Sequence[tuple[float, float, float, float]] = ((0.1, 0.1, 0.4, 0.9), (0.5, 0.1, 0.8, 0.9)),
        lowest: float = 0.5,
    ) -> None:
        self._lowest = lowest
        self._shares = np.array(shares, dtype=np.float32).reshape(-1, 4)
        self.min_scores: list[float | None] = []
        self.sizes: list[tuple[int, int]] = []

    def detect(self, pixels: Pixels, *, min_score: float | None = None, cancelled: CancelCheck = never) -> Detections:
        del cancelled
        height, width = pixels.shape[:2]
        self.min_scores.append(min_score)
        self.sizes.append((width, height))
        wanted = self.info.counting_threshold if min_score is None else min_score
        scores = np.linspace(0.9, self._lowest, len(self._shares), dtype=np.float32)
        boxes = (self._shares * np.array([width, height, width, height])).astype(np.float32)[scores >= wanted]
        scores = scores[scores >= wanted]
        return Detections(
            boxes=boxes,
            scores=scores,
            labels=np.zeros(len(boxes), dtype=np.int64),
            features=self.describe(pixels, boxes),
        )

    def describe(self, pixels: Pixels, boxes: FloatArray) -> FloatArray:
        del pixels
        return np.ones((len(boxes), 4), dtype=np.float32)


class FakeRepository:
    """Visits in memory; `full_after` fails the saving of detections after that many, as a full disk does."""

    def __init__(self, full_after: int | None = None) -> None:
        self.all_photos: dict[int, Photo] = {}
        self.looks: dict[str, FloatArray] = {}
        self.looked_at: dict[str, Box] = {}
        self.makers: dict[str, str] = {}
        """Who described facings (by id) and the pictures of products (by SKU)."""
        self.below: dict[int, tuple[Facing, ...]] = {}
        self.references: dict[str, FloatArray] = {}
        self.refused: set[tuple[str, str]] = set()
        self.pictures: dict[str, list[bytes]] = {}
        self.edits: list[tuple[int, Edit]] = []
        self.reported: list[int] = []
        self._visits: dict[int, Visit] = {}
        self._catalogue = Catalogue()
        self._full_after = full_after

    def create_visit(self, store: str, category: str, date: dt.date, auditor: str) -> Visit:
        visit = Visit(len(self._visits) + 1, Store(store), category, date, auditor)
        self._visits[visit.id] = visit
        return visit

    def visit(self, visit_id: int) -> Visit:
        if visit_id not in self._visits:
            raise UserError(f"There is no visit {visit_id}.")
        photos = tuple(photo for photo in self.all_photos.values() if photo.visit_id == visit_id)
        return replace(self._visits[visit_id], photos=photos)

    def catalogue(self) -> Catalogue:
        return self._catalogue

    def save_catalogue(self, catalogue: Catalogue) -> None:
        self._catalogue = self._catalogue.merged(catalogue)

    def save_references(
        self, sku: str, vectors: FloatArray, pictures: Sequence[bytes] | None = None, maker: str = ""
    ) -> None:
        self.references[sku] = vectors
        self.makers[sku] = maker
        self.pictures[sku] = list(pictures or ())

    def add_photos(self, visit_id: int, paths: Sequence[Path]) -> list[Photo]:
        present = {photo.path for photo in self.all_photos.values() if photo.visit_id == visit_id}
        added = [
            Photo(len(self.all_photos) + number, visit_id, path)
            for number, path in enumerate((path for path in paths if path not in present), start=1)
        ]
        self.all_photos.update((photo.id, photo) for photo in added)
        return added

    def save_detection(
        self,
        photo_id: int,
        *,
        width: int,
        height: int,
        sha256: str,
        facings: Sequence[Facing],
        appearances: FloatArray | None,
        model: str,
        threshold: float,
        below: Sequence[Facing] = (),
        maker: str = "",
    ) -> Photo:
        self.below[photo_id] = tuple(below)
        done = sum(photo.state is PhotoState.DETECTED for photo in self.all_photos.values())
        if self._full_after is not None and done >= self._full_after:
            raise StorageError("The disk is full.")
        if appearances is not None:
            self.looks.update((facing.id, look) for facing, look in zip(facings, appearances, strict=True))
            self.makers.update((facing.id, maker) for facing in facings)
        return self._store(
            replace(
                self.all_photos[photo_id],
                width=width,
                height=height,
                sha256=sha256,
                facings=tuple(facings),
                model=model,
                threshold=threshold,
                state=PhotoState.DETECTED,
            )
        )

    def save_failure(self, photo_id: int, error: str) -> Photo:
        return self._store(replace(self.all_photos[photo_id], state=PhotoState.FAILED, error=error))

    def described_boxes(self, photo_id: int, maker: str = "") -> dict[str, Box]:
        known = self.looked_at if photo_id in self.all_photos else {}
        return {key: box for key, box in known.items() if key in self.looks and self.makers[key] == maker}

    def save_appearances(self, photo_id: int, appearances: Mapping[str, FloatArray], maker: str = "") -> None:
        self.looks.update(appearances)
        self.makers.update(dict.fromkeys(appearances, maker))
        boxes = {facing.id: facing.box for facing in self.all_photos[photo_id].facings}
        self.looked_at.update((facing_id, boxes[facing_id]) for facing_id in appearances if facing_id in boxes)

    def commonest_maker(self, visit_id: int) -> str:
        ids = [each.id for photo in self.visit(visit_id).photos for each in photo.facings if each.id in self.looks]
        makers = Counter(self.makers.get(facing_id, "") for facing_id in ids).most_common(1)
        return makers[0][0] if makers else ""

    def appearances(self, visit_id: int, maker: str = "") -> tuple[list[str], FloatArray]:
        facings = [each.id for photo in self.visit(visit_id).photos for each in photo.facings]
        ids = [each for each in facings if each in self.looks and self.makers.get(each, "") == maker]
        return ids, _stack([self.looks[facing_id] for facing_id in ids])

    def places(self, visit_id: int) -> dict[str, tuple[int, Box]]:
        return {each.id: (photo.id, each.box) for photo in self.visit(visit_id).photos for each in photo.facings}

    def named_appearances(self, length: int | None = None, maker: str = "") -> tuple[list[str], list[str], FloatArray]:
        rows = [
            (facing.id, facing.product, self.looks[facing.id])
            for photo in self.all_photos.values()
            for facing in photo.facings
            if facing.product is not None and facing.product_by is Author.AUDITOR
            if self.makers.get(facing.id, "") == maker
            if length in (None, len(self.looks[facing.id]))
        ]
        return [row[0] for row in rows], [row[1] for row in rows], _stack([vector for _, _, vector in rows])

    def reference_appearances(self, length: int | None = None, maker: str = "") -> tuple[list[str], FloatArray]:
        pairs = [
            (sku, vector)
            for sku, vectors in self.references.items()
            for vector in vectors
            if self.makers.get(sku, "") == maker
            if length in (None, len(vector))
        ]
        return [sku for sku, _ in pairs], _stack([vector for _, vector in pairs])

    def refusals(self, visit_id: int) -> set[tuple[str, str]]:
        ids = {facing.id for photo in self.visit(visit_id).photos for facing in photo.facings}
        return {(facing_id, sku) for facing_id, sku in self.refused if facing_id in ids}

    def save_names(self, visit_id: int, names: Mapping[str, str | None]) -> None:
        for photo in self.visit(visit_id).photos:
            facings = tuple(
                replace(facing, product=names[facing.id], product_by=Author.DETECTOR)
                if facing.id in names and facing.product_by is not Author.AUDITOR
                else facing
                for facing in photo.facings
            )
            self._store(replace(photo, facings=facings))

    def photo(self, photo_id: int) -> Photo:
        return self.all_photos[photo_id]

    def save_edits(self, edits: Mapping[int, Edit], *, undo: bool = False) -> None:  # noqa: ARG002
        for photo_id, edit in edits.items():
            photo = self.all_photos[photo_id]
            self._store(replace(photo, facings=edit.apply(photo.facings)))
            self.edits.append((photo_id, edit))

    def edit_counts(self, visit_id: int) -> dict[EditKind, int]:
        ids = {photo.id for photo in self.visit(visit_id).photos}
        return dict(Counter(edit.kind for photo_id, edit in self.edits if photo_id in ids))

    def mark_reported(self, visit_id: int) -> None:
        self.reported.append(visit_id)

    def _store(self, photo: Photo) -> Photo:
        self.all_photos[photo.id] = photo
        return photo


def _stack(vectors: Sequence[FloatArray]) -> FloatArray:
    return np.stack(vectors) if vectors else np.zeros((0, 0), dtype=np.float32)


def write_photo(file: Path, width: int = 64, height: int = 48, shade: int = 120) -> Path:
    """A small grey JPEG."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(encode_jpeg(np.full((height, width, 3), shade, dtype=np.uint8)))
    return file
