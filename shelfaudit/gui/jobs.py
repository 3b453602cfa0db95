"""Work off the UI thread: named threads that own what they use, and long tasks that report and can be stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from queue import Empty, SimpleQueue
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from shelfaudit.errors import Cancelled, UserError

Result = TypeVar("Result")
OnSuccess = Callable[[Result], object]
OnFailure = Callable[[Exception], object]

REPORTS_PER_SECOND = 20


class LongTask(QObject):
    """A task that takes long enough to be shown: what it does, how far it is, and a way to stop it.

    `report` and `cancelled` are called by the working thread; the signals arrive in the UI thread. It belongs to its
    parent until it has ended, so that the working thread is never the one to destroy it.
    """

    progressed = Signal(int, int)
    """Steps done, steps in all."""
    ended = Signal()

    def __init__(self, title: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self.ended.connect(self.deleteLater)
        self._cancel = threading.Event()
        self._last_report = 0.0

    def report(self, done: int, total: int) -> None:
        """Tell the UI thread how far the work is; called often, passed on at most 20 times a second."""
        now = time.monotonic()
        if done < total and now - self._last_report < 1 / REPORTS_PER_SECOND:
            return
        self._last_report = now
        self.progressed.emit(done, total)

    def cancel(self) -> None:
        """Ask the work to stop; it does so at its next step."""
        self._cancel.set()

    def cancelled(self) -> bool:
        """Whether the person asked to stop."""
        return self._cancel.is_set()


class TaskThread(QObject):
    """A named thread that runs queued work in order and hands results back on the UI thread.

    What the work opens (a database, a detector) belongs to this thread alone. A failure nobody handles is never
    lost: a `UserError` is emitted as `user_error`, anything else is raised in the UI thread as the bug it is.
    """

    user_error = Signal(object)
    _delivery = Signal(object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._stopped = False
        self._delivery.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        # A daemon, so that a decoder that hangs in a library cannot keep a closed program alive.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def name(self) -> str:
        return self._thread.name

    def submit(
        self,
        work: Callable[[], Result],
        on_success: OnSuccess[Result] | None = None,
        on_failure: OnFailure | None = None,
    ) -> None:
        """Queue `work`; `on_success` or `on_failure` runs on the UI thread afterwards (not when it was cancelled)."""

        def run() -> None:
            try:
                result = work()
            except Cancelled:
                return
            except Exception as error:  # every failure has a way to the person; see _fail
                self._delivery.emit(partial(self._fail, error, on_failure))
            else:
                if on_success is not None:
                    self._delivery.emit(partial(on_success, result))

        self._queue.put(run)

    def submit_long(
        self,
        task: LongTask,
        work: Callable[[LongTask], Result],
        on_success: OnSuccess[Result] | None = None,
        on_failure: OnFailure | None = None,
    ) -> None:
        """Queue `work(task)`, where `task` carries progress out and the wish to stop in; ends with `task.ended`."""

        def run() -> Result:
            try:
                if task.cancelled():
                    raise Cancelled
                return work(task)
            finally:
                self._delivery.emit(task.ended.emit)

        self.submit(run, on_success, on_failure)

    def stop(self, *, finish_queue: bool = False, timeout: float = 10.0) -> bool:
        """End the thread, after the queued work or after the work that runs now; results are no longer delivered.

        Returns whether it ended within `timeout` seconds.
        """
        if not finish_queue:
            self._drop_queue()
        self._stopped = True
        self._queue.put(None)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _drop_queue(self) -> None:
        try:
            while True:
                self._queue.get_nowait()
        except Empty:
            return

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            work()
            # The closure holds the last result (a photo of many megabytes): let it go before waiting.
            del work

    def _deliver(self, call: Callable[[], object]) -> None:
        if not self._stopped:
            call()

    def _fail(self, error: Exception, on_failure: OnFailure | None) -> None:
        if on_failure is not None:
            on_failure(error)
        elif isinstance(error, UserError):
            self.user_error.emit(error)
        else:
            raise error
