"""Detection in the background: one thread owns the detector and works through a queue of photos."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from shelfaudit import paths
from shelfaudit.detection.detector import Detector, load_detector
from shelfaudit.detection.preprocess import resize
from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.domain.geometry import FloatArray
from shelfaudit.domain.visit import Facing, Photo
from shelfaudit.errors import Cancelled, ModelError, PhotoError, StorageError, UserError
from shelfaudit.gui.jobs import LongTask, TaskThread
from shelfaudit.gui.workers import Workers
from shelfaudit.photos.decode import DecodedPhoto
from shelfaudit.photos.detection_input import read_for_detection
from shelfaudit.storage.repository import VisitRepository
from shelfaudit.usecases.describe import describe_facings
from shelfaudit.usecases.detect_photo import detect_decoded, save_unreadable
from shelfaudit.usecases.load_catalogue import load_catalogue

Result = TypeVar("Result")

# Larger camera frames are detected reduced: there the newest count matters more than the last small facing.
LIVE_LONG_SIDE = 960


class DetectionRunner(QObject):
    """Detects photos one after the other; more may be added at any time, and all may be cancelled.

    The detector is loaded in its thread by the first photo. Between two photos a camera frame may have its turn.
    """

    started = Signal(object)
    """A `LongTask` over all queued photos: shows progress and cancels them."""
    photo_started = Signal(int)
    photo_done = Signal(object)
    """The `Photo` as it is stored now, detected or failed."""
    idle = Signal()
    """Nothing is queued any more: everything is done, was cancelled, or failed."""
    failed = Signal(object)
    """An exception that stopped the whole queue: no model, or a database that cannot be written."""

    def __init__(self, workers: Workers, model_file: Path | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workers = workers
        self._model_file = model_file
        self._thread = TaskThread("shelfaudit-detection", self)
        self._detector: Detector | None = None
        self._live_detector: Detector | None = None
        # The next photo is read while the detector is busy with this one.
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="shelfaudit-reader")
        self._read_ahead: tuple[int, Future[DecodedPhoto]] | None = None
        self._waiting: deque[Photo] = deque()
        self._task: LongTask | None = None
        self._current: int | None = None
        self._done = self._total = 0
        self._stop = threading.Event()

    @property
    def running(self) -> bool:
        """Whether photos are being detected."""
        return self._task is not None

    def enqueue(self, photos: Iterable[Photo]) -> None:
        """Detect these photos after those that are queued already (which are not queued twice)."""
        queued = {photo.id for photo in self._waiting} | {self._current}
        fresh = [photo for photo in photos if photo.id not in queued]
        if not fresh:
            return
        self._waiting.extend(fresh)
        self._total += len(fresh)
        if self._task is None:
            self._stop.clear()
            self._task = LongTask("Detecting", self)
            self.started.emit(self._task)
            self._report()
            self._next()
        else:
            self._report()

    def forget(self, photo_id: int) -> None:
        """A photo was removed: do not detect it any more (the one that runs now is finished)."""
        self._keep(lambda photo: photo.id != photo_id)

    def forget_visit(self, visit_id: int) -> None:
        """A visit was deleted."""
        self._keep(lambda photo: photo.visit_id != visit_id)

    def cancel(self) -> None:
        """Stop at the next step; the photos that were not finished stay waiting."""
        if self._task is not None:
            self._task.cancel()

    def describe(self, photo: Photo, facings: Sequence[Facing], on_success: Callable[[], object]) -> None:
        """Learn what facings look like that an auditor drew or moved, so that they take part in naming."""

        def work() -> None:
            describe_facings(self._workers.repository(), self._loaded(), photo, facings)

        # The edit itself is saved whatever happens here; the next detection describes the rest again.
        self._thread.submit(work, lambda _: on_success(), _only_user_errors)

    def load_catalogue(
        self,
        path: Path,
        task: LongTask,
        on_success: Callable[[Catalogue], object],
        on_failure: Callable[[Exception], object],
    ) -> None:
        """Load a catalogue with its reference pictures, which the detector has to look at."""
        self._thread.submit_long(
            task,
            lambda running: load_catalogue(
                self._workers.repository(),
                self._loaded(),
                path,
                progress=running.report,
                cancelled=lambda: running.cancelled() or self._stop.is_set(),
            ),
            on_success,
            on_failure,
        )

    def with_detector(
        self,
        title: str,
        work: Callable[[VisitRepository, Callable[[], Detector], LongTask], Result],
        on_success: Callable[[Result], object],
        on_failure: Callable[[Exception], object],
    ) -> LongTask:
        """Do something that needs the detector, between two photos; `work` gets what gives it, and the task to report
        to."""
        task = LongTask(title, self)
        self._workers.long_task_started.emit(task)
        self._thread.submit_long(
            task, lambda running: work(self._workers.repository(), self._loaded, running), on_success, on_failure
        )
        return task

    def detect_frame(
        self,
        pixels: NDArray[np.uint8],
        on_success: Callable[[FloatArray], object],
        on_failure: Callable[[Exception], object],
    ) -> None:
        """The boxes (N, 4) of one camera frame, in fractions of its width and height; queued photos wait for it."""
        self._thread.submit(lambda: self._frame_boxes(pixels), on_success, on_failure)

    def stop(self) -> None:
        """Stop in the middle of a photo (it stays waiting) and end the thread."""
        self._stop.set()
        self._waiting.clear()
        self._reader.shutdown(wait=False, cancel_futures=True)
        self._thread.stop()
        self._reader.shutdown()

    # In the UI thread

    def _keep(self, wanted: Callable[[Photo], bool]) -> None:
        kept = [photo for photo in self._waiting if wanted(photo)]
        self._total -= len(self._waiting) - len(kept)
        self._waiting = deque(kept)

    def _next(self) -> None:
        """Detect the next photo, in a step of its own so that frames and new photos can come between."""
        task = self._task
        if task is None:
            return
        if task.cancelled() or not self._waiting:
            self._end()
            return
        photo = self._waiting.popleft()
        self._current = photo.id
        self.photo_started.emit(photo.id)

        def stopped() -> bool:
            return task.cancelled() or self._stop.is_set()

        reading = self._reading(photo)
        self._thread.submit(lambda: self._detect(photo, reading, stopped), self._finish, self._fail)
        if self._waiting:
            following = self._waiting[0]
            self._read_ahead = (following.id, self._reader.submit(read_for_detection, following.path))

    def _reading(self, photo: Photo) -> Future[DecodedPhoto]:
        """The photo's pixels, perhaps read ahead."""
        ahead, self._read_ahead = self._read_ahead, None
        if ahead is not None and ahead[0] == photo.id:
            return ahead[1]
        return self._reader.submit(read_for_detection, photo.path)

    def _finish(self, photo: Photo | None) -> None:
        self._current = None
        if photo is not None:
            self._done += 1
            self.photo_done.emit(photo)
            self._report()
        self._next()

    def _fail(self, error: Exception) -> None:
        self._end()
        self.failed.emit(error)

    def _end(self) -> None:
        task, self._task, self._current = self._task, None, None
        self._waiting.clear()
        self._read_ahead = None
        self._done = self._total = 0
        if task is not None:
            task.ended.emit()
        self.idle.emit()

    def _report(self) -> None:
        if self._task is not None:
            self._task.report(self._done, self._total)

    # In the detection thread

    def _loaded(self) -> Detector:
        if self._detector is None:
            self._detector = load_detector(self._model_file)
        return self._detector

    def _loaded_live(self) -> Detector:
        """The quick detector that ships; a model that the auditor named or chose looks at frames, too."""
        if self._live_detector is None:
            of_photos = self._loaded()
            ships = of_photos.info.file == paths.default_model_file()
            self._live_detector = load_detector(paths.live_model_file()) if ships else of_photos
        return self._live_detector

    def _frame_boxes(self, pixels: NDArray[np.uint8]) -> FloatArray:
        detector = self._loaded_live()
        height, width = pixels.shape[:2]
        small = resize(pixels, min(1.0, LIVE_LONG_SIDE / max(height, width)))
        found = detector.detect(small, cancelled=self._stop.is_set)
        sides = np.array([small.shape[1], small.shape[0]] * 2, dtype=np.float32)
        fractions: FloatArray = found.boxes / sides
        return fractions

    def _detect(self, photo: Photo, reading: Future[DecodedPhoto], stopped: Callable[[], bool]) -> Photo | None:
        """The photo as it is stored afterwards; None where it was cancelled, or removed in the meantime."""
        repository = self._workers.repository()
        try:
            detector = self._loaded()
            try:
                decoded = reading.result()
            except PhotoError as error:
                return save_unreadable(repository, photo, error)
            return detect_decoded(repository, detector, photo, decoded, cancelled=stopped)
        except (Cancelled, CancelledError):
            return None
        except (ModelError, StorageError):
            raise
        except UserError:
            return None


def _only_user_errors(error: Exception) -> None:
    if not isinstance(error, UserError):
        raise error
