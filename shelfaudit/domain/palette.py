"""How brands are told apart on screen and on paper: colour, line pattern and letter, each enough on its own.

The colours are the palette of Okabe and Ito ("Color Universal Design", 2008), which stays distinct for the common
kinds of colour blindness; its black is left out because dark shelves swallow it. Letters and patterns carry the
difference where colour is lost, as in a grey print.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from shelfaudit.domain.measures import ShelfShares


class LinePattern(StrEnum):
    """How a box is drawn."""

    SOLID = "solid"
    DASHED = "dashed"
    DOTTED = "dotted"
    DASH_DOT = "dash-dot"

    @property
    def dashes(self) -> tuple[float, ...]:
        """Lengths in line widths (drawn, free, …), empty for a solid line."""
        return _DASHES[self]


_DASHES = {
    LinePattern.SOLID: (),
    LinePattern.DASHED: (4.0, 3.0),
    LinePattern.DOTTED: (1.0, 2.0),
    LinePattern.DASH_DOT: (6.0, 2.0, 1.0, 2.0),
}


@dataclass(frozen=True, slots=True)
class BrandStyle:
    """What a brand looks like: `colour` is "#RRGGBB", `letter` one to three characters, unique among the brands."""

    colour: str
    letter: str
    pattern: LinePattern = LinePattern.SOLID

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Red, green and blue, 0 to 255 each."""
        red, green, blue = bytes.fromhex(self.colour[1:])
        return red, green, blue

    @property
    def ink(self) -> str:
        """The text colour ("#RRGGBB", black or white) that reads better on `colour`, by WCAG relative luminance."""
        red, green, blue = (_linear(value / 255) for value in self.rgb)
        luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
        return "#FFFFFF" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else "#000000"


BRAND_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
"""In the order they are given out: neighbours differ in lightness too."""

_BRAND_PATTERNS = (LinePattern.SOLID, LinePattern.DOTTED, LinePattern.DASH_DOT)

UNKNOWN_STYLE = BrandStyle("#8A8F98", "?", LinePattern.DASHED)
"""Facings that are not recognised; no brand is ever grey or dashed."""


def brand_styles(brands: ShelfShares | Iterable[str]) -> dict[str, BrandStyle]:
    """A style for every brand by name, in the order given (`ShelfShares`: most facings first).

    Colours go by that order and come round again after seven brands with another line pattern. Letters go by the
    names alone, so that a brand keeps its letter while its facings change.
    """
    given = [entry.brand.name for entry in brands.brands] if isinstance(brands, ShelfShares) else brands
    names = list(dict.fromkeys(given))
    letters = brand_letters(names)
    styles: dict[str, BrandStyle] = {}
    for index, name in enumerate(names):
        turn, colour = divmod(index, len(BRAND_COLOURS))
        styles[name] = BrandStyle(BRAND_COLOURS[colour], letters[name], _BRAND_PATTERNS[turn % len(_BRAND_PATTERNS)])
    return styles


def brand_letters(names: Iterable[str]) -> dict[str, str]:
    """A short mark for each name, all different: the initial where it is free, else the initial and one more.

    The result does not depend on the order of the names.
    """
    taken: set[str] = set()
    letters: dict[str, str] = {}
    for name in sorted(set(names), key=lambda name: (name.casefold(), name)):
        letter = next(mark for mark in _marks(name) if mark.casefold() not in taken)
        taken.add(letter.casefold())
        letters[name] = letter
    return letters


def _marks(name: str) -> Iterator[str]:
    """Ever longer marks of a name: "B", "Br", "Bi", "Bo", "B2", "B3", …"""
    characters = [character for character in name if character.isalnum()]
    initial = characters[0].upper()[:1] if characters else "#"
    yield initial
    for character in characters[1:]:
        yield initial + character.lower()[:1]
    number = 2
    while True:
        yield f"{initial}{number}"
        number += 1


def _linear(value: float) -> float:
    """An sRGB component in [0, 1] as linear light."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
