"""Describing anew what another model, or an earlier version of the program, described: so that names come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from shelfaudit.errors import PhotoError
from shelfaudit.photos.decode import decode_photo
from shelfaudit.storage.references import ReferencePicture
from shelfaudit.usecases.describe import CELL_SIDE, PICTURES_ON_A_SHEET, describe_facings, describe_sheet, maker_of
from shelfaudit.usecases.ports import CancelCheck, PhotoDetector, Pixels, Progress, RefreshStore, never, silent


@dataclass(frozen=True, slots=True)
class StaleLooks:
    """What naming cannot compare yet. lost: reference pictures of which nothing but an old vector was kept."""

    photos: int
    facings: int
    pictures: int
    lost: int

    def __bool__(self) -> bool:
        return bool(self.facings or self.pictures)

    def in_words(self) -> str:
        """The numbers, for a person."""
        parts = []
        if self.facings:
            parts.append(f"{self.facings:,} facings in {self.photos:,} photos")
        if self.pictures:
            parts.append(f"{self.pictures:,} reference pictures")
        return " and ".join(parts) or "nothing"


@dataclass(slots=True)
class Refresh:
    """What came of it. failures: photos that cannot be read any more; their facings keep what they had.

    stopped: whether the person ended it before the last photo; what was described by then is kept.
    """

    facings: int = 0
    photos: int = 0
    pictures: int = 0
    failures: list[PhotoError] = field(default_factory=list)
    stopped: bool = False


def count_stale(repository: RefreshStore, maker: str) -> StaleLooks:
    """How much `refresh_looks` has to do. Raises StorageError."""
    photos, references = repository.stale_photos(maker), repository.stale_references(maker)
    kept = sum(reference.jpeg is not None for reference in references)
    return StaleLooks(len(photos), sum(photos.values()), kept, len(references) - kept)


def refresh_looks(
    repository: RefreshStore,
    detector: PhotoDetector,
    *,
    progress: Progress = silent,
    cancelled: CancelCheck = never,
) -> Refresh:
    """Describe every facing and every reference picture that this detector has not described in its box.

    Each photo is saved when it is done, so that the next call goes on where this one was stopped. `progress` counts
    facings and pictures.

    Raises:
        ModelError: the embedder's file is missing or damaged.
        StorageError: the database cannot be read or written.
    """
    maker = maker_of(detector)
    photos = repository.stale_photos(maker)
    references = [reference for reference in repository.stale_references(maker) if reference.jpeg is not None]
    total, done = sum(photos.values()) + len(references), 0
    refresh = Refresh()
    progress(done, total)
    # Pictures first: they are few, and a catalogue's names hold for every visit.
    for start in range(0, len(references), PICTURES_ON_A_SHEET):
        if cancelled():
            refresh.stopped = True
            return refresh
        some = references[start : start + PICTURES_ON_A_SHEET]
        looks = describe_sheet(detector, _pixels(some))
        repository.save_reference_looks({each.id: look for each, look in zip(some, looks, strict=True)}, maker)
        refresh.pictures += len(some)
        done += len(some)
        progress(done, total)
    for photo_id, facings in photos.items():
        if cancelled():
            refresh.stopped = True
            return refresh
        try:
            photo = repository.photo(photo_id)
            describe_facings(repository, detector, photo, photo.facings)
        except PhotoError as error:
            refresh.failures.append(error)
        else:
            refresh.photos += 1
            refresh.facings += facings
        done += facings
        progress(done, total)
    return refresh


def _pixels(references: Sequence[ReferencePicture]) -> list[Pixels]:
    return [decode_photo(each.jpeg or b"", CELL_SIDE).pixels for each in references]
