"""The report's fonts: DejaVu Sans for Latin, Greek and Cyrillic, a font of the system for the rest.

Every font is embedded. A character that no font here has is drawn as an empty square, so that a name in a rare
script leaves a mark instead of stopping the report.
"""

from __future__ import annotations

import functools
import os
import sys
import unicodedata
from collections.abc import Iterator
from html import escape
from itertools import groupby
from pathlib import Path

from reportlab.lib.fonts import addMapping
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas

from shelfaudit.paths import resources_dir
from shelfaudit.reporting.text import writable

REGULAR = "ShelfauditSans"
BOLD = "ShelfauditSans-Bold"
_FALLBACK = "ShelfauditFallback"
_MISSING = "\N{WHITE SQUARE}"

# TrueType outlines only: ReportLab cannot embed the PostScript outlines of Noto Sans CJK or Hiragino.
_LINUX_FALLBACKS = (
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/arphic/uming.ttc",
    "/usr/share/fonts/google-droid-sans-fonts/DroidSansFallbackFull.ttf",
)
_MAC_FALLBACKS = (
    "/System/Library/Fonts/Supplemental/Arial Unicode.ttf",
    "/Library/Fonts/Arial Unicode.ttf",
    "/System/Library/Fonts/STHeiti Light.ttc",
)
_WINDOWS_FALLBACKS = ("msyh.ttc", "msgothic.ttc", "malgun.ttf", "simsun.ttc", "arialuni.ttf")


@functools.cache
def register_fonts() -> None:
    """Makes the fonts known to ReportLab; once per process."""
    folder = resources_dir() / "fonts"
    pdfmetrics.registerFont(TTFont(REGULAR, str(folder / "DejaVuSans.ttf")))
    pdfmetrics.registerFont(TTFont(BOLD, str(folder / "DejaVuSans-Bold.ttf")))
    for italic in (0, 1):
        addMapping(REGULAR, 0, italic, REGULAR)
        addMapping(REGULAR, 1, italic, BOLD)


def markup(text: str, font: str = REGULAR) -> str:
    """Foreign text for a paragraph in `font`: escaped, and each character it does not have in one that does."""
    parts = []
    for name, run in runs(text, font):
        safe = escape(run, quote=False)
        parts.append(safe if name == font else f'<font name="{name}">{safe}</font>')
    return "".join(parts)


@functools.lru_cache(maxsize=4096)
def runs(text: str, font: str) -> tuple[tuple[str, str], ...]:
    """The text in pieces (font name, characters), each of one font; invisible characters are dropped."""
    chosen = list(_fonts_of(text, font))
    return tuple(
        (name, "".join(character for _, character in pieces))
        for name, pieces in groupby(chosen, key=lambda pair: pair[0])
    )


def text_width(text: str, font: str, size: float) -> float:
    """The width of a line in points."""
    return sum(float(pdfmetrics.stringWidth(run, name, size)) for name, run in runs(text, font))


def draw_text(canvas: Canvas, x: float, y: float, text: str, font: str, size: float) -> None:
    """Draws one line from (x, y), in points, on the canvas's baseline."""
    for name, run in runs(text, font):
        canvas.setFont(name, size)
        canvas.drawString(x, y, run)
        x += pdfmetrics.stringWidth(run, name, size)


def fit_text(text: str, font: str, size: float, width: float) -> str:
    """The text cut so that it fits into `width` points, with an ellipsis where something is missing."""
    if text_width(text, font, size) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if text_width(text[:middle] + "…", font, size) <= width:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…"


def _fonts_of(text: str, font: str) -> Iterator[tuple[str, str]]:
    own = _glyphs(font)
    for character in writable(text):
        code = ord(character)
        if _is_invisible(character):
            continue
        if code in own:
            yield font, character
        elif _fallback_font() and code in _glyphs(_FALLBACK):
            yield _FALLBACK, character
        else:
            yield font, _MISSING


def _is_invisible(character: str) -> bool:
    """Joiners, direction marks and variation selectors, which ReportLab would draw as boxes."""
    return unicodedata.category(character) == "Cf" or 0xFE00 <= ord(character) <= 0xFE0F


@functools.cache
def _glyphs(font: str) -> frozenset[int]:
    return frozenset(pdfmetrics.getFont(font).face.charToGlyph)


@functools.cache
def _fallback_font() -> bool:
    """Registers the first fallback of this system that can be embedded; False where there is none."""
    for file in _fallback_files():
        if file.is_file():
            try:
                pdfmetrics.registerFont(TTFont(_FALLBACK, str(file)))
            except (TTFError, OSError):
                continue
            addMapping(_FALLBACK, 1, 0, _FALLBACK)
            return True
    return False


def _fallback_files() -> list[Path]:
    if sys.platform == "win32":
        folder = Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts"
        return [folder / name for name in _WINDOWS_FALLBACKS]
    return [Path(name) for name in (_MAC_FALLBACKS if sys.platform == "darwin" else _LINUX_FALLBACKS)]
