"""The thread that owns the detector, and the photos that wait for it."""

from __future__ import annotations

import threading
import time
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import TracebackType

from shelfaudit.detection.model_file import ModelInfo
from shelfaudit.errors import Cancelled
from shelfaudit.usecases.detect import FoundPhoto, detect_bytes
from shelfaudit.usecases.ports import PhotoDetector

STOP_SECONDS = 10.0
_FIRST_GUESS_S = 0.5


class QueueFull(Exception):
    """As many photos wait as may. `seconds`: about how long until there is room."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"full for about {seconds:.1f} s")


@dataclass(eq=False, slots=True)
class Job:
    """A photo that waits or is looked at; `found` becomes its detections, or PhotoError, or Cancelled."""

    photo: bytes
    name: str
    min_score: float | None
    found: Future[FoundPhoto] = field(default_factory=Future)
    dropped: threading.Event = field(default_factory=threading.Event)


class DetectionWorker:
    """Runs one detector in one thread, photo by photo, in the order they came.

    A context manager: the thread runs inside. Its methods may be called by any thread.

    waiting: most photos that wait while another one is looked at.
    """

    def __init__(self, detector: PhotoDetector, *, waiting: int, max_megapixels: float) -> None:
        self._detector = detector
        self._most_waiting = waiting
        self._max_megapixels = max_megapixels
        self._changed = threading.Condition()
        self._waiting: deque[Job] = deque()
        self._running: Job | None = None
        self._stopped = False
        self._seconds = _FIRST_GUESS_S
        # A daemon, so that a decoder that hangs in a library cannot keep a stopped server alive.
        self._thread = threading.Thread(target=self._run, name="shelfaudit-detector", daemon=True)

    @property
    def info(self) -> ModelInfo:
        """What is known about the model."""
        return self._detector.info

    @property
    def waiting(self) -> int:
        """How many photos wait or are looked at."""
        with self._changed:
            return len(self._waiting) + (self._running is not None)

    def __enter__(self) -> DetectionWorker:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._stopped = True
            jobs = [*self._waiting, *([self._running] if self._running is not None else [])]
            self._changed.notify()
        for job in jobs:
            self.drop(job)
        self._thread.join(STOP_SECONDS)

    def check_room(self) -> None:
        """Raises QueueFull where `submit` would."""
        with self._changed:
            self._check_room()

    def submit(self, photo: bytes, *, name: str, min_score: float | None = None) -> Job:
        """Put a photo behind those that wait.

        Raises:
            QueueFull: too many wait.
        """
        job = Job(photo, name, min_score)
        with self._changed:
            self._check_room()
            self._waiting.append(job)
            self._changed.notify()
        return job

    def drop(self, job: Job) -> None:
        """Nobody waits for this photo any more: its place is free at once, and a detection ends at its next step."""
        job.dropped.set()
        with self._changed:
            if job in self._waiting:
                self._waiting.remove(job)
        job.found.cancel()

    def _check_room(self) -> None:
        # With a detector that is free the next photo does not wait, even where none may.
        ahead = len(self._waiting) + (self._running is not None)
        if ahead > self._most_waiting:
            raise QueueFull(self._seconds * ahead)

    def _run(self) -> None:
        while (job := self._next()) is not None:
            started = time.perf_counter()
            if job.found.set_running_or_notify_cancel():
                self._detect(job)
                self._seconds += (time.perf_counter() - started - self._seconds) / 4
            with self._changed:
                self._running = None
            # It holds a photo of many megabytes: let it go before waiting.
            del job

    def _next(self) -> Job | None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._waiting)
            self._running = None if self._stopped else self._waiting.popleft()
            return self._running

    def _detect(self, job: Job) -> None:
        try:
            if job.dropped.is_set():
                raise Cancelled
            found = detect_bytes(
                self._detector,
                job.photo,
                name=job.name,
                max_megapixels=self._max_megapixels,
                min_score=job.min_score,
                cancelled=job.dropped.is_set,
            )
        except Exception as error:  # it belongs to whoever waits for this photo, and must not end the thread
            job.found.set_exception(error)
        else:
            job.found.set_result(found)
