"""The PDF report of a visit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from reportlab import rl_config
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, PageBreak, Spacer

from shelfaudit.errors import Cancelled
from shelfaudit.output import replacing
from shelfaudit.reporting.figures import VisitFigures
from shelfaudit.reporting.fonts import register_fonts
from shelfaudit.reporting.frames import CountingCanvas, document
from shelfaudit.reporting.pages.cover import cover
from shelfaudit.reporting.pages.method import method
from shelfaudit.reporting.pages.photos import photos
from shelfaudit.reporting.pages.products import products
from shelfaudit.reporting.pages.shares import shares
from shelfaudit.reporting.photo_drawing import PixelReader


def write_pdf(
    figures: VisitFigures,
    file: Path,
    *,
    read_pixels: PixelReader,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Writes the report: summary, shares, products, photos with their boxes, method.

    read_pixels: upright RGB (H, W, 3) of a photo at any scale; a photo that it cannot read any more (UserError) is
    printed as its boxes alone. progress: called with the photos drawn and their number, after each.

    Raises:
        OutputError: the file cannot be written.
        Cancelled: `cancelled` answered true; the old file stays as it was.
    """
    register_fonts()
    rl_config.useA85 = 0  # streams as bytes: text armour makes every photo a quarter larger
    number, done = len(figures.counted), 0

    def drawn() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, number)
        if cancelled is not None and cancelled():
            raise Cancelled

    story = [
        *cover(figures),
        *(_shelf(figures) if figures.shares.total else [PageBreak()]),
        *photos(figures, read_pixels, drawn),
        *method(figures),
    ]
    with replacing(file) as temporary:
        document(figures, temporary).build(story, canvasmaker=CountingCanvas)


def _shelf(figures: VisitFigures) -> list[Flowable]:
    return [PageBreak(), *shares(figures), Spacer(0, 4 * mm), *products(figures)]
