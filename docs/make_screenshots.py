"""Makes the screenshots in docs/images: a real visit made from samples, in light and dark.

    make screenshots        (or: python docs/make_screenshots.py [FOLDER])

Takes about two minutes; needs no display. A FOLDER gets every state in both themes, to be looked at; docs/images only
what the documents show.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import cv2
import numpy as np
from PIL import Image
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from shelfaudit.detection.detector import load_detector
from shelfaudit.domain import edits
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.visit import Photo, PhotoState
from shelfaudit.gui.actions import Act
from shelfaudit.gui.catalogue.import_dialog import ImportDialog
from shelfaudit.gui.help_page import HelpPage
from shelfaudit.gui.images import to_pixels
from shelfaudit.gui.main_window import MainWindow
from shelfaudit.gui.theme import Theme, ThemeMode
from shelfaudit.gui.threshold_bar import ThresholdBar
from shelfaudit.gui.visit_dialog import KnownNames, VisitDetails, VisitDialog
from shelfaudit.photos.decode import read_photo
from shelfaudit.samples import TRUTH_NAME, sample_catalogue, write_sample_visit
from shelfaudit.storage.database import open_database
from shelfaudit.storage.repository import VisitRepository
from shelfaudit.usecases.detect_photos import detect_photos
from shelfaudit.usecases.import_photos import note_photos
from shelfaudit.usecases.name_facings import name_facings

SIZE = (1366, 768)
LARGE_SIZE = (1920, 1080)
SEED = 4
DATE = dt.date(2026, 11, 20)
SAME_IOU = 0.5
STORES = (
    ("Prüf-Markt №1", "Drinks and more", 6, 2),
    ("Kiosk am See", "Drinks and more", 3, 3),
    ("Corner shop", "Snacks", 1, 0),
    ("Süd-Kauf", "Household", 1, 0),
)
"""Store, category, photos, and how many of the photos nobody looked at yet."""
TABLE = """\
sku;name;brand;ownership;width_cm;barcode;category
{sku};{name};{brand};own;6,8;{barcode};Drinks
new-1;Orange 1 l;Nordsaft;competitor;8;4006381333931;Drinks
new-2;Apple 1 l;Nordsaft;competitor;8;;Drinks
new-3;Cherry 1 l;Nordsaft;competitor;wide;;Drinks
new-4;;Nordsaft;competitor;8;;Drinks
new-5;Pear 1 l;Nordsaft;competitor;8;4006381333930;Drinks
"""
"""What the import preview is shown for: something new, something changed, something wrong."""

TRIED_STEP = 35
"""Where the threshold slider is held, in hundredths."""

SHOWN_IN_DARK = ("visit", "start")
NOT_SHOWN = ("visit-large", "report-saved", "compare")


def main(folder: Path, *, everything: bool) -> None:
    """Write the screenshots into `folder`: all of them, or only those that the documents show."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        work = Path(scratch)
        visit_id, fresh_id = prepare(work)
        app = QApplication([])
        for mode in (ThemeMode.LIGHT, ThemeMode.DARK):
            Photographer(app, work, folder, mode, everything=everything).take_all(visit_id, fresh_id)


def prepare(work: Path) -> tuple[int, int]:
    """A database of visits, named by the truth where somebody looked: a visit half done, and a fresh one."""
    detector = load_detector()
    with open_database(work / "visits.sqlite") as database:
        repository = VisitRepository(database)
        repository.save_catalogue(sample_catalogue())
        visits = {}
        for number, (store, category, photos, fresh) in reversed(list(enumerate(STORES))):
            files = write_sample_visit(work / f"photos {number}", SEED + number, photos)
            visit = repository.create_visit(store, category, DATE - dt.timedelta(days=3 * number), "Ada")
            detected = detect_photos(repository, detector, note_photos(repository, visit.id, files))
            truth = read_truth(work / f"photos {number}")
            for photo in detected[: photos - fresh]:
                name_by_truth(repository, photo, truth[photo.path.name])
                repository.set_photo_state(photo.id, PhotoState.REVIEWED)
            if number == len(STORES) - 1:
                repository.mark_reported(visit.id)
            if number == 0:
                name_facings(repository, visit.id)
            visits[number] = visit.id
    return visits[0], visits[1]


def read_truth(folder: Path) -> dict[str, list[tuple[Box, str]]]:
    """The boxes and SKUs of every sample photo, by file name."""
    document = json.loads((folder / TRUTH_NAME).read_text(encoding="utf-8"))
    names = {image["id"]: image["file_name"] for image in document["images"]}
    skus = {category["id"]: category["sku"] for category in document["categories"]}
    truth: dict[str, list[tuple[Box, str]]] = defaultdict(list)
    for entry in document["annotations"]:
        truth[names[entry["image_id"]]].append((Box.from_xywh(*entry["bbox"]), skus[entry["category_id"]]))
    return truth


