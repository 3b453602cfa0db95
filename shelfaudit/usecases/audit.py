"""The main job from one command: photos in, a counted visit out."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.domain.measures import ShelfShares, measure_shares
from shelfaudit.domain.visit import Photo, PhotoState, Visit
from shelfaudit.errors import Cancelled, UserError
from shelfaudit.usecases.detect_photos import detect_photos
from shelfaudit.usecases.import_photos import find_some_photos, note_photos
from shelfaudit.usecases.load_catalogue import load_catalogue
from shelfaudit.usecases.name_facings import name_facings
from shelfaudit.usecases.ports import AuditStore, CancelCheck, PhotoDetector, Progress, never, silent


@dataclass(frozen=True, slots=True)
class VisitDetails:
    """Where and when, what, and by whom; category and auditor may be empty."""

    store: str
    category: str
    date: dt.date
    auditor: str


@dataclass(frozen=True, slots=True)
class AuditOutcome:
    """A visit after its photos were worked through.

    seconds: how long reading, detecting and naming took. stopped: whether the person stopped it before the last photo.
    """

    visit: Visit
    catalogue: Catalogue
    seconds: float
    stopped: bool

    @property
    def failed(self) -> list[Photo]:
        """The photos that could not be read."""
        return [photo for photo in self.visit.photos if photo.state is PhotoState.FAILED]

    @property
    def finished(self) -> int:
        """Photos worked through, failed ones included."""
        return sum(photo.state is not PhotoState.WAITING for photo in self.visit.photos)

    @property
    def photos_per_second(self) -> float:
        return self.finished / self.seconds if self.seconds > 0 else 0.0

    @property
    def shares(self) -> ShelfShares:
        """The shelf in numbers."""
        return measure_shares([photo.facings for photo in self.visit.photos], self.catalogue)


def audit(
    repository: AuditStore,
    detector: PhotoDetector,
    details: VisitDetails,
    paths: Sequence[Path],
    *,
    catalogue_path: Path | None = None,
    progress: Progress = silent,
    cancelled: CancelCheck = never,
    clock: Callable[[], float] = time.perf_counter,
) -> AuditOutcome:
    """Create a visit of these photos, detect and name their facings.

    What can be wrong with the request is found before the visit is created. Photos that cannot be read are noted in
    the visit and the rest goes on. Where the person stops it, the photos finished by then are kept, named and
    returned; the others wait in the visit.

    Raises:
        UserError: the store has no name, a path is missing, there is no photo, or the catalogue is bad.
        Cancelled: stopped before there was a visit; nothing was saved.
        StorageError: the database cannot be written.
    """
    if not details.store.strip():
        raise UserError("The store has no name.", advice="Give it one.")
    files = find_some_photos(paths)
    if catalogue_path is not None:
        load_catalogue(repository, detector, catalogue_path, cancelled=cancelled)
    visit = repository.create_visit(details.store.strip(), details.category, details.date, details.auditor)
    photos = note_photos(repository, visit.id, files)
    started, stopped = clock(), False
    try:
        detect_photos(repository, detector, photos, progress=progress, cancelled=cancelled)
    except Cancelled:
        stopped = True
    name_facings(repository, visit.id)
    seconds = clock() - started
    return AuditOutcome(repository.visit(visit.id), repository.catalogue(), seconds, stopped)
