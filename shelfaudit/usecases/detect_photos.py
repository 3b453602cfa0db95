"""Many photos of a visit, one after the other, while the next ones are read ahead."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from shelfaudit import settings
from shelfaudit.domain.visit import Photo
from shelfaudit.errors import Cancelled, PhotoError
from shelfaudit.photos.decode import DecodedPhoto
from shelfaudit.photos.detection_input import read_for_detection
from shelfaudit.usecases.detect_photo import detect_decoded, save_unreadable
from shelfaudit.usecases.ports import CancelCheck, DetectionStore, PhotoDetector, Progress, never, silent
from shelfaudit.usecases.prefetch import prefetch


def detect_photos(
    repository: DetectionStore,
    detector: PhotoDetector,
    photos: Sequence[Photo],
    *,
    progress: Progress = silent,
    cancelled: CancelCheck = never,
) -> list[Photo]:
    """Detect the facings of every photo; each is saved as soon as it is done.

    The calling thread runs the detector and saves; another one decodes ahead. Photos that cannot be read are saved
    as failed and the rest goes on. `progress` is called with 0 first and then after every photo.

    Returns:
        The photos as they are stored, in the order given.

    Raises:
        Cancelled: `cancelled` became true; the photos finished before are kept.
        StorageError: the database cannot be written; what was saved before is kept.
    """

    def read(photo: Photo) -> DecodedPhoto:
        return read_for_detection(photo.path)

    finished: list[Photo] = []
    progress(0, len(photos))
    with closing(prefetch(photos, read, ahead=settings.current().prefetched_photos)) as reading:
        for done, (photo, future) in enumerate(reading, start=1):
            if cancelled():
                raise Cancelled
            try:
                decoded = future.result()
            except PhotoError as error:
                stored = save_unreadable(repository, photo, error)
            else:
                stored = detect_decoded(repository, detector, photo, decoded, cancelled=cancelled)
            finished.append(stored)
            progress(done, len(photos))
    return finished
