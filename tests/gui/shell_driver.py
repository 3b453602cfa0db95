"""Drives the main window as an auditor does; makes photos whose facings the tiny detector finds exactly."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from shelfaudit.domain.catalogue import Brand, Product
from shelfaudit.domain.visit import Facing, Photo, PhotoState
from shelfaudit.gui.actions import Act
from shelfaudit.gui.file_chooser import FileChooser
from shelfaudit.gui.main_window import MainWindow
from shelfaudit.gui.session import VisitSession
from shelfaudit.gui.theme import Theme
from shelfaudit.gui.visit_dialog import VisitDetails
from shelfaudit.photos.encode import encode_jpeg

TINY_MODEL = Path(__file__).parents[1] / "fixtures" / "tiny.tflite"
RED, BLUE, YELLOW = (235, 30, 30), (30, 60, 240), (240, 225, 40)
WAIT_MS = 120_000


def write_shelf(file: Path, colours: Sequence[tuple[int, int, int]], per_row: int = 4) -> Path:
    """A dark photo, 512 × 512, with a bright rectangle of 72 × 88 pixels for every colour, row by row."""
    pixels = np.full((512, 512, 3), 16, dtype=np.uint8)
    for place, colour in enumerate(colours):
        row, column = divmod(place, per_row)
        left, top = 24 + column * 120, 24 + row * 120
        pixels[top : top + 88, left : left + 72] = colour
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(encode_jpeg(pixels, 95))
    return file


class Chosen(FileChooser):
    """Answers at once with what the test decided."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.paths: list[Path] = []
        self.proposed_name = ""

    def ask_photos(self, on_chosen: Callable[[list[Path]], object]) -> None:
        on_chosen(self.paths)

    ask_folder = ask_catalogue = ask_catalogue_folder = ask_picture = ask_photos

    def ask_where_to_save_catalogue(self, on_chosen: Callable[[Path], object]) -> None:
        on_chosen(self.paths[0])

    def ask_where_to_save(
        self, title: str, name: str, kind: str, suffix: str, on_chosen: Callable[[Path], object]
    ) -> None:
        del title, kind, suffix
        self.proposed_name = name
        on_chosen(self.paths[0])


class Auditor:
    """The person at the window."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        self.qtbot = qtbot
        self.window = window
        self.chooser = Chosen(window)
        window.imports._chooser = self.chooser
        window.exports._chooser = self.chooser
        window.catalogue._chooser = self.chooser

    # Looking

    @property
    def session(self) -> VisitSession:
        assert self.window.visits.session is not None
        return self.window.visits.session

    @property
    def photos(self) -> list[Photo]:
        return list(self.session.photos.values())

    @property
    def photo(self) -> Photo:
        photo = self.window.visit_page.current_photo
        assert photo is not None
        return photo

    @property
    def facings(self) -> tuple[Facing, ...]:
        return self.photo.facings

    def states(self) -> list[PhotoState]:
        return [photo.state for photo in self.photos]

    def wait_until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=WAIT_MS)

    def wait_for_detection(self) -> None:
        self.wait_until(
            lambda: (
                bool(self.photos)
                and not self.window.runner.running
                and all(photo.state is not PhotoState.WAITING for photo in self.photos)
            )
        )

    def wait_for_photo(self) -> None:
        """Until the photo on screen is shown with its boxes."""
        self.wait_until(lambda: self.window.visit_page.has_boxes)

    def wait_until_saved(self) -> None:
        self.wait_until(lambda: self.session.saved)

    def shares_text(self) -> str:
        return self.window.visit_page.shares.text

    # Doing

    def press(self, act: Act) -> None:
        """Trigger an action as its key or button does; it must be enabled."""
        action = self.window.actions_[act]
        assert action.isEnabled(), f"{act} is disabled"
        action.trigger()

    def begin_visit(self, store: str = "Prüf-Markt №1", category: str = "Soft drinks") -> None:
        details = VisitDetails(store, category, dt.date(2026, 11, 20), "Ada")
        self.window.visits.create(details)
        self.wait_until(lambda: self.window.visits.session is not None)

    def import_photos(self, *paths: Path) -> None:
        self.chooser.paths = list(paths)
        self.press(Act.IMPORT_FILES)

    def select(self, facings: Sequence[Facing]) -> None:
        self.window.visit_page.view.select([facing.id for facing in facings])

    def name_new(self, brand: Brand, product: Product) -> None:
        """The selected facings are a product that the catalogue does not have yet."""
        selected = {facing.id for facing in self.window.visit_page.view.selected_facings()}
        self.window.naming.add_product(brand, product)
        self.wait_until(lambda: all(f.product == product.sku for f in self.facings if f.id in selected))

    def save_as(self, act: Act, file: Path) -> None:
        self.chooser.paths = [file]
        self.press(act)
        self.wait_until(lambda: bool(self.window.notices.text))


@contextmanager
def running_window(
    qtbot: QtBot, database: Path, model: Path | None = TINY_MODEL, camera: Path | None = None
) -> Iterator[Auditor]:
    """The window from opening to closing; whatever it left in the application is taken back."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme = Theme(app)
    window = MainWindow(theme, database, model, camera)
    try:
        with qtbot.waitSignal(window.restored, timeout=WAIT_MS):
            window.open()
        window.show()
        qtbot.waitExposed(window)
        yield Auditor(qtbot, window)
    finally:
        window.close()
        window.deleteLater()
        theme.deleteLater()
        app.setStyleSheet("")
        app.setPalette(QPalette())
        app.processEvents()
        # Not left to the next event loop: until then the garbage collector may delete the window, in any thread.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
