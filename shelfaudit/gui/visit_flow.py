"""Visits come and go: make one, open it, change its details, delete it, and keep it up to date while it is open."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.domain.visit import Photo, PhotoState, Visit, VisitSummary
from shelfaudit.errors import UserError
from shelfaudit.gui.detection_runner import DetectionRunner
from shelfaudit.gui.jobs import OnFailure
from shelfaudit.gui.notice_bar import NoticeBar
from shelfaudit.gui.session import VisitSession
from shelfaudit.gui.visit_dialog import KnownNames, VisitDetails, VisitDialog
from shelfaudit.gui.visit_table import format_date
from shelfaudit.gui.workers import Workers
from shelfaudit.storage.repository import VisitRepository
from shelfaudit.usecases.name_facings import name_facings

# A list that is looked at while photos are detected: often enough to see it move.
LISTING_PAUSE_MS = 1000


class VisitFlow(QObject):
    """Owns the open session; everything about whole visits goes through here."""

    session_changed = Signal(object)
    """The open `VisitSession`, or None."""
    visits_changed = Signal(list)
    """`VisitSummary` of every visit, newest first."""

    def __init__(self, workers: Workers, runner: DetectionRunner, notices: NoticeBar, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._workers = workers
        self._runner = runner
        self._notices = notices
        self.session: VisitSession | None = None
        self._listing = QTimer(self, singleShot=True, interval=LISTING_PAUSE_MS)
        self._listing.timeout.connect(self.list_visits)
        runner.photo_done.connect(self._photo_done)

    def list_visits(self) -> None:
        """Read the list of visits again."""
        self._workers.ask(lambda repository: repository.visits(), self.visits_changed.emit)

    def list_visits_soon(self) -> None:
        """As `list_visits`, once for all that happens within a moment."""
        if not self._listing.isActive():
            self._listing.start()

    def ask_new(self, on_open: Callable[[], object] | None = None) -> None:
        """Ask for a new visit's details and open it; then do `on_open`."""

        def create(details: VisitDetails) -> None:
            self.create(details, on_open)

        self._workers.ask(
            _known_names, lambda known: self._show_dialog(VisitDialog(known, parent=self._window), create)
        )

    def create(self, details: VisitDetails, on_open: Callable[[], object] | None = None) -> None:
        """Make a visit and open it."""
        self._workers.ask(
            lambda repository: _with_catalogue(
                repository,
                repository.create_visit(details.store, details.category, details.date, details.auditor),
            ),
            lambda opened: self._take(opened, on_open),
        )

    def ensure(self, on_open: Callable[[], object]) -> None:
        """Do something that needs a visit: at once where one is open, otherwise after a new one was made."""
        if self.session is not None:
            on_open()
        else:
            self.ask_new(on_open)

    def open(self, visit_id: int, on_failure: OnFailure | None = None) -> None:
        """Open a visit; photos that were not detected yet go on."""
        if self.session is not None and self.session.visit_id == visit_id:
            self.session_changed.emit(self.session)
            return
        self._workers.ask(
            lambda repository: _with_catalogue(repository, repository.visit(visit_id)),
            lambda opened: self._take(opened, None),
            on_failure,
        )

    def close(self) -> None:
        """No visit is open any more; detection goes on in the background."""
        if self.session is not None:
            self.session.close()
            self.session = None
            self.session_changed.emit(None)

    def ask_details(self) -> None:
        """Change store, category, date or auditor of the open visit."""
        session = self.session
        if session is None:
            return
        visit = session.visit
        details = VisitDetails(visit.store.name, visit.category, visit.date, visit.auditor)

        def save(entered: VisitDetails) -> None:
            self._workers.ask(
                lambda repository: repository.update_visit(
                    visit.id,
                    store=entered.store,
                    category=entered.category,
                    date=entered.date,
                    auditor=entered.auditor,
                ),
                session.replace_details,
            )

        self._workers.ask(
            _known_names, lambda known: self._show_dialog(VisitDialog(known, details, self._window), save)
        )

    def ask_delete(self, visit: VisitSummary) -> None:
        """Delete a visit after a question: this cannot be undone."""
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("Delete visit")
        box.setText(f"Delete the visit {visit.store}, {format_date(visit.date)}?")
        box.setInformativeText(
            f"Its {visit.facings} facings and your corrections are deleted for good. The photo files stay."
        )
        delete = box.addButton("Delete", QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.finished.connect(box.deleteLater)
        box.buttonClicked.connect(lambda button: self._delete(visit.id) if button is delete else None)
        box.open()

    def detect_waiting(self) -> None:
        """Detect every photo of the open visit that was not detected yet."""
        if self.session is not None:
            self._runner.enqueue(p for p in self.session.photos.values() if p.state is PhotoState.WAITING)

    def _delete(self, visit_id: int) -> None:
        if self.session is not None and self.session.visit_id == visit_id:
            self.close()
        self._runner.forget_visit(visit_id)
        self._workers.ask(lambda repository: repository.delete_visit(visit_id), lambda _: self.list_visits())

    def _take(self, opened: tuple[Visit, Catalogue], on_open: Callable[[], object] | None) -> None:
        if self.session is not None:
            self.session.close()
        session = VisitSession(*opened, self._workers)
        session.setParent(self)
        session.failed.connect(self._notices.show_error)
        session.undo_lost.connect(self._tell_lost)
        session.boxes_changed.connect(
            lambda photo, facings: self._runner.describe(photo, facings, session.looks_described)
        )
        self.session = session
        self.session_changed.emit(session)
        self.detect_waiting()
        # How sure the names are is not stored.
        session.name_look_alikes_soon()
        if on_open is not None:
            on_open()

    def _tell_lost(self, photo: Photo) -> None:
        self._notices.show_done(
            f"{photo.path.name} has new boxes: your changes in it stay, but some can no longer be undone."
        )

    def _photo_done(self, photo: Photo) -> None:
        """A photo was detected: show it, and name what looks like a known product."""
        session = self.session
        if session is not None and session.visit_id == photo.visit_id:
            session.replace_photo(photo)
            session.name_look_alikes_soon()
        else:
            self._workers.ask(lambda repository: name_facings(repository, photo.visit_id), on_failure=_unless_deleted)

    def _show_dialog(self, dialog: VisitDialog, on_confirmed: Callable[[VisitDetails], object]) -> None:
        dialog.confirmed.connect(on_confirmed)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def _known_names(repository: VisitRepository) -> KnownNames:
    return KnownNames(repository.store_names(), repository.categories(), repository.auditors())


def _with_catalogue(repository: VisitRepository, visit: Visit) -> tuple[Visit, Catalogue]:
    return visit, repository.catalogue()


def _unless_deleted(error: Exception) -> None:
    # The visit may have been deleted while its last photo was being detected.
    if not isinstance(error, UserError):
        raise error
