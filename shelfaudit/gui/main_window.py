"""The main window: puts pages, flows and actions together; holds no logic of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QActionGroup, QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QMainWindow, QMenu, QStackedWidget, QVBoxLayout, QWidget

from shelfaudit.domain.visit import Photo, PhotoState
from shelfaudit.gui.actions import ACTIONS, Act, Actions, Scope
from shelfaudit.gui.camera_page import CameraPage
from shelfaudit.gui.catalogue.flow import CatalogueFlow, is_table
from shelfaudit.gui.detection_runner import DetectionRunner
from shelfaudit.gui.drop_zone import DropZone
from shelfaudit.gui.export_flow import ExportFlow, show_with_system
from shelfaudit.gui.file_chooser import FileChooser
from shelfaudit.gui.find_flow import FindFlow
from shelfaudit.gui.header import Header, visit_title
from shelfaudit.gui.help_page import HelpPage
from shelfaudit.gui.import_flow import ImportFlow
from shelfaudit.gui.keyboard import ControlKeys
from shelfaudit.gui.look_alikes.flow import LookAlikesFlow
from shelfaudit.gui.naming_flow import NamingFlow
from shelfaudit.gui.notice_bar import NoticeBar
from shelfaudit.gui.product_pictures import ProductPictures
from shelfaudit.gui.review_flow import ReviewFlow
from shelfaudit.gui.selection_flow import SelectionFlow
from shelfaudit.gui.session import VisitSession
from shelfaudit.gui.start_page import StartPage
from shelfaudit.gui.status_strip import StatusStrip
from shelfaudit.gui.theme import Theme, ThemeMode
from shelfaudit.gui.threshold_bar import ThresholdBar
from shelfaudit.gui.threshold_flow import ThresholdFlow
from shelfaudit.gui.visit_flow import VisitFlow
from shelfaudit.gui.visit_page import VisitPage
from shelfaudit.gui.window_state import STATE_KEY, WindowState
from shelfaudit.gui.workers import Workers
from shelfaudit.paths import stills_dir
from shelfaudit.usecases.formats import ExportFormat

_FIRST_OF_A_PART = frozenset(
    {Act.CATALOGUE, Act.REPORT, Act.QUIT, Act.DRAW, Act.THRESHOLD_LOWER, Act.ZOOM_IN, Act.LABELS}
)
"""In the menus a line stands above these."""


class MainWindow(QMainWindow):
    """One window for everything: start page, visit, camera."""

    restored = Signal()
    """The database is open and the window is as it was left."""

    def __init__(
        self, theme: Theme, database_file: Path, model_file: Path | None = None, camera: Path | None = None
    ) -> None:
        super().__init__()
        self.theme = theme
        self.workers = Workers(database_file, self)
        self.runner = DetectionRunner(self.workers, model_file, self)
        self.actions_ = Actions(theme, self)
        self.notices = NoticeBar(theme)
        self.chooser = FileChooser(self)
        self.visits = VisitFlow(self.workers, self.runner, self.notices, self)
        self.imports = ImportFlow(self.workers, self.runner, self.visits, self.chooser, self.notices, self)
        self.exports = ExportFlow(self.workers, self.visits, self.chooser, self.notices, model_file, self)
        self.start_page = StartPage(self.actions_, theme)
        self.visit_page = VisitPage(self.actions_, theme)
        self.camera_page = CameraPage(self.runner, self.actions_, theme, camera)
        self.review = ReviewFlow(self.workers, self.visit_page, self.actions_, self)
        self.finding = FindFlow(self.visit_page, self.actions_, self)
        self.selecting = SelectionFlow(self.visit_page, self.actions_, self)
        self.pictures = ProductPictures(self.workers, self)
        self.naming = NamingFlow(self.workers, self.visit_page, self.review, self.actions_, self.pictures, self)
        self.look_alikes = LookAlikesFlow(self.workers, self.visit_page, self.naming, self.actions_, self)
        self.catalogue = CatalogueFlow(
            self.workers,
            self.runner,
            self.visits,
            self.visit_page,
            self.naming,
            self.pictures,
            self.chooser,
            self.notices,
            theme,
            self,
        )
        self.header = Header(self.actions_, theme)
        self.strip = StatusStrip()
        self._threshold_bar = ThresholdBar(self.actions_)
        self.strip.add_control(self._threshold_bar, self._threshold_bar.words)
        self.threshold = ThresholdFlow(self.visit_page, self._threshold_bar, self.actions_, self.workers, self)
        self.pages = QStackedWidget()
        self._drop_zone = DropZone(theme, self)
        self._page: QWidget = self.start_page
        self._restored_photo: WindowState | None = None
        self._camera_wanted = camera is not None
        self.placed = False
        """Whether the window has the place it had before; at the first start it has none."""
        self._lay_out()
        self._make_menus()
        self._connect_actions()
        self._connect_pages()
        self._show_page(self.start_page)

    def open(self) -> None:
        """Open the database and come back as the window was left; the window is usable when `restored` is emitted."""

        def opened() -> None:
            self.notices.hide()
            self.workers.ask(lambda repository: repository.ui_state(STATE_KEY), self._restore)

        self.workers.open(opened, lambda error: self.notices.show_error(error, [("Try again", self.open)]))

    # Pages

    def _show_page(self, page: QWidget) -> None:
        if page is not self.camera_page:
            self.camera_page.stop()
        if page is not self._page:
            self.notices.hide()
        self._page = page
        self.pages.setCurrentWidget(page)
        session = self.visits.session
        on_visit = page is self.visit_page
        visit = session.visit if session is not None and page is not self.start_page else None
        self.header.show_visit(visit, editing=on_visit)
        if page is self.camera_page:
            self.header.show_camera(visit)
        self.setWindowTitle(f"{visit_title(visit)} – shelfaudit" if visit is not None else "shelfaudit")
        if page is self.start_page:
            self.visits.list_visits()
        elif page is self.visit_page:
            self.visit_page.take_focus()
        self._update_scopes()
        self._update_facts()

    def _go_back(self) -> None:
        """From the camera to the visit it photographs, from there to all visits."""
        if self._page is self.camera_page and self.visits.session is not None:
            self._show_page(self.visit_page)
        elif self.visits.session is not None:
            self.visits.close()
        else:
            self._show_page(self.start_page)

    def _show_session(self, session: VisitSession | None) -> None:
        if session is not None and session is not self.visit_page.session:
            wanted, self._restored_photo = self._restored_photo, None
            self.review.show_session(session)
            self.visit_page.show_session(session, wanted.photo if wanted is not None else None)
            self.look_alikes.show_session(session)
            if wanted is not None and wanted.viewpoint is not None:
                self.visit_page.show_viewpoint_later(wanted.viewpoint)
            session.saved_changed.connect(self.strip.show_saved)
            session.visit_changed.connect(lambda: self._show_page(self._page))
            for signal in (session.facings_changed, session.photos_changed):
                signal.connect(self._update_facts)
            session.undo_changed.connect(self._update_undo)
        elif session is None:
            self.review.show_session(None)
            self.visit_page.show_session(None)
            self.look_alikes.show_session(None)
        if self._page is not self.camera_page:
            self._show_page(self.visit_page if session is not None else self.start_page)
        else:
            self._show_page(self.camera_page)

    def _open_camera(self) -> None:
        self._show_page(self.camera_page)
        self.camera_page.start()

    def _take_still(self) -> None:
        session = self.visits.session
        if session is not None:
            self.camera_page.take_still(stills_dir(self.workers.database_file) / str(session.visit_id))

    def _show_help(self) -> None:
        page = HelpPage(self)
        page.finished.connect(page.deleteLater)
        page.open()

    def _toggle_full_screen(self) -> None:
        # Only this bit: a maximised window is maximised again afterwards.
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape, where the widget in focus has no use for it, closes what is open: message, strip, camera, screen."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif not self.notices.isHidden():
            self.notices.hide()
        elif self._page is self.visit_page and self.look_alikes.is_open:
            self.look_alikes.close()
        elif self._page is self.camera_page:
            self._go_back()
        elif self.isFullScreen():
            self._toggle_full_screen()

    # What the window says about its state

    def _update_scopes(self) -> None:
        page = self._page
        scopes = {Scope.ALWAYS}
        if page is self.visit_page:
            scopes.add(Scope.VISIT)
            if self.visit_page.has_boxes:
                scopes.add(Scope.PHOTO)
        elif page is self.camera_page:
            scopes.add(Scope.CAMERA)
        else:
            scopes.add(Scope.START)
        self.actions_.enable(scopes)
        self._update_undo()

    def _update_undo(self) -> None:
        session = self.visits.session if self._page is self.visit_page else None
        self.actions_.show_undo(Act.UNDO, session.undo_text if session is not None else None)
        self.actions_.show_undo(Act.REDO, session.redo_text if session is not None else None)

    def _update_facts(self) -> None:
        session = self.visits.session
        zoomable = self._page is self.visit_page and self.visit_page.has_boxes
        self._threshold_bar.setVisible(zoomable)
        if session is None or self._page is self.start_page:
            self.strip.show_review("")
            self.strip.show_saved(None)
            self.strip.show_zoom(None)
            self.strip.show_hint("")
            return
        to_review = session.to_review
        self.strip.show_review(f"{to_review} photo{'s' if to_review > 1 else ''} to review" if to_review else "")
        self.strip.show_saved(session.saved)
        waiting = sum(photo.state is PhotoState.WAITING for photo in session.photos.values())
        if waiting and not self.runner.running:
            self.strip.show_hint(f"{waiting} photo{'s wait' if waiting > 1 else ' waits'}", "Detect now")
        else:
            self.strip.show_hint("")
        self.strip.show_zoom(self.visit_page.view.zoom if zoomable else None)

    def _update_list(self) -> None:
        """Photos are detected in the background while the list of visits is on screen."""
        if self._page is self.start_page:
            self.visits.list_visits_soon()

    def _boxes_shown(self) -> None:
        self._update_scopes()
        self._update_facts()

    def _photo_failed_to_detect(self, error: Exception) -> None:
        self._update_facts()
        self.notices.show_error(error, [("Try again", self.visits.detect_waiting)])

    def _show_problem(self, error: Exception) -> None:
        self.notices.show_error(error, [] if self.workers.is_open else [("Try again", self.open)])

    # From one start to the next

    def _restore(self, text: str | None) -> None:
        state = WindowState.from_text(text)
        self.placed = bool(state.geometry)
        if self.placed:
            self.restoreGeometry(QByteArray.fromBase64(state.geometry.encode("ascii")))
        if state.splitter:
            self.visit_page.splitter.restoreState(QByteArray.fromBase64(state.splitter.encode("ascii")))
        self._set_theme(state.theme)
        self.actions_[Act.REVIEW_BAR].setChecked(state.review_bar)
        self.naming.restore()
        self.visits.list_visits()
        if self._camera_wanted:
            self._open_camera()
        elif state.visit is not None:
            self._restored_photo = state
            # A visit that was deleted elsewhere is no error here: the list says it.
            self.visits.open(state.visit, on_failure=lambda _: self._show_page(self.start_page))
        self.restored.emit()

    @property
    def state(self) -> WindowState:
        """What to come back to."""
        photo = self.visit_page.current_photo
        session = self.visits.session
        return WindowState(
            geometry=self.saveGeometry().toBase64().toStdString(),
            splitter=self.visit_page.splitter.saveState().toBase64().toStdString(),
            theme=self.theme.mode,
            visit=session.visit_id if session is not None else None,
            photo=photo.id if photo is not None else None,
            viewpoint=self.visit_page.view.viewpoint(),
            review_bar=self.actions_[Act.REVIEW_BAR].isChecked(),
        )

    def closeEvent(self, event: QCloseEvent) -> None:
        self.visit_page.stop()
        self.camera_page.stop()
        text = self.state.to_text()
        self.workers.ask(lambda repository: repository.save_ui_state(STATE_KEY, text), None, lambda _: None)
        self.runner.stop()
        self.workers.stop()
        super().closeEvent(event)

    # Putting it together

    def _lay_out(self) -> None:
        for page in (self.start_page, self.visit_page, self.camera_page):
            self.pages.addWidget(page)
        middle = ControlKeys()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.notices)
        column.addWidget(self.pages, 1)
        column.addWidget(self.strip)
        self.setCentralWidget(middle)
        self.resize(1280, 720)
        # A cheap laptop at 200 %: 683 × 384 are left of 1366 × 768, some of it for the system's bar.
        self.setMinimumSize(640, 340)

    def _make_menus(self) -> None:
        menus = {group: self.menuBar().addMenu(f"&{group}") for group in ("Visit", "Edit", "Review", "View", "Help")}
        for spec in ACTIONS:
            if spec.group in menus:
                if spec.act in _FIRST_OF_A_PART:
                    menus[spec.group].addSeparator()
                menus[spec.group].addAction(self.actions_[spec.act])
        self.addActions(list(self.actions_))
        themes = QMenu("Theme", self)
        group = QActionGroup(self)
        for mode, words in ((ThemeMode.SYSTEM, "As the system"), (ThemeMode.LIGHT, "Light"), (ThemeMode.DARK, "Dark")):
            action = themes.addAction(words)
            action.triggered.connect(partial(lambda wanted, _checked: self._set_theme(wanted), mode))
            action.setCheckable(True)
            action.setData(mode)
            group.addAction(action)
        self._themes = group
        menus["View"].addSeparator()
        menus["View"].addMenu(themes)
        self.header.set_theme_menu(themes)
        self._set_theme(self.theme.mode)

    def _set_theme(self, mode: ThemeMode) -> None:
        self.theme.set_mode(mode)
        for action in self._themes.actions():
            action.setChecked(action.data() == mode)

    def _connect_actions(self) -> None:
        reactions: dict[Act, Callable[[], object]] = {
            Act.NEW_VISIT: self.visits.ask_new,
            Act.IMPORT_FILES: self.imports.choose_files,
            Act.IMPORT_FOLDER: self.imports.choose_folder,
            Act.CATALOGUE: self.catalogue.show,
            Act.CATALOGUE_TABLE: self.catalogue.choose_table,
            Act.CATALOGUE_FOLDER: self.catalogue.choose_folder,
            Act.CAMERA: self._open_camera,
            Act.VISITS: self._go_back,
            Act.EDIT_VISIT: self.visits.ask_details,
            Act.REPORT: self.exports.save_report,
            Act.WORKBOOK: lambda: self.exports.save_as(ExportFormat.XLSX),
            Act.CSV: lambda: self.exports.save_as(ExportFormat.CSV),
            Act.COCO: lambda: self.exports.save_as(ExportFormat.COCO),
            Act.FULL_SCREEN: self._toggle_full_screen,
            Act.HELP: self._show_help,
            Act.QUIT: self.close,
        }
        for act, react in reactions.items():
            # The signal's "checked" must not become an argument.
            self.actions_[act].triggered.connect(lambda _checked=False, react=react: react())

    def _connect_pages(self) -> None:
        self.workers.user_error.connect(self._show_problem)
        self.workers.long_task_started.connect(self.strip.show_task)
        self.runner.started.connect(self.strip.show_task)
        self.runner.photo_started.connect(self.visit_page.photos.photos.set_running)
        self.runner.failed.connect(self._photo_failed_to_detect)
        for done in (self.runner.photo_done, self.runner.idle):
            done.connect(lambda *_: self._update_list())
        self.runner.idle.connect(lambda: self.visit_page.photos.photos.set_running(None))
        for signal in (self.runner.started, self.runner.idle):
            signal.connect(lambda *_: self._update_facts())
        self.visits.visits_changed.connect(self.start_page.show_visits)
        self.visits.session_changed.connect(self._show_session)
        self.start_page.table.open_visit.connect(lambda visit_id: self.visits.open(visit_id))
        self.start_page.table.delete_visit.connect(self.visits.ask_delete)
        self.start_page.samples_wanted.connect(self.imports.make_samples)
        self.visit_page.boxes_shown.connect(self._boxes_shown)
        self.visit_page.view.zoom_changed.connect(self.strip.show_zoom)
        self.visit_page.detect_again.connect(self._detect_again)
        self.visit_page.show_file.connect(lambda photo: show_with_system(photo.path.parent))
        self.visit_page.photo_removed.connect(self.runner.forget)
        self.camera_page.still_wanted.connect(lambda: self.visits.ensure(self._take_still))
        self.camera_page.still_saved.connect(lambda file: self.imports.take([file]))
        self.strip.offer.clicked.connect(self.visits.detect_waiting)
        self._drop_zone.dropped.connect(self._take_dropped)

    def _take_dropped(self, paths: list[Path]) -> None:
        if is_table(paths):
            self.catalogue.look_at(paths[0])
        else:
            self.imports.take(paths)

    def _detect_again(self, photo: Photo) -> None:
        self.runner.enqueue([photo])
