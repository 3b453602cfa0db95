"""How long the window does not answer while a whole visit changes at once.

    python -m benchmarks.bench_ui_pauses [--photos 200] [--boxes 1000] [--times 7]

Opens the real window (in memory) on a visit of 200 photos with 1,000 boxes each, and names 200 look-alikes at once,
raises and lowers the threshold of the whole visit, and undoes and redoes each. For every one of them it prints the
longest time that the UI thread spends in one piece, from the key to the last answer of the other threads: the median
and the worst of some runs. These times are those of the processor for this thread, so that other programs and threads
do not count; the last column is the median by the clock, with all that the thread waited for. The goal is 50 ms.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication

from shelfaudit.domain.catalogue import Brand, Catalogue, Product
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.visit import Facing
from shelfaudit.gui.actions import Act
from shelfaudit.gui.main_window import MainWindow
from shelfaudit.gui.theme import Theme
from shelfaudit.photos.encode import encode_jpeg
from shelfaudit.storage.database import open_database
from shelfaudit.storage.repository import VisitRepository

MODEL, HIGHER, LOWER = 0.5, 0.8, 0.3
SKU = "alba/cola"


class TimedApplication(QApplication):
    """Notes how long each event takes the UI thread, with all that follows from it at once."""

    def __init__(self) -> None:
        super().__init__(["bench"])
        self.longest = self.longest_wait = 0.0
        self._inside = False

    def notify(self, receiver: QObject, event: QEvent) -> bool:
        if self._inside:
            return bool(super().notify(receiver, event))
        return bool(self.timed(lambda: super(TimedApplication, self).notify(receiver, event)))

    def timed(self, work: Callable[[], object]) -> object:
        """Do something as one piece."""
        self._inside = True
        start, began = time.thread_time(), time.perf_counter()
        try:
            return work()
        finally:
            self.longest = max(self.longest, time.thread_time() - start)
            self.longest_wait = max(self.longest_wait, time.perf_counter() - began)
            self._inside = False

    def wait(self, condition: Callable[[], bool]) -> None:
        """Let the window live until this holds, and a little longer."""
        quiet = 0
        while quiet < 20:
            self.processEvents()
            time.sleep(0.01)
            quiet = quiet + 1 if condition() else 0


def make_visit(file: Path, photos: int, boxes: int) -> None:
    """A visit of equal photos with boxes in a grid, scores from 0.2 to 1; one product, one facing named."""
    picture = file.with_name("shelf.jpg")
    picture.write_bytes(encode_jpeg(np.full((750, 1000, 3), 90, dtype=np.uint8), 80))
    paths = [file.with_name(f"{number}.jpg") for number in range(photos)]
    for path in paths:
        os.link(picture, path)
    with open_database(file) as database:
        repository = VisitRepository(database)
        repository.save_catalogue(Catalogue.of([Brand("Alba")], [Product(SKU, "Alba Cola", "Alba")]))
        visit = repository.create_visit("Market", "Soft drinks", dt.date(2026, 11, 20), "Ada")
        for photo in repository.add_photos(visit.id, paths):
            scores = np.sort(np.random.default_rng(photo.id).uniform(0.2, 1.0, boxes))[::-1].tolist()
            found = [
                Facing(
                    f"{photo.id}-{place}",
                    Box(100 * (place % 40), 115 * (place // 40), 100 * (place % 40) + 90, 115 * (place // 40) + 100),
                    score,
                )
                for place, score in enumerate(scores)
            ]
            repository.save_detection(
                photo.id,
                width=4000,
                height=3000,
                sha256="ab" * 32,
                facings=[facing for facing in found if (facing.score or 0) >= MODEL],
                below=[facing for facing in found if (facing.score or 0) < MODEL],
                appearances=None,
                model="bench 1",
                threshold=MODEL,
            )


def measure(app: TimedApplication, file: Path, times: int) -> dict[str, list[tuple[float, float]]]:
    """The longest pieces in milliseconds by what was done: of the processor, and by the clock."""
    window = MainWindow(Theme(app), file, None)
    window.resize(1366, 768)
    opened: list[None] = []
    window.restored.connect(lambda: opened.append(None))
    window.open()
    window.show()
    app.wait(lambda: bool(opened))
    window.visits.open(1)
    app.wait(lambda: window.visits.session is not None and window.visit_page.has_boxes)
    session = window.visits.session
    assert session is not None
    whole_visit = window.actions_[Act.THRESHOLD_VISIT]
    whole_visit.setChecked(True)
    app.wait(lambda: all(session.detections.known(photo_id) for photo_id in session.photos))

    def settled() -> bool:
        return session.saved

    def press(act: Act) -> Callable[[], object]:
        return window.actions_[act].trigger

    def name() -> None:
        ids = {facing.id for photo in list(session.photos.values())[:50] for facing in photo.facings[:4]}
        window.naming.give(ids, SKU)

    def set_threshold(value: float) -> Callable[[], object]:
        def work() -> None:
            window.threshold.try_threshold(value)
            window.threshold.commit()

        return work

    def at(value: float) -> Callable[[], bool]:
        return lambda: settled() and all(photo.threshold == value for photo in session.photos.values())

    steps: list[tuple[str, Callable[[], object], Callable[[], bool]]] = [
        ("200 look-alikes named", name, settled),
        ("200 look-alikes: undo", press(Act.UNDO), settled),
        ("200 look-alikes: redo", press(Act.REDO), settled),
        ("200 look-alikes: undo again", press(Act.UNDO), settled),
        ("threshold raised", set_threshold(HIGHER), at(HIGHER)),
        ("threshold raised: undo", press(Act.UNDO), at(MODEL)),
        ("threshold lowered", set_threshold(LOWER), at(LOWER)),
        ("threshold lowered: undo", press(Act.UNDO), at(MODEL)),
    ]
    longest: dict[str, list[tuple[float, float]]] = {words: [] for words, _, _ in steps}
    for _ in range(times):
        for words, act, done in steps:
            app.longest = app.longest_wait = 0.0
            app.timed(act)
            app.wait(done)
            longest[words].append((1000 * app.longest, 1000 * app.longest_wait))
    window.close()
    return longest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--boxes", type=int, default=1000)
    parser.add_argument("--times", type=int, default=7)
    options = parser.parse_args()
    app = TimedApplication()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "visits.sqlite"
        make_visit(file, options.photos, options.boxes)
        print(f"{'longest piece of the UI thread':32} {'median':>9} {'worst':>9} {'by the clock':>14}")
        for words, pieces in measure(app, file, options.times).items():
            own, clock = zip(*pieces, strict=True)
            print(
                f"{words:32} {statistics.median(own):>6.1f} ms {max(own):>6.1f} ms {statistics.median(clock):>11.1f} ms"
            )


if __name__ == "__main__":
    main()
