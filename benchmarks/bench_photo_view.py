"""How long the photo view takes for a frame and for a changed box.

    python benchmarks/bench_photo_view.py [--boxes 1000] [--scale 2]

Draws a 12-megapixel photo in a window of 1920 × 1080 into memory (Qt's raster engine, as on a screen). A frame is
everything from the gesture to the last pixel; times are those of the processor, so that other programs do not count.
The goals are 16 ms a frame and 5 ms for one changed box.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtWidgets import QApplication

WIDTH, HEIGHT = 4000, 3000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--boxes", type=int, nargs="+", default=[200, 500, 1000])
    parser.add_argument("--scale", type=float, default=1.0, help="device pixel ratio")
    arguments = parser.parse_args()
    os.environ["QT_SCALE_FACTOR"] = str(arguments.scale)

    app = QApplication(sys.argv[:1])
    print(f"{'boxes':>6} {'what':<34} {'median':>9} {'p95':>9}")
    for count in arguments.boxes:
        for what, seconds in measure(app, count):
            milliseconds = sorted(1000 * value for value in seconds)
            p95 = milliseconds[int(0.95 * (len(milliseconds) - 1))]
            print(f"{count:>6} {what:<34} {statistics.median(milliseconds):>6.2f} ms {p95:>6.2f} ms")


def measure(app: QApplication, count: int) -> list[tuple[str, Sequence[float]]]:
    """Times in seconds by what was done, for a photo with so many boxes."""
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QImage

    from shelfaudit.domain.catalogue import Brand, Catalogue, Product
    from shelfaudit.domain.geometry import Box
    from shelfaudit.domain.visit import Author, Facing
    from shelfaudit.gui.photo_view.view import PhotoView

    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    image = QImage(pixels.data, WIDTH, HEIGHT, 3 * WIDTH, QImage.Format.Format_RGB888)
    brands = [f"Brand {letter}" for letter in "ABCDEFGHIJ"]
    catalogue = Catalogue.of(map(Brand, brands), [Product(brand, f"{brand} 0.5 l", brand) for brand in brands])
    across = round((count * 4 / 3) ** 0.5)
    step_x, step_y = WIDTH / across, HEIGHT / -(-count // across)
    facings = [
        Facing(
            f"f{index}",
            Box.from_xywh(step_x * (index % across), step_y * (index // across), 0.9 * step_x, 0.9 * step_y),
            0.9,
            brands[index % 13] if index % 13 < len(brands) else None,
            product_by=Author.AUDITOR if index % 5 == 0 else None,
        )
        for index in range(count)
    ]
    view = PhotoView()
    view.resize(1920, 1080)
    view.set_catalogue(catalogue)
    view.show()
    app.processEvents()

    def timed(act: Callable[[int], None], times: int) -> list[float]:
        seconds = []
        for turn in range(times):
            start = time.process_time()
            act(turn)
            app.processEvents()
            seconds.append(time.process_time() - start)
        return seconds

    def show(_turn: int) -> None:
        view.show_photo(image, WIDTH, HEIGHT, facings)

    def zoom(turn: int) -> None:
        view.zoom_by(1.05 if turn % 20 < 10 else 1 / 1.05, QPointF(700, 400))

    def pan(turn: int) -> None:
        forth = 1 if turn % 20 < 10 else -1
        view._pan_by(17 * forth, 9 * forth)

    def repaint(_turn: int) -> None:
        view.viewport().update()

    state = list(facings)

    def change_one(turn: int) -> None:
        index = (turn * 37) % count
        state[index] = replace(state[index], box=state[index].box.translated(1, 1))
        view.show_facings(state)

    def drag_one(turn: int) -> None:
        view.nudge(1 if turn % 2 else -1, 0)

    def select_one(turn: int) -> None:
        view.select([facings[(turn * 11) % count].id], reveal=False)

    results: list[tuple[str, Sequence[float]]] = [("show a photo", timed(show, 5))]
    results.append(("fitted: whole view", timed(repaint, 60)))
    results.append(("fitted: zoom step", timed(zoom, 80)))
    view.zoom_by(2.5)
    app.processEvents()
    results.append(("2.5 × nearer: zoom step", timed(zoom, 80)))
    results.append(("2.5 × nearer: pan step", timed(pan, 80)))
    view.fit()
    app.processEvents()
    results.append(("fitted: pan step", timed(pan, 80)))
    results.append(("one changed box", timed(change_one, 80)))
    results.append(("one other selection", timed(select_one, 80)))
    results.append(("one step of a drag", timed(drag_one, 80)))
    view.select_all()
    app.processEvents()
    results.append(("one step of dragging all", timed(drag_one, 40)))
    view.hide()
    return results


if __name__ == "__main__":
    main()
