"""The columns of a catalogue table: how each is read and written, once for every format."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PureWindowsPath

from shelfaudit.domain.catalogue import Brand, BrandColour, Ownership, Product
from shelfaudit.domain.catalogue_import import ImportRow, Remark

REQUIRED_COLUMNS = ("sku", "name", "brand")
OPTIONAL_COLUMNS = ("ownership", "colour", "category", "size", "width_cm", "barcode", "must_stock", "pictures")
WRITTEN_COLUMNS = tuple(name for name in (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS) if name != "pictures")

MOST_CHARACTERS = 200
"""Longer texts are no names but a slip, such as a quotation mark that is never closed."""

AUTOMATIC = "automatic"
_YES = frozenset({"1", "yes", "y", "true", "x"})
_NO = frozenset({"", "0", "no", "n", "false", "-"})
_AS_TEXT = "Format the column as text in the spreadsheet, enter the number again, and export it anew."
# What Excel makes of a long number; only where as many digits are left as there were, nothing is lost.
_SCIENTIFIC = re.compile(r"(\d)(?:[.,](\d+))?[eE]\+?(\d+)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?")


class RowError(Exception):
    """A cell that cannot be used."""

    def __init__(self, column: str, what: str, advice: str = "") -> None:
        super().__init__(what)
        self.column, self.what, self.advice = column, what, advice


def parse_row(folder: Path, number: int, cells: Mapping[str, str]) -> ImportRow | Remark:
    """A row of a table (text by column, lower case) as a product or a brand, or what is wrong with it.

    folder: where the table is; pictures are relative to it.
    """
    try:
        return _parsed(folder, number, {name: tidy(cell) for name, cell in cells.items()})
    except RowError as error:
        return Remark(number, error.column, error.what, error.advice)


def tidy(text: str) -> str:
    """The text on one line, without control characters and blanks around it."""
    spaced = "".join(" " if character in _BREAKS else character for character in unicodedata.normalize("NFC", text))
    return "".join(character for character in spaced if unicodedata.category(character) not in {"Cc", "Cs"}).strip()


_BREAKS = "\t\n\v\f\r\x85\u2028\u2029"


def row_of(product: Product, brand: Brand) -> dict[str, str]:
    """A product and its brand as the text of `WRITTEN_COLUMNS`."""
    return brand_row(brand) | {
        "sku": product.sku,
        "name": product.name,
        "category": product.category,
        "size": product.size,
        "width_cm": _plain(product.width_cm) if product.width_cm is not None else "",
        "barcode": product.barcode,
        "must_stock": "yes" if product.must_stock else "no",
    }


def brand_row(brand: Brand) -> dict[str, str]:
    """A brand without products as the text of `WRITTEN_COLUMNS`."""
    empty = dict.fromkeys(WRITTEN_COLUMNS, "")
    return empty | {"brand": brand.name, "ownership": brand.ownership.value, "colour": brand.colour or AUTOMATIC}


def _parsed(folder: Path, row: int, cells: Mapping[str, str]) -> ImportRow:
    for name, text in cells.items():
        if len(text) > MOST_CHARACTERS and name != "pictures":
            raise RowError(name, f"the {name} is longer than {MOST_CHARACTERS} characters", "Shorten it.")
    colour, automatic = _colour(cells.get("colour", ""))
    about_brand = ImportRow(
        row,
        cells["brand"],
        ownership=_ownership(cells.get("ownership", "")),
        colour=colour,
        automatic_colour=automatic,
    )
    if cells["brand"] and not any(text for name, text in cells.items() if name in _OF_PRODUCTS):
        return about_brand
    for name in REQUIRED_COLUMNS:
        if not cells[name]:
            raise RowError(name, f"the {name} is missing", "Fill it in.")
    product = Product(
        sku=_sku(cells["sku"]),
        name=cells["name"],
        brand=cells["brand"],
        width_cm=_width(cells.get("width_cm", "")),
        barcode=_barcode(cells.get("barcode", "")),
        must_stock=_yes_or_no(cells.get("must_stock", "")),
        category=cells.get("category", ""),
        size=cells.get("size", ""),
    )
    names = filter(None, map(str.strip, cells.get("pictures", "").split(";")))
    pictures = tuple(_picture(folder, name) for name in names)
    return replace(about_brand, product=product, given=_FIELDS & cells.keys(), pictures=pictures)


_FIELDS = frozenset({"sku", "name", "brand", "category", "size", "width_cm", "barcode", "must_stock"})
_OF_PRODUCTS = _FIELDS - {"brand"} | {"pictures"}


def _sku(text: str) -> str:
    # "1E5" may be a SKU; with a plus sign it is a number that a spreadsheet shortened.
    if "+" in text and _SCIENTIFIC.fullmatch(text):
        return _expanded("sku", text)
    return _no_date("sku", text)


def _barcode(text: str) -> str:
    if _SCIENTIFIC.fullmatch(text):
        return _expanded("barcode", text)
    return _no_date("barcode", text.replace(" ", "").removesuffix(".0"))


def _expanded(column: str, text: str) -> str:
    """A number such as 4.006381333931E+12 with all its digits. Raises RowError where some are lost."""
    match = _SCIENTIFIC.fullmatch(text)
    assert match is not None
    first, decimals, exponent = match[1], match[2] or "", int(match[3])
    if exponent != len(decimals):
        raise RowError(column, f"{text!r} is a number that the spreadsheet shortened; digits are lost", _AS_TEXT)
    return first + decimals


def _no_date(column: str, text: str) -> str:
    if _DATE.fullmatch(text):
        raise RowError(column, f"{text!r} is a date that the spreadsheet made of the {column}", _AS_TEXT)
    return text


def _width(text: str) -> float | None:
    if not text:
        return None
    try:
        width = float(text.replace(",", "."))
    except ValueError:
        width = 0.0
    if not 0 < width < math.inf:
        raise RowError("width_cm", f"width_cm must be a number above 0, not {text!r}", "For example 6.5.")
    return width


def _yes_or_no(text: str) -> bool:
    word = text.casefold()
    if word not in _YES | _NO:
        raise RowError("must_stock", f"must_stock must be yes or no, not {text!r}", "Write yes or no.")
    return word in _YES


def _ownership(text: str) -> Ownership | None:
    if not text:
        return None
    try:
        return Ownership(text.casefold())
    except ValueError:
        raise RowError(
            "ownership", f"ownership must be own or competitor, not {text!r}", "Write own or competitor."
        ) from None


def _colour(text: str) -> tuple[BrandColour | None, bool]:
    """The colour, and whether it is said to be automatic."""
    word = text.casefold()
    if word in ("", AUTOMATIC):
        return None, word == AUTOMATIC
    try:
        return BrandColour(word), False
    except ValueError:
        names = ", ".join(colour.value for colour in BrandColour)
        raise RowError(
            "colour", f"{text!r} is no colour for brands", f"Write one of {names}, or {AUTOMATIC}."
        ) from None


def _picture(folder: Path, name: str) -> Path:
    # A table written on Windows is read elsewhere, too.
    picture = folder / PureWindowsPath(name).as_posix()
    if not picture.is_file():
        raise RowError(
            "pictures", f"there is no picture {name!r} beside the table", "Copy it there, or empty the cell."
        )
    return picture


def _plain(number: float) -> str:
    """A number as Python reads it back exactly, without an exponent where that is short."""
    text = repr(float(number))
    return text.removesuffix(".0")
