"""A sheet to print on: shapes and fitted text in fractions of the sheet, drawn at twice the size and reduced."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from shelfaudit.paths import resources_dir
from shelfaudit.samples.assortment import Colour

Pixels = NDArray[np.uint8]
_OVERSAMPLING = 2
_MEASURING_SIZE = 64


def mixed(first: Colour, second: Colour, share: float) -> Colour:
    """`first` with `share` (0 to 1) of `second`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return (red, green, blue)


def darker(colour: Colour, share: float = 0.35) -> Colour:
    return mixed(colour, (0, 0, 0), share)


def lighter(colour: Colour, share: float = 0.35) -> Colour:
    return mixed(colour, (255, 255, 255), share)


def ink_on(colour: Colour) -> Colour:
    """White or near-black, whichever reads better on this colour."""
    return (255, 255, 255) if 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2] < 150 else (28, 24, 24)


@lru_cache(maxsize=256)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    # Bytes, not a path: FreeType on Windows cannot open every non-ASCII path.
    with (resources_dir() / "fonts" / name).open("rb") as file:
        return ImageFont.truetype(file, size)


class Sheet:
    """A printed area of `width` × `height` pixels; coordinates are fractions, (0, 0) top left, (1, 1) bottom right."""

    def __init__(self, width: int, height: int, paper: Colour) -> None:
        self.width = width * _OVERSAMPLING
        self.height = height * _OVERSAMPLING
        self._target = (width, height)
        self._image = Image.new("RGB", (self.width, self.height), paper)
        self._draw = ImageDraw.Draw(self._image)

    @property
    def aspect(self) -> float:
        """Width ÷ height."""
        return self.width / self.height

    def pixels(self) -> Pixels:
        """The finished print, uint8 RGB (height, width, 3)."""
        return np.asarray(self._image.resize(self._target, Image.Resampling.BOX), dtype=np.uint8)

    def gradient(self, top: Colour, bottom: Colour, y1: float = 0.0, y2: float = 1.0) -> None:
        """A vertical run from one colour to another across the sheet's whole width."""
        rows = max(1, round((y2 - y1) * self.height))
        ramp = np.linspace(0, 1, rows)[:, None, None]
        colours = np.array(top) * (1 - ramp) + np.array(bottom) * ramp
        band = Image.fromarray(np.broadcast_to(colours, (rows, 1, 3)).astype(np.uint8)).resize((self.width, rows))
        self._image.paste(band, (0, round(y1 * self.height)))

    def rectangle(self, x1: float, y1: float, x2: float, y2: float, fill: Colour, radius: float = 0.0) -> None:
        box = self._box(x1, y1, x2, y2)
        if radius:
            self._draw.rounded_rectangle(box, radius * self.width, fill)
        else:
            self._draw.rectangle(box, fill)

    def ellipse(self, x: float, y: float, rx: float, fill: Colour, ry: float | None = None) -> None:
        """An ellipse round (x, y); `rx` as a share of the width; without `ry` (a share of the height) a circle."""
        half_height = rx * self.aspect if ry is None else ry
        self._draw.ellipse(self._box(x - rx, y - half_height, x + rx, y + half_height), fill)

    def arc(self, x: float, y: float, rx: float, start: float, end: float, fill: Colour, stroke: float) -> None:
        """Part of a circle's line, in degrees clockwise from the right; `stroke` as a share of the width."""
        ry = rx * self.aspect
        box = self._box(x - rx, y - ry, x + rx, y + ry)
        self._draw.arc(box, start, end, fill, max(1, round(stroke * self.width)))

    def polygon(self, points: Sequence[tuple[float, float]], fill: Colour) -> None:
        self._draw.polygon([(x * self.width, y * self.height) for x, y in points], fill)

    def line(self, points: Sequence[tuple[float, float]], fill: Colour, stroke: float) -> None:
        scaled = [(x * self.width, y * self.height) for x, y in points]
        self._draw.line(scaled, fill, max(1, round(stroke * self.width)), joint="curve")

    def shape(self, x: float, y: float, radius: float, outline: Sequence[tuple[float, float]], fill: Colour) -> None:
        """A polygon round (x, y) given in units of `radius` (a share of the width), not stretched by the sheet."""
        self.polygon([(x + radius * dx, y + radius * dy * self.aspect) for dx, dy in outline], fill)

    def text(
        self,
        text: str,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        font: str,
        fill: Colour,
        *,
        outline: Colour | None = None,
        shadow: Colour | None = None,
    ) -> None:
        """The text as large as the rectangle allows, centred in it."""
        measured = _font(font, _MEASURING_SIZE).getbbox(text)
        wide, high = max(1.0, measured[2] - measured[0]), max(1.0, measured[3] - measured[1])
        scale = min((x2 - x1) * self.width / wide, (y2 - y1) * self.height / high)
        size = int(_MEASURING_SIZE * scale)
        if size < 4:
            return
        face = _font(font, size)
        left, top, right, bottom = face.getbbox(text)
        x = (x1 + x2) / 2 * self.width - (left + right) / 2
        y = (y1 + y2) / 2 * self.height - (top + bottom) / 2
        stroke = max(1, size // 14) if outline is not None else 0
        if shadow is not None:
            offset = max(1, size // 16)
            self._draw.text((x + offset, y + offset), text, shadow, face, stroke_width=stroke, stroke_fill=shadow)
        self._draw.text((x, y), text, fill, face, stroke_width=stroke, stroke_fill=outline)

    def small_print(
        self, rng: np.random.Generator, x1: float, y1: float, x2: float, y2: float, rows: int, fill: Colour
    ) -> None:
        """Lines too small to read: runs of dashes as long as words."""
        pitch = (y2 - y1) / rows
        for row in range(rows):
            x = x1
            end = x2 - (x2 - x1) * rng.uniform(0, 0.4) * (row == rows - 1)
            while x < end:
                word = min(rng.uniform(0.06, 0.16) * (x2 - x1), end - x)
                y = y1 + row * pitch
                self.rectangle(x, y + 0.2 * pitch, x + word, y + 0.7 * pitch, fill)
                x += word + 0.03 * (x2 - x1)

    def barcode(self, rng: np.random.Generator, x1: float, y1: float, x2: float, y2: float) -> None:
        self.rectangle(x1, y1, x2, y2, (255, 255, 255))
        x, end, inset = x1 + (x2 - x1) * 0.08, x2 - (x2 - x1) * 0.08, (y2 - y1) * 0.08
        while x < end:
            bar = rng.uniform(0.015, 0.05) * (x2 - x1)
            self.rectangle(x, y1 + inset, min(x + bar, end), y2 - 2 * inset, (70, 70, 70))
            x += bar + rng.uniform(0.03, 0.07) * (x2 - x1)

    def _box(self, x1: float, y1: float, x2: float, y2: float) -> tuple[float, float, float, float]:
        return (x1 * self.width, y1 * self.height, x2 * self.width, y2 * self.height)
