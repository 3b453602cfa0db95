"""How brands are told apart on screen and on paper: colour, line pattern and letter, each enough on its own.

The colours are the palette of Okabe and Ito ("Color Universal Design", 2008), which stays distinct for the common
kinds of colour blindness; its black is left out because dark shelves swallow it. Letters and patterns carry the
difference where colour is lost, as in a grey print.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import cycle, product

from shelfaudit.domain.catalogue import BrandColour, Catalogue
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


COLOUR_VALUES: Mapping[BrandColour, str] = {
    BrandColour.BLUE: "#0072B2",
    BrandColour.ORANGE: "#E69F00",
    BrandColour.GREEN: "#009E73",
    BrandColour.PINK: "#CC79A7",
    BrandColour.SKY: "#56B4E9",
    BrandColour.VERMILION: "#D55E00",
    BrandColour.YELLOW: "#F0E442",
}
"""In the order they are given out: neighbours differ in lightness too."""

BRAND_COLOURS = tuple(COLOUR_VALUES.values())

_BRAND_PATTERNS = (LinePattern.SOLID, LinePattern.DOTTED, LinePattern.DASH_DOT)

UNKNOWN_STYLE = BrandStyle("#8A8F98", "?", LinePattern.DASHED)
"""Facings that are not recognised; no brand is ever grey or dashed."""


def brand_styles(
    brands: ShelfShares | Iterable[str], chosen: Mapping[str, BrandColour] | None = None
) -> dict[str, BrandStyle]:
    """A style for every brand by name, in the order given (`ShelfShares`: most facings first).

    `chosen` are colours that a person gave to brands, these or others (`ShelfShares` bring their own). The others get
    what is left in the order given, and after the seven colours the same ones with another line pattern: so two brands
    look different as long as there is a look that is free. Letters go by the names alone, so that a brand keeps its
    letter while its facings change.
    """
    if isinstance(brands, ShelfShares):
        owners = [entry.brand for entry in brands.brands]
        chosen = {brand.name: brand.colour for brand in owners if brand.colour is not None} | dict(chosen or {})
        brands = [brand.name for brand in owners]
    names = list(dict.fromkeys(brands))
    letters = brand_letters(names)
    looks = _chosen_looks(chosen or {})
    free = _free_looks(set(looks.values()))
    styles: dict[str, BrandStyle] = {}
    for name in names:
        colour, pattern = looks[name] if name in looks else next(free)
        styles[name] = BrandStyle(colour, letters[name], pattern)
    return styles


_Look = tuple[str, LinePattern]


def shelf_styles(seen: Sequence[str], catalogue: Catalogue) -> dict[str, BrandStyle]:
    """Styles of all brands, those on the shelf first: they get the colours that differ most and the short letters."""
    present = [name for name in seen if name in catalogue.brands]
    chosen = catalogue.brand_colours
    return {**brand_styles([*present, *catalogue.brands], chosen), **brand_styles(present, chosen)}


def _chosen_looks(chosen: Mapping[str, BrandColour]) -> dict[str, _Look]:
    """The colour that was chosen for each brand, with another line pattern for each brand that shares it."""
    looks: dict[str, _Look] = {}
    given = dict.fromkeys(BrandColour, 0)
    for name, colour in sorted(chosen.items()):
        looks[name] = COLOUR_VALUES[colour], _BRAND_PATTERNS[given[colour] % len(_BRAND_PATTERNS)]
        given[colour] += 1
    return looks


def _free_looks(taken: set[_Look]) -> Iterator[_Look]:
    """Looks to give out, without end: all colours with one pattern, then with the next; chosen ones are left out."""
    looks = [(colour, pattern) for pattern, colour in product(_BRAND_PATTERNS, BRAND_COLOURS)]
    return cycle([look for look in looks if look not in taken] or looks)


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
