"""The catalogue window and the rest of the program: files come in and go out, the open visit follows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.domain.catalogue_edits import CatalogueEdit, NameChange
from shelfaudit.gui.catalogue.editor import CatalogueEditor
from shelfaudit.gui.catalogue.import_dialog import ImportDialog
from shelfaudit.gui.catalogue.window import CatalogueWindow
from shelfaudit.gui.detection_runner import DetectionRunner
from shelfaudit.gui.file_chooser import FileChooser
from shelfaudit.gui.naming_flow import NamingFlow
from shelfaudit.gui.notice_bar import NoticeBar
from shelfaudit.gui.product_pictures import ProductPictures
from shelfaudit.gui.theme import Theme
from shelfaudit.gui.visit_flow import VisitFlow
from shelfaudit.gui.visit_page import VisitPage
from shelfaudit.gui.workers import Workers
from shelfaudit.storage.catalogue_edits import SavedEdit
from shelfaudit.usecases.catalogue_exchange import ImportPreview, apply_import, export_catalogue, preview_import
from shelfaudit.usecases.reference_pictures import add_picture_file, add_picture_of_facing

TABLE_SUFFIXES = (".csv", ".xlsx")


def is_table(paths: Collection[Path]) -> bool:
    """Whether these files are one table, which can only be a catalogue."""
    return len(paths) == 1 and next(iter(paths)).suffix.lower() in TABLE_SUFFIXES


class CatalogueFlow(QObject):
    """Opens the catalogue window, imports and exports, and keeps the open visit up to date."""

    def __init__(
        self,
        workers: Workers,
        runner: DetectionRunner,
        visits: VisitFlow,
        page: VisitPage,
        naming: NamingFlow,
        pictures: ProductPictures,
        chooser: FileChooser,
        notices: NoticeBar,
        theme: Theme,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._workers, self._runner, self._visits, self._page = workers, runner, visits, page
        self._naming, self._pictures, self._chooser, self._theme = naming, pictures, chooser, theme
        self._main_window, self._main_notices = window, notices
        self.editor = CatalogueEditor(workers, self)
        self._window: CatalogueWindow | None = None
        self.editor.edited.connect(self._edited)
        self.editor.taken_back.connect(self._taken_back)
        self.editor.names_without = self._names_without
        self.editor.pictures_changed.connect(self._pictures_changed)
        visits.session_changed.connect(lambda _session: self._show_styles())

    @property
    def window(self) -> CatalogueWindow:
        """The window; made when it is needed first."""
        if self._window is None:
            window = CatalogueWindow(self.editor, self._workers, self._theme, self._main_window)
            window.import_wanted.connect(self.choose_table)
            window.import_folder_wanted.connect(self.choose_folder)
            window.export_wanted.connect(self.choose_export)
            window.form.picture_from_file_wanted.connect(self._choose_picture)
            window.form.picture_from_facing_wanted.connect(self._add_selected_facing)
            self._window = window
        return self._window

    def show(self) -> None:
        """Open the window, or bring it to the front, at the product of the selected facing."""
        window, facings = self.window, self._page.view.selected_facings()
        self._show_styles()
        self.editor.reload()
        window.show()
        window.raise_()
        window.activateWindow()
        window.table.setFocus()
        wanted = next((facing.product for facing in facings if facing.product is not None), None)
        if wanted is not None:
            # Behind the reading of the catalogue, which is on its way.
            self._workers.ask(lambda _: None, lambda _: window.choose(wanted))

    # Files

    def choose_table(self) -> None:
        """Ask for a table to import."""
        self._chooser.ask_catalogue(lambda paths: self.look_at(paths[0]))

    def choose_folder(self) -> None:
        """Ask for a folder of pictures by brand and product."""
        self._chooser.ask_catalogue_folder(lambda paths: self.look_at(paths[0]))

    def choose_export(self) -> None:
        """Ask where to write the catalogue, and write it."""
        self._chooser.ask_where_to_save_catalogue(self.export)

    def look_at(self, path: Path) -> None:
        """Read a table or folder and show what importing it would do; nothing is written before that is confirmed."""
        self._workers.run_long(
            "Reading the catalogue",
            lambda repository, _task: preview_import(repository, path),
            self._show_preview,
            self._notices.show_error,
        )

    def export(self, file: Path) -> None:
        """Write the catalogue."""

        def write(catalogue: Catalogue) -> int:
            export_catalogue(catalogue, file, inputs=[self._workers.database_file])
            return len(catalogue.products)

        self._workers.run_long(
            "Exporting the catalogue",
            lambda repository, _task: write(repository.catalogue()),
            lambda count: self._notices.show_done(f"{count} products exported: {file.name}"),
            self._notices.show_error,
        )

    def _show_preview(self, preview: ImportPreview) -> None:
        dialog = ImportDialog(preview, self._theme, self._front)
        dialog.confirmed.connect(lambda: self._import(preview))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _import(self, preview: ImportPreview) -> None:
        def done(saved: SavedEdit) -> None:
            self._pictures.forget()
            self.editor.take_import(saved)
            if self._window is not None and (sku := self._window.form.sku_shown) is not None:
                self.editor.pictures_changed.emit(sku)
            left_out = len(preview.plan.errors)
            self._notices.show_done(
                f"Catalogue imported: {len(saved.edit.products)} products are new or changed."
                + (f" {left_out} rows were left out." if left_out else "")
            )

        self._runner.with_detector(
            "Importing the catalogue: picture" if preview.plan.pictures else "Importing the catalogue",
            lambda repository, detector, task: apply_import(
                repository, detector, preview.file, progress=task.report, cancelled=task.cancelled
            ),
            done,
            self._notices.show_error,
        )

    # Pictures

    def _choose_picture(self, sku: str) -> None:
        def add(paths: list[Path]) -> None:
            self._runner.with_detector(
                "Adding the picture",
                lambda repository, detector, _task: add_picture_file(repository, detector(), sku, paths[0]),
                self.editor.take_picture,
                self._notices.show_error,
            )

        self._chooser.ask_picture(add)

    def _add_selected_facing(self, sku: str) -> None:
        facings, photo = self._page.view.selected_facings(), self._page.current_photo
        if photo is None or len(facings) != 1:
            self._notices.show_done("Select one facing in the photo first; what is in its box becomes the picture.")
            return
        (facing,) = facings
        self._runner.with_detector(
            "Adding the picture",
            lambda repository, detector, _task: add_picture_of_facing(repository, detector(), sku, photo, facing),
            self.editor.take_picture,
            self._notices.show_error,
        )

    def _pictures_changed(self, _sku: str) -> None:
        self._pictures.forget()
        self._name_again()

    # The open visit

    def _edited(self, edit: CatalogueEdit, names: Collection[NameChange]) -> None:
        """An edit is in the database: what is on screen follows."""
        self._naming.follow(edit.renamed)
        self._page.view.rename_copied(edit.rename)
        if self._visits.session is not None:
            self._visits.session.follow_catalogue(edit, names)
        self._catalogue_saved(edit)

    def _names_without(self, edit: CatalogueEdit) -> Mapping[str, NameChange | None]:
        session = self._visits.session
        return session.names_without(edit) if session is not None else {}

    def _taken_back(self, edit: CatalogueEdit, names: Collection[NameChange]) -> None:
        if self._visits.session is not None:
            self._visits.session.follow_catalogue_back(edit, names)
        self._catalogue_saved(edit)

    def _catalogue_saved(self, edit: CatalogueEdit) -> None:
        if self._visits.session is None:
            self._visits.list_visits()
        else:
            self._workers.ask(lambda repository: repository.catalogue(), self._take_catalogue)
        if edit.renamed:
            self._pictures.forget()

    def _take_catalogue(self, catalogue: Catalogue) -> None:
        session = self._visits.session
        if session is not None:
            session.replace_catalogue(catalogue)
            session.name_look_alikes_soon()
        self._show_styles()

    def _name_again(self) -> None:
        if self._visits.session is not None:
            self._visits.session.name_look_alikes_soon()

    def _show_styles(self) -> None:
        if self._window is not None:
            session = self._visits.session
            self._window.show_styles(session.styles if session is not None else None)

    @property
    def _front(self) -> QWidget:
        """The window that the person looks at."""
        return self._window if self._window is not None and self._window.isVisible() else self._main_window

    @property
    def _notices(self) -> NoticeBar:
        return self._window.notices if self._window is not None and self._window.isVisible() else self._main_notices
