"""Corrected photos to learn from, and those that are locked away to compare on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from shelfaudit import settings
from shelfaudit.datasets.dataset import LabelledPhoto
from shelfaudit.datasets.photo_check import check_photos
from shelfaudit.datasets.problems import Problem, ProblemKind
from shelfaudit.domain.learning import Purpose, assign_purposes
from shelfaudit.domain.visit import Photo, Visit, VisitSummary
from shelfaudit.usecases.ports import CancelCheck, Progress, never, silent
from shelfaudit.usecases.training_data import labelled_photos, stores_of, usable_photos

VALIDATION_SHARE = 0.2
"""Of the training photos: on them the new detector's counting threshold is chosen."""


class LearningStore(Protocol):
    """Where corrected visits are, and what their photos have served."""

    def visits(self) -> list[VisitSummary]: ...

    def visit(self, visit_id: int) -> Visit: ...

    def learning_purposes(self) -> dict[str, Purpose]: ...

    def save_learning_purposes(self, purposes: Mapping[str, Purpose]) -> None: ...


@dataclass(frozen=True)
class CorrectedPhotos:
    """The reviewed photos of all visits.

    training, validation: what the detector is trained on, and where its threshold is chosen. locked: what it is
    compared on. purposes: what each photo serves, by the hash of its file. alike: how many photos are not trained on
    because a locked one looks like them. problems: why other reviewed photos cannot be used.
    """

    training: tuple[LabelledPhoto, ...]
    validation: tuple[LabelledPhoto, ...]
    locked: tuple[LabelledPhoto, ...]
    purposes: Mapping[str, Purpose]
    alike: int
    problems: tuple[Problem, ...]

    @property
    def trained_on(self) -> int:
        """The photos that are not locked."""
        return len(self.training) + len(self.validation)

    @property
    def lacking(self) -> list[str]:
        """What there is not enough of yet, in words; empty where the detector can learn."""
        needed = settings.current()
        lacks = []
        if self.trained_on < needed.learning_photos:
            lacks.append(f"{self.trained_on} of {needed.learning_photos} corrected photos to train on")
        if len(self.locked) < needed.locked_photos:
            lacks.append(f"{len(self.locked)} of {needed.locked_photos} locked photos, of other visits, to compare on")
        if not any(len(photo.boxes) for photo in self.locked) and not lacks:
            lacks.append("no locked photo with a facing")
        return lacks


def corrected_photos(
    repository: LearningStore,
    database: Path,
    *,
    progress: Progress = silent,
    cancelled: CancelCheck = never,
) -> CorrectedPhotos:
    """Gather the reviewed photos and divide them; nothing is saved. `progress` counts photos.

    database: what problems name as their file.

    Raises:
        Cancelled: `cancelled` became true.
        StorageError: the database cannot be read.
    """
    visits = [repository.visit(summary.id) for summary in repository.visits() if summary.photos]
    visits.sort(key=lambda visit: visit.id)
    photos, problems = usable_photos(visits)
    unusable = tuple(problem for problem in problems if problem.kind is not ProblemKind.PHOTO_UNFINISHED)
    # With the photos that are reviewed later: they show the same shelves.
    usable = {photo.sha256 for photo in photos}
    hashes = {visit.id: list(dict.fromkeys(photo.sha256 for photo in visit.photos if photo.sha256)) for visit in visits}
    units = {visit_id: own for visit_id, own in hashes.items() if not usable.isdisjoint(own)}
    purposes = assign_purposes(units, repository.learning_purposes(), settings.current().locked_share)
    if not photos:
        return CorrectedPhotos((), (), (), purposes, 0, unusable)
    labelled, of_boxes = labelled_photos(photos, stores_of(visits), database)
    is_locked = [purposes[photo.sha256] is Purpose.LOCKED for photo in photos]
    seen_again = _look_like_locked(labelled.photos, is_locked, progress, cancelled)
    trained = [index for index, locked in enumerate(is_locked) if not locked and index not in seen_again]
    validation = _validation([photos[index] for index in trained])
    return CorrectedPhotos(
        training=tuple(labelled.photos[index] for index in trained if photos[index].sha256 not in validation),
        validation=tuple(labelled.photos[index] for index in trained if photos[index].sha256 in validation),
        locked=tuple(photo for photo, locked in zip(labelled.photos, is_locked, strict=True) if locked),
        purposes=purposes,
        alike=len(seen_again),
        problems=(*unusable, *of_boxes),
    )


def _look_like_locked(
    photos: Sequence[LabelledPhoto], is_locked: Sequence[bool], progress: Progress, cancelled: CancelCheck
) -> set[int]:
    """The photos, by index, that are not locked but look like one that is: the same shelf in another visit."""
    pairs = check_photos(photos, progress=progress, cancelled=cancelled).duplicates.links()
    mixed = [pair for pair in pairs if is_locked[pair[0]] != is_locked[pair[1]]]
    return {index for pair in mixed for index in pair if not is_locked[index]}


def _validation(photos: Sequence[Photo]) -> set[str]:
    """The hashes of the photos on which the threshold is chosen: a fifth, drawn by their hash, at least one."""
    drawn = sorted((photo.sha256 for photo in photos if photo.facings), key=_draw)
    return set(drawn[: max(1, round(VALIDATION_SHARE * len(drawn)))]) if len(drawn) > 1 else set()


def _draw(sha256: str) -> bytes:
    return hashlib.sha256(f"validation {sha256}".encode()).digest()