def name_by_truth(repository: VisitRepository, photo: Photo, truth: list[tuple[Box, str]]) -> None:
    """What an auditor would do: the facings that are there get their names."""
    by_sku = defaultdict(list)
    for facing in photo.facings:
        box, sku = max(truth, key=lambda entry: entry[0].iou(facing.box))
        if box.iou(facing.box) >= SAME_IOU:
            by_sku[sku].append(facing)
    for sku, facings in by_sku.items():
        repository.save_edit(photo.id, edits.relabel(facings, sku))


class Photographer:
    """Opens the window and takes its picture in every state."""

    def __init__(self, app: QApplication, work: Path, folder: Path, mode: ThemeMode, *, everything: bool) -> None:
        self._work, self._folder, self._mode, self._everything = work, folder, mode, everything
        self._theme = Theme(app)
        self._theme.set_mode(mode)

    def take_all(self, visit_id: int, fresh_id: int) -> None:
        """All pictures of this theme."""
        self._take_empty()
        window = self._open(self._work / "visits.sqlite")
        window.visits.close()
        self._shoot(window, "start")
        self._take_look_alikes(window, fresh_id)
        window.visits.open(visit_id)
        wait_until(lambda: window.visit_page.has_boxes)
        self._shoot(window, "visit")
        window.resize(*LARGE_SIZE)
        self._shoot(window, "visit-large")
        window.resize(*SIZE)
        window.actions_[Act.NEXT_TO_REVIEW].trigger()
        wait_until(lambda: bool(window.visit_page.view.selected_facings()))
        self._shoot(window, "review")
        window.visit_page.photos.choose_row(4)
        wait_until(lambda: window.visit_page.has_boxes)
        photo = window.visit_page.photos.current_photo
        if photo is not None:
            middle = min(photo.facings, key=lambda facing: abs(facing.box.x1 - 500) + abs(facing.box.y1 - 300))
            window.visit_page.view.select([middle.id])
        window.visit_page.view.zoom_by(1.4)
        wait_until(lambda: bool(window.naming.proposals))
        window.actions_[Act.LABEL].trigger()
        self._shoot(window, "label-picker")
        window.naming.picker.hide()
        self._take_threshold(window)
        self._take_catalogue(window)
        keys = HelpPage(window)
        keys.resize(1334, 640)  # the screen that is not there is smaller than any real one
        self._shoot_dialog(keys, "keys")
        known = KnownNames(["Prüf-Markt №1"], ["Drinks and more"], ["Ada"])
        self._shoot_dialog(VisitDialog(known, VisitDetails("Prüf-Markt №1", "Drinks", DATE, "Ada"), window), "details")
        self._take_problem(window)
        report = self._work / "Prüf-Markt №1 2026-11-20.pdf"
        window.chooser.ask_where_to_save = lambda *arguments: arguments[-1](report)  # type: ignore[method-assign]
        window.actions_[Act.REPORT].trigger()
        wait_until(lambda: bool(window.notices.text), 120)
        self._shoot(window, "report-saved")
        self._take_camera(window)
        window.close()

    def _take_empty(self) -> None:
        window = self._open(self._work / "empty" / f"{self._mode}.sqlite")
        self._shoot(window, "empty")
        window.close()

    def _take_look_alikes(self, window: MainWindow, visit_id: int) -> None:
        """One facing of a visit without names, and what looks like it."""
        window.visits.open(visit_id)
        wait_until(lambda: window.visit_page.has_boxes)
        photo = window.visit_page.current_photo
        if photo is not None:
            middle = min(photo.facings, key=lambda facing: abs(facing.box.x1 - 500) + abs(facing.box.y1 - 300))
            window.visit_page.view.select([middle.id])
        window.actions_[Act.LOOK_ALIKES].trigger()
        wait_until(lambda: window.look_alikes.is_open)
        pause(1000)  # the crops of the other photos are read
        self._shoot(window, "look-alikes")
        window.look_alikes.close()
        window.visits.close()
        wait_until(lambda: window.visits.session is None)

    def _take_threshold(self, window: MainWindow) -> None:
        """What a lower threshold would bring, while the slider is held; and what became of the detection."""
        window.actions_[Act.FIT].trigger()
        window.visit_page.view.select([])
        window.visit_page.take_focus()
        bar = window.findChild(ThresholdBar)
        if bar is None:
            return
        wait_until(bar.isEnabled)
        bar.slider.setSliderDown(True)
        bar.slider.setSliderPosition(TRIED_STEP)
        pause(500)
        self._shoot(window, "threshold")
        window.threshold.give_up()
        bar.slider.setSliderDown(False)
        window.actions_[Act.COMPARE].trigger()
        self._shoot(window, "compare")
        window.actions_[Act.COMPARE].trigger()

    def _take_catalogue(self, window: MainWindow) -> None:
        """The catalogue at a product that got its picture from a facing, and what an import into it would do."""
        window.visit_page.photos.choose_row(0)
        wait_until(lambda: window.visit_page.has_boxes)
        photo = window.visit_page.current_photo
        if photo is None:
            return
        facing = max((each for each in photo.facings if each.product), key=lambda each: each.score or 0)
        window.visit_page.view.select([facing.id])
        window.actions_[Act.CATALOGUE].trigger()
        catalogue, sku = window.catalogue.window, facing.product or ""
        wait_until(lambda: catalogue.form.sku_shown == sku)
        if self._mode is ThemeMode.LIGHT:
            catalogue.form.picture_from_facing_wanted.emit(sku)
        wait_until(lambda: catalogue.form.pictures.count() > 0, 60)
        product = window.catalogue.editor.catalogue.products[sku]
        self._shoot(catalogue, "catalogue")
        table = self._work / "new products.csv"
        known = {"sku": product.sku, "name": product.name, "brand": product.brand, "barcode": product.barcode or ""}
        table.write_text(TABLE.format(**known), encoding="utf-8")
        window.catalogue.look_at(table)
        wait_until(lambda: bool(catalogue.findChildren(ImportDialog)))
        (preview,) = catalogue.findChildren(ImportDialog)
        self._shoot(preview, "import")
        preview.reject()
        catalogue.close()

    def _take_problem(self, window: MainWindow) -> None:
        broken = self._work / f"photo-{self._mode}.jpg"
        broken.write_bytes(b"\xff\xd8\xff\xe0 cut off")
        window.imports.take([broken])
        wait_until(lambda: not window.strip.tasks and not window.runner.running)
        window.visit_page.photos.step(100)
        wait_until(lambda: "could not be read" in window.visit_page.pane.text)
        self._shoot(window, "photo-not-read")
        photo = window.visit_page.current_photo
        if photo is not None:
            window.visit_page.remove_photo(photo.id)
        window.visit_page.photos.choose_row(0)
        wait_until(lambda: window.visit_page.has_boxes)

    def _take_camera(self, window: MainWindow) -> None:
        video = self._work / "camera.avi"
        if not video.exists():
            write_video(video, self._work / "photos 0" / "shelf-01.jpg")
        window.camera_page.use_video(video)
        window.actions_[Act.CAMERA].trigger()
        wait_until(lambda: window.camera_page.live.box_count > 0, 60)
        self._shoot(window, "camera")

    def _open(self, database: Path) -> MainWindow:
        window = MainWindow(self._theme, database)
        restored: list[bool] = []
        window.restored.connect(lambda: restored.append(True))
        window.open()
        wait_until(lambda: bool(restored))
        self._theme.set_mode(self._mode)
        window.resize(*SIZE)
        window.show()
        pause(300)
        return window

    def _shoot_dialog(self, dialog: QDialog, name: str) -> None:
        dialog.show()
        self._shoot(dialog, name)
        dialog.close()

    def _shoot(self, widget: QWidget, name: str) -> None:
        pause(400)
        shown = name in SHOWN_IN_DARK if self._mode is ThemeMode.DARK else name not in NOT_SHOWN
        if not (self._everything or shown):
            return
        file = self._folder / f"{name}-{self._mode}.png"
        pixels = to_pixels(widget.grab().toImage())
        # Five bits a colour are enough to look at, and halve the file.
        Image.fromarray(pixels & 0xF8 | pixels >> 5).save(file, optimize=True)
        print(file, file=sys.stderr)  # noqa: T201  # a script that takes minutes says what it does


def write_video(file: Path, photo: Path) -> None:
    """A camera that moves slowly along a shelf."""
    picture = np.ascontiguousarray(read_photo(photo).pixels[..., ::-1])
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 20, (1280, 720))
    for step in range(300):
        writer.write(picture[200:920, step : step + 1280])
    writer.release()


def pause(milliseconds: int) -> None:
    """Let the window work."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Let the window work until something is true. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        pause(50)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]), everything=True)
    else:
        main(Path(__file__).parent / "images", everything=False)
