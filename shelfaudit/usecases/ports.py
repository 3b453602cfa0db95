"""What the use cases need from others, as small protocols: a test fulfils them with a few lines written by hand.

`shelfaudit.storage.repository.VisitRepository` fulfils every `…Store`, `shelfaudit.detection.detector.Detector` the
detector. Progress is a callback (steps done, steps in all), cancelling a callable.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from shelfaudit.detection.model_file import ModelInfo
from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.domain.catalogue_edits import CatalogueEdit
from shelfaudit.domain.detections import Detections
from shelfaudit.domain.edits import Edit, EditKind
from shelfaudit.domain.geometry import Box, FloatArray
from shelfaudit.domain.visit import Facing, Photo, Visit
from shelfaudit.storage.catalogue_edits import SavedEdit
from shelfaudit.storage.references import NamedCrop, ReferencePicture

Pixels = NDArray[np.uint8]
Progress = Callable[[int, int], None]
CancelCheck = Callable[[], bool]


def silent(done: int, total: int) -> None:
    """The progress callback of a caller that shows none."""
    del done, total


def never() -> bool:
    """The cancel check of a caller that cannot be stopped."""
    return False


class PhotoDetector(Protocol):
    """Finds facings in upright RGB pixels (H, W, 3) and describes given boxes; used by one thread."""

    @property
    def info(self) -> ModelInfo: ...

    def detect(
        self, pixels: Pixels, *, min_score: float | None = None, cancelled: CancelCheck = never
    ) -> Detections: ...

    def describe(self, pixels: Pixels, boxes: FloatArray) -> FloatArray: ...


class ImportStore(Protocol):
    """Where photos of a visit are noted."""

    def add_photos(self, visit_id: int, paths: Sequence[Path]) -> list[Photo]: ...


class DetectionStore(Protocol):
    """Where the outcome of a detection is kept."""

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
    ) -> Photo: ...

    def save_failure(self, photo_id: int, error: str) -> Photo: ...


class NamingStore(Protocol):
    """Where the looks of facings, the known products and the names given to facings are kept."""

    def commonest_maker(self, visit_id: int) -> str: ...

    def appearances(self, visit_id: int, maker: str = "") -> tuple[list[str], FloatArray]: ...

    def places(self, visit_id: int) -> dict[str, tuple[int, Box]]: ...

    def named_appearances(
        self, length: int | None = None, maker: str = ""
    ) -> tuple[list[str], list[str], FloatArray]: ...

    def reference_appearances(self, length: int | None = None, maker: str = "") -> tuple[list[str], FloatArray]: ...

    def refusals(self, visit_id: int) -> set[tuple[str, str]]: ...

    def save_names(self, visit_id: int, names: Mapping[str, str | None]) -> None: ...


class AppearanceStore(Protocol):
    """Where the looks of single facings are kept."""

    def described_boxes(self, photo_id: int, maker: str = "") -> Mapping[str, Box]: ...

    def save_appearances(self, photo_id: int, appearances: Mapping[str, FloatArray], maker: str = "") -> None: ...


class ReferencePictureStore(Protocol):
    """Where the looks of products and their reference pictures (JPEG) are kept."""

    def save_references(
        self, sku: str, vectors: FloatArray, pictures: Sequence[bytes] | None = None, maker: str = ""
    ) -> None: ...


class ReferenceStore(ReferencePictureStore, Protocol):
    """Where single reference pictures are kept and looked at."""

    def add_reference(self, sku: str, vector: FloatArray, picture: bytes, maker: str = "") -> ReferencePicture: ...

    def first_pictures(self, skus: Collection[str]) -> dict[str, bytes]: ...

    def named_crops(self, skus: Collection[str]) -> dict[str, NamedCrop]: ...


class RefreshStore(AppearanceStore, Protocol):
    """Where it is known which looks are missing, or are of another maker."""

    def photo(self, photo_id: int) -> Photo: ...

    def stale_photos(self, maker: str) -> dict[int, int]: ...

    def stale_references(self, maker: str) -> list[ReferencePicture]: ...

    def save_reference_looks(self, looks: Mapping[int, FloatArray], maker: str) -> None: ...


class CatalogueStore(ReferencePictureStore, Protocol):
    """Where brands, products and the looks of their reference pictures are kept."""

    def catalogue(self) -> Catalogue: ...

    def save_catalogue(self, catalogue: Catalogue) -> None: ...


class CatalogueEditStore(ReferencePictureStore, Protocol):
    """Where the catalogue is changed with all that follows from it."""

    def catalogue(self) -> Catalogue: ...

    def edit_catalogue(self, edit: CatalogueEdit) -> SavedEdit: ...


class EditStore(Protocol):
    """Where corrections are kept."""

    def photo(self, photo_id: int) -> Photo: ...

    def save_edits(self, edits: Mapping[int, Edit], *, undo: bool = False) -> None: ...


class VisitReader(Protocol):
    """Reads what a report or an export is made of."""

    def visit(self, visit_id: int) -> Visit: ...

    def catalogue(self) -> Catalogue: ...

    def edit_counts(self, visit_id: int) -> dict[EditKind, int]: ...


class ReportStore(VisitReader, Protocol):
    """Reads a visit and notes that its report was written."""

    def mark_reported(self, visit_id: int) -> None: ...


class AuditStore(ImportStore, DetectionStore, NamingStore, CatalogueStore, VisitReader, Protocol):
    """All that a whole audit needs."""

    def create_visit(self, store: str, category: str, date: dt.date, auditor: str) -> Visit: ...
