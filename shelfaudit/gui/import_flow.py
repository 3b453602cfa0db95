"""Photos and catalogues come in: chosen, dropped, from samples."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.domain.visit import Photo
from shelfaudit.errors import Cancelled, OutputError
from shelfaudit.gui.detection_runner import DetectionRunner
from shelfaudit.gui.file_chooser import FileChooser
from shelfaudit.gui.jobs import LongTask
from shelfaudit.gui.notice_bar import NoticeBar
from shelfaudit.gui.visit_dialog import VisitDetails
from shelfaudit.gui.visit_flow import VisitFlow
from shelfaudit.gui.workers import Workers
from shelfaudit.storage.repository import VisitRepository
from shelfaudit.usecases.import_photos import find_some_photos, note_photos

SAMPLE_STORE = "Sample market"
SAMPLE_SEED = 20
SAMPLE_PHOTOS = 4


class ImportFlow(QObject):
    """Imports into the open visit, or into a new one that is asked for first."""

    def __init__(
        self,
        workers: Workers,
        runner: DetectionRunner,
        visits: VisitFlow,
        chooser: FileChooser,
        notices: NoticeBar,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._workers = workers
        self._runner = runner
        self._visits = visits
        self._chooser = chooser
        self._notices = notices

    def choose_files(self) -> None:
        """Ask for photo files."""
        self._chooser.ask_photos(self.take)

    def choose_folder(self) -> None:
        """Ask for a folder of photos."""
        self._chooser.ask_folder(self.take)

    def take(self, paths: list[Path]) -> None:
        """Import these files and folders; a new visit is asked for where none is open."""
        self._visits.ensure(lambda: self._import(paths))

    def load_catalogue(self, path: Path) -> None:
        """Merge a catalogue into ours; facings that look like its pictures are named."""
        task = LongTask("Loading catalogue: picture", self)
        self._workers.long_task_started.emit(task)

        def done(loaded: Catalogue) -> None:
            brands, products = len(loaded.brands), len(loaded.products)
            self._notices.show_done(f"Catalogue loaded: {products} products of {brands} brands.")
            self._workers.ask(lambda repository: repository.catalogue(), self._take_catalogue)

        self._runner.load_catalogue(path, task, done, self._notices.show_error)

    def make_samples(self) -> None:
        """Make sample photos and a catalogue for them, and open a visit with them.

        The photos are detected first: seeing boxes matters more than the names that the catalogue's pictures bring.
        """
        folder = self._workers.database_file.with_name("sample-photos")
        today = dt.datetime.now().astimezone().date()
        details = VisitDetails(SAMPLE_STORE, "Drinks and more", today, "")

        def learn_catalogue() -> None:
            self._runner.idle.disconnect(learn_catalogue)
            self.load_catalogue(folder / "catalogue")

        def done(photos: list[Path]) -> None:
            self._runner.idle.connect(learn_catalogue)
            self._visits.create(details, lambda: self._import(photos))

        self._workers.run_long(
            "Making samples: step",
            lambda repository, task: _make_samples(repository, folder, task),
            done,
            self._notices.show_error,
        )

    def _take_catalogue(self, catalogue: Catalogue) -> None:
        session = self._visits.session
        if session is not None:
            session.replace_catalogue(catalogue)
            session.name_look_alikes_soon()

    def _import(self, paths: list[Path]) -> None:
        session = self._visits.session
        if session is None:
            return
        visit_id = session.visit_id

        def done(photos: list[Photo]) -> None:
            if not photos:
                self._notices.show_done("These photos are in the visit already.")
                return
            if self._visits.session is session:
                session.add_photos(photos)
            self._runner.enqueue(photos)

        self._workers.run_long(
            "Looking for photos",
            lambda repository, task: _import_found(repository, visit_id, paths, task),
            done,
            self._notices.show_error,
        )


def _import_found(repository: VisitRepository, visit_id: int, paths: list[Path], task: LongTask) -> list[Photo]:
    found = find_some_photos(paths)
    if task.cancelled():
        raise Cancelled
    return note_photos(repository, visit_id, found)


def _make_samples(repository: VisitRepository, folder: Path, task: LongTask) -> list[Path]:
    # Imported here: drawing shelves is needed once at most.
    from shelfaudit.samples import sample_catalogue, write_reference_crops, write_sample_visit

    catalogue = sample_catalogue()
    task.report(0, 2)
    try:
        photos = write_sample_visit(folder / "photos", SAMPLE_SEED, SAMPLE_PHOTOS, catalogue=catalogue)
        if task.cancelled():
            raise Cancelled
        task.report(1, 2)
        write_reference_crops(folder / "catalogue", catalogue)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError(
            f"The sample photos cannot be written ({reason}).", advice="Make room on the disk.", file=folder
        ) from error
    repository.save_catalogue(catalogue)
    return photos
