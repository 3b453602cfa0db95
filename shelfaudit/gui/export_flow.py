"""A visit goes out: as report, workbook or data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from shelfaudit.detection.model_file import ModelInfo
from shelfaudit.domain.visit import Visit
from shelfaudit.errors import ModelError
from shelfaudit.gui.file_chooser import FileChooser
from shelfaudit.gui.jobs import LongTask
from shelfaudit.gui.notice_bar import NoticeBar
from shelfaudit.gui.visit_flow import VisitFlow
from shelfaudit.gui.workers import Workers
from shelfaudit.storage.repository import VisitRepository
from shelfaudit.usecases.export import export_visit
from shelfaudit.usecases.formats import ExportFormat
from shelfaudit.usecases.report import known_models, write_report

Write = Callable[[VisitRepository, int, Path, LongTask], object]

_KINDS = {
    ExportFormat.XLSX: ("Save workbook", "Excel workbook", "xlsx", "Workbook"),
    ExportFormat.CSV: ("Save facings as CSV", "CSV table", "csv", "Table"),
    ExportFormat.COCO: ("Save boxes as COCO", "COCO data", "json", "COCO file"),
}


class ExportFlow(QObject):
    """Asks where to, writes in the background, and says when it is there."""

    reported = Signal()
    """A report was written."""

    def __init__(
        self,
        workers: Workers,
        visits: VisitFlow,
        chooser: FileChooser,
        notices: NoticeBar,
        model_file: Path | None,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._workers = workers
        self._visits = visits
        self._chooser = chooser
        self._notices = notices
        self._model_file = model_file

    def save_report(self) -> None:
        """The report as PDF."""

        def write(repository: VisitRepository, visit_id: int, file: Path, task: LongTask) -> None:
            write_report(
                repository,
                visit_id,
                file,
                models=self._models(),
                progress=task.report,
                cancelled=task.cancelled,
            )

        self._ask("Save report", "PDF document", "pdf", "Report", write)

    def save_as(self, file_format: ExportFormat) -> None:
        """The facings in this format."""

        def write(repository: VisitRepository, visit_id: int, file: Path, _task: LongTask) -> None:
            export_visit(repository, visit_id, file_format, file, models=self._models())

        title, kind, suffix, noun = _KINDS[file_format]
        self._ask(title, kind, suffix, noun, write)

    def _models(self) -> list[ModelInfo]:
        """What is known of the detectors; where a named one is missing, what was counted goes out all the same."""
        try:
            return known_models(self._model_file)
        except ModelError:
            return known_models()

    def _ask(self, title: str, kind: str, suffix: str, noun: str, write: Write) -> None:
        session = self._visits.session
        if session is None:
            return
        visit_id, name = session.visit_id, proposed_name(session.visit, suffix)

        def start(file: Path) -> None:
            # Edits are saved by another thread: what was done before this must be in the file.
            self._workers.ask(lambda _: None, lambda _: self._write(visit_id, file, noun, write))

        self._chooser.ask_where_to_save(title, name, kind, suffix, start)

    def _write(self, visit_id: int, file: Path, noun: str, write: Write) -> None:
        def done(_: object) -> None:
            self._notices.show_done(
                f"{noun} saved: {file.name}",
                [("Open", lambda: show_with_system(file)), ("Show in folder", lambda: show_with_system(file.parent))],
            )
            self.reported.emit()

        def failed(error: Exception) -> None:
            self._notices.show_error(error, [("Try again", lambda: self._write(visit_id, file, noun, write))])

        self._workers.run_long(
            f"{noun}: photo" if noun == "Report" else noun,
            lambda repository, task: write(repository, visit_id, file, task),
            done,
            failed,
        )


def proposed_name(visit: Visit, suffix: str) -> str:
    """`<store> <date>.<suffix>` without what a file name may not hold."""
    store = "".join(
        "-" if character in '<>:"/\\|?*' or ord(character) < 32 else character for character in visit.store.name
    )
    return f"{store.strip(' .')} {visit.date.isoformat()}.{suffix}"


def show_with_system(path: Path) -> None:
    """Open a file or folder with the program that the system has for it."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
