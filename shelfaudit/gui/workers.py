"""The threads of the desktop application, and what each of them owns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from shelfaudit.errors import StorageError
from shelfaudit.gui.jobs import LongTask, OnFailure, OnSuccess, TaskThread
from shelfaudit.storage.database import Database, open_database
from shelfaudit.storage.repository import VisitRepository

Result = TypeVar("Result")


class Workers(QObject):
    """Named threads, one for each thing that must not wait for another.

    `database` saves edits in order and answers small questions; `files` imports, exports and reports; `measuring`
    counts; `pictures` makes small pictures of products. (The detector, the photo, the thumbnails and the camera have
    threads of their own.)
    """

    long_task_started = Signal(object)
    """A `LongTask` that wants to be shown."""
    user_error = Signal(object)
    """A `UserError` that nobody handled in place."""

    def __init__(self, database_file: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.database_file = database_file
        self.database = TaskThread("shelfaudit-database", self)
        self.files = TaskThread("shelfaudit-files", self)
        self.measuring = TaskThread("shelfaudit-measuring", self)
        self.pictures = TaskThread("shelfaudit-pictures", self)
        for thread in self._threads:
            thread.user_error.connect(self.user_error)
        self._opened: Database | None = None
        self._tasks: set[LongTask] = set()

    @property
    def _threads(self) -> tuple[TaskThread, ...]:
        # The database comes last: what the others finish while they stop is still saved.
        return (self.measuring, self.pictures, self.files, self.database)

    def open(self, on_success: Callable[[], object], on_failure: OnFailure) -> None:
        """Open the database in its thread. It may be called again after a failure."""

        def work() -> None:
            if self._opened is None:
                self._opened = open_database(self.database_file)

        self.database.submit(work, lambda _: on_success(), on_failure)

    @property
    def is_open(self) -> bool:
        """Whether the database was opened."""
        return self._opened is not None

    def repository(self) -> VisitRepository:
        """The visits, for any thread but the UI's. StorageError while the database is not open."""
        if self._opened is None:
            raise StorageError(
                "The database is not open.", advice="Close the program and start it again.", file=self.database_file
            )
        return VisitRepository(self._opened)

    def ask(
        self,
        question: Callable[[VisitRepository], Result],
        on_success: OnSuccess[Result] | None = None,
        on_failure: OnFailure | None = None,
    ) -> None:
        """Read or write something small; calls are done in the order they are made."""
        self.database.submit(lambda: question(self.repository()), on_success, on_failure)

    def run_long(
        self,
        title: str,
        work: Callable[[VisitRepository, LongTask], Result],
        on_success: OnSuccess[Result] | None = None,
        on_failure: OnFailure | None = None,
    ) -> LongTask:
        """Work on files that may take long: shown with progress, can be cancelled."""
        task = LongTask(title, self)
        self._tasks.add(task)
        task.ended.connect(lambda: self._tasks.discard(task))
        self.long_task_started.emit(task)
        self.files.submit_long(task, lambda running: work(self.repository(), running), on_success, on_failure)
        return task

    def stop(self) -> None:
        """Stop the threads; long tasks are cancelled, edits that wait to be saved are saved first."""
        for task in self._tasks:
            task.cancel()
        for thread in self._threads:
            thread.stop(finish_queue=thread is self.database)
        if self._opened is not None:
            self._opened.close()
            self._opened = None
