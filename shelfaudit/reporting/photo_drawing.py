"""A photo in the report: its pixels as JPEG, its facings as vectors over it."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from shelfaudit import settings
from shelfaudit.domain.palette import UNKNOWN_STYLE, BrandStyle
from shelfaudit.domain.visit import Photo
from shelfaudit.errors import UserError
from shelfaudit.reporting import theme
from shelfaudit.reporting.figures import PhotoFigures, VisitFigures
from shelfaudit.reporting.fonts import REGULAR, draw_text, fit_text
from shelfaudit.reporting.marks import draw_chip
from shelfaudit.reporting.text import clean

PixelReader = Callable[[Photo], NDArray[np.uint8]]
"""Upright RGB pixels (H, W, 3) of a photo, at any scale; raises UserError where the file cannot be read."""

_JPEG_QUALITY = 82


class AnnotatedPhoto(Flowable):  # type: ignore[misc]  # ReportLab ships no types
    """A photo with its boxes, as large as `width` × `height` points allow.

    The pixels are read when the page is drawn, so that only one photo is in memory at a time. `drawn` is called
    after it, and may raise to stop the report.
    """

    def __init__(
        self,
        entry: PhotoFigures,
        figures: VisitFigures,
        read_pixels: PixelReader,
        width: float,
        height: float,
        drawn: Callable[[], None],
    ) -> None:
        super().__init__()
        self._photo = entry.photo
        self._figures = figures
        self._read_pixels = read_pixels
        self._drawn = drawn
        self._scale = min(width / entry.photo.width, height / entry.photo.height)
        self.width = entry.photo.width * self._scale
        self.height = entry.photo.height * self._scale
        self.hAlign = "CENTER"

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        try:
            picture = _as_jpeg(self._read_pixels(self._photo))
        except UserError as error:
            self._draw_placeholder(error.what)
        else:
            self.canv.drawImage(picture, 0, 0, self.width, self.height)
        self._draw_boxes()
        self.canv.setStrokeColor(theme.RULE)
        self.canv.setLineWidth(0.4)
        self.canv.rect(0, 0, self.width, self.height, fill=0, stroke=1)
        self._drawn()

    def _draw_placeholder(self, reason: str) -> None:
        self.canv.setFillColor(theme.PANEL)
        self.canv.rect(0, 0, self.width, self.height, fill=1, stroke=0)
        self.canv.setFillColor(theme.MUTED)
        text = f"The photo cannot be read any more: {clean(reason)} Its boxes are as counted."
        text = fit_text(text, REGULAR, 7.5, self.width - 4 * mm)
        draw_text(self.canv, 2 * mm, 2 * mm, text, REGULAR, 7.5)

    def _draw_boxes(self) -> None:
        styled = [(facing, self._figures.style_of(self._figures.brand_name(facing))) for facing in self._photo.facings]
        # Unknown ones first: where boxes touch, the coloured line of a brand stays whole.
        styled.sort(key=lambda pair: pair[1] is not UNKNOWN_STYLE)
        self.canv.saveState()
        clip = self.canv.beginPath()
        clip.rect(0, 0, self.width, self.height)
        self.canv.clipPath(clip, stroke=0, fill=0)
        for facing, style in styled:
            box = facing.box.scaled(self._scale)
            bottom = self.height - box.y2
            _draw_box(self.canv, box.x1, bottom, box.width, box.height, style)
        self.canv.restoreState()


def _draw_box(canvas: Canvas, x: float, y: float, width: float, height: float, style: BrandStyle) -> None:
    """One facing; the white line under the coloured one keeps it visible on dark and on light packs."""
    line = max(0.5, min(1.5, min(width, height) / 16))
    canvas.setDash([])
    canvas.setStrokeColor(theme.PAPER)
    canvas.setLineWidth(line * 2)
    canvas.rect(x + line, y + line, width - 2 * line, height - 2 * line, fill=0, stroke=1)
    unknown = style is UNKNOWN_STYLE
    canvas.setStrokeColor(theme.MUTED if unknown else HexColor(style.colour))
    canvas.setLineWidth(line)
    canvas.setDash([part * line for part in style.pattern.dashes])
    canvas.rect(x + line, y + line, width - 2 * line, height - 2 * line, fill=0, stroke=1)
    if not unknown:
        size = max(5.0, min(11.0, min(width, height) * 0.42))
        canvas.setDash([])
        draw_chip(canvas, x + line, y + height - line - size, size, style)


class _JpegReader(ImageReader):  # type: ignore[misc]  # ReportLab ships no types
    """JPEG bytes that go into the document as they are.

    ReportLab names a picture by a digest of its decoded pixels, and keeps these: 6 MB a photo in a report of hundreds.
    The encoded bytes name it as well.
    """

    _dataA = None  # noqa: N815  # ReportLab's name: no transparency

    def getRGBData(self) -> bytes:
        encoded: bytes = self.fp.getvalue()
        return encoded


def _as_jpeg(pixels: NDArray[np.uint8]) -> _JpegReader:
    image = Image.fromarray(pixels)
    long_side = settings.current().report_long_side
    image.thumbnail((long_side, long_side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    encoded = io.BytesIO()
    image.save(encoded, "JPEG", quality=_JPEG_QUALITY)
    return _JpegReader(encoded)
