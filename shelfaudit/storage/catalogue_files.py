"""Catalogues from files: a CSV table, or a folder of reference pictures per brand and product."""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PureWindowsPath

from shelfaudit.domain.catalogue import Brand, Catalogue, Ownership, Product
from shelfaudit.errors import CatalogueError

TABLE_NAME = "catalogue.csv"
REQUIRED_COLUMNS = ("sku", "name", "brand")
OPTIONAL_COLUMNS = ("ownership", "width_cm", "barcode", "must_stock", "pictures")

_YES = frozenset({"1", "yes", "y", "true", "x"})
_NO = frozenset({"", "0", "no", "n", "false", "-"})
_CORRECT_IT = "Correct it and load the catalogue again."


@dataclass(frozen=True)
class _Entry:
    """One product as a file or folder gives it; `ownership` None means not said, `row` 0 means no row."""

    product: Product
    ownership: Ownership | None = None
    pictures: tuple[Path, ...] = ()
    row: int = 0


def read_catalogue(
    path: Path, *, picture_suffixes: Collection[str], known: Catalogue | None = None
) -> tuple[Catalogue, dict[str, list[Path]]]:
    """The catalogue in a CSV file or a folder, and the reference pictures by SKU (only products that have some).

    CSV: a header row with `REQUIRED_COLUMNS` and any of `OPTIONAL_COLUMNS` (others are ignored), separated by commas,
    semicolons or tabs, in UTF-8, UTF-16 or Windows-1252. `ownership` is own or competitor (where no row of the
    brand says: what `known` says, or competitor), `width_cm` may have a decimal comma, `must_stock` is yes or no,
    `pictures` are files relative to the table, separated by semicolons.

    Folder: `<brand>/<product>/<pictures>`; the SKU is "brand/product". A `catalogue.csv` in it adds what it knows: a
    row belongs to the folder `<its brand>/<its SKU or name>`, or has the SKU "brand/product".

    known: the catalogue that this one is merged into.
    picture_suffixes: lower-case suffixes of the files in a product's folder that are pictures.

    Raises:
        CatalogueError: the file or folder cannot be read or does not have this form; names the row of the table (the
            header is row 1).
    """
    try:
        entries = _read_folder(path, picture_suffixes) if path.is_dir() else _read_table(path)
    except OSError as error:
        raise CatalogueError(
            f"The catalogue cannot be read ({error.strerror or error}).", advice="Check the name.", file=path
        ) from error
    return _assemble(path, entries, known or Catalogue())


def _assemble(file: Path, entries: Sequence[_Entry], known: Catalogue) -> tuple[Catalogue, dict[str, list[Path]]]:
    if not entries:
        raise CatalogueError(
            "There is no product in this catalogue.",
            advice=f"It needs a table with the columns {', '.join(REQUIRED_COLUMNS)}, "
            "or pictures in a folder per product: BRAND/PRODUCT/picture.jpg.",
            file=file,
        )
    ownership: dict[str, Ownership] = {}
    for entry in entries:
        if entry.ownership is None:
            continue
        brand = entry.product.brand
        if ownership.setdefault(brand, entry.ownership) is not entry.ownership:
            raise _bad_row(file, entry.row, f"the brand {brand!r} is {ownership[brand]} in an earlier row")
    names = {entry.product.brand: None for entry in entries}
    brands = {name: known.brands.get(name, Brand(name)) for name in names}
    brands |= {name: Brand(name, owner) for name, owner in ownership.items()}
    pictures = {entry.product.sku: list(entry.pictures) for entry in entries if entry.pictures}
    return Catalogue.of(brands.values(), [entry.product for entry in entries]), pictures


def _read_table(file: Path) -> list[_Entry]:
    rows = _rows(file)
    header = next(rows, (1, []))[1]
    columns = {title.strip().casefold(): index for index, title in enumerate(header)}
    missing = [name for name in REQUIRED_COLUMNS if name not in columns]
    if missing:
        raise CatalogueError(
            f"Row 1 must name the columns of a catalogue; missing: {', '.join(missing)}.",
            advice=f"Columns are {', '.join((*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS))}, separated by , or ;",
            file=file,
        )
    entries: dict[str, _Entry] = {}
    for number, cells in rows:
        values = {name: cells[index].strip() if index < len(cells) else "" for name, index in columns.items()}
        entry = _entry(file, number, values)
        if entry.product.sku in entries:
            first = entries[entry.product.sku].row
            raise _bad_row(file, number, f"the SKU {entry.product.sku!r} is already in row {first}")
        entries[entry.product.sku] = entry
    return list(entries.values())


def _rows(file: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, with the number a spreadsheet shows."""
    text = _decode(file)
    first_line = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for number, cells in enumerate(reader, 1):
            if any(cell.strip() for cell in cells):
                yield number, cells
    except csv.Error as error:
        raise CatalogueError(
            f"This is not a table of text (line {reader.line_num}: {error}).", advice=_CORRECT_IT, file=file
        ) from error


def _decode(file: Path) -> str:
    data = file.read_bytes()
    # "Unicode text" of Excel is UTF-16; read as Windows-1252 it would be full of zeros.
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise CatalogueError("This is not a CSV file.", advice="Save the table as “CSV UTF-8” and load that.", file=file)


def _entry(file: Path, row: int, values: dict[str, str]) -> _Entry:
    for name in REQUIRED_COLUMNS:
        if not values[name]:
            raise _bad_row(file, row, f"the {name} is missing")
    return _Entry(
        product=Product(
            sku=values["sku"],
            name=values["name"],
            brand=values["brand"],
            width_cm=_width(file, row, values.get("width_cm", "")),
            barcode=values.get("barcode", ""),
            must_stock=_yes_or_no(file, row, values.get("must_stock", "")),
        ),
        ownership=_ownership(file, row, values.get("ownership", "")),
        pictures=tuple(_pictures(file, row, values.get("pictures", ""))),
        row=row,
    )


def _width(file: Path, row: int, text: str) -> float | None:
    if not text:
        return None
    try:
        width = float(text.replace(",", "."))
    except ValueError:
        width = 0.0
    if not 0 < width < float("inf"):
        raise _bad_row(file, row, f"width_cm must be a number above 0, not {text!r}")
    return width


def _yes_or_no(file: Path, row: int, text: str) -> bool:
    word = text.casefold()
    if word not in _YES | _NO:
        raise _bad_row(file, row, f"must_stock must be yes or no, not {text!r}")
    return word in _YES


def _ownership(file: Path, row: int, text: str) -> Ownership | None:
    if not text:
        return None
    try:
        return Ownership(text.casefold())
    except ValueError:
        raise _bad_row(file, row, f"ownership must be own or competitor, not {text!r}") from None


def _pictures(file: Path, row: int, text: str) -> Iterator[Path]:
    for name in filter(None, map(str.strip, text.split(";"))):
        # A table written on Windows is read elsewhere, too.
        picture = file.parent / PureWindowsPath(name).as_posix()
        if not picture.is_file():
            raise _bad_row(file, row, f"there is no picture {name!r} beside the table")
        yield picture


def _bad_row(file: Path, row: int, what: str) -> CatalogueError:
    return CatalogueError(f"Row {row}: {what}.", advice=_CORRECT_IT, file=file)


def _read_folder(folder: Path, picture_suffixes: Collection[str]) -> list[_Entry]:
    """The table's entries with the pictures of their folders, then the folders that no row belongs to."""
    table = folder / TABLE_NAME
    entries = _read_table(table) if table.is_file() else []
    pictures = _pictures_by_product(folder, picture_suffixes)
    merged = []
    for entry in entries:
        product = entry.product
        own_folders = {(product.brand, product.sku), (product.brand, product.name), tuple(product.sku.split("/"))}
        found = [picture for key in sorted(own_folders & pictures.keys()) for picture in pictures.pop(key)]
        merged.append(replace(entry, pictures=tuple(dict.fromkeys((*entry.pictures, *found)))))
    for (brand, name), files in pictures.items():
        merged.append(_Entry(Product(f"{brand}/{name}", name, brand), pictures=tuple(files)))
    return merged


def _pictures_by_product(folder: Path, picture_suffixes: Collection[str]) -> dict[tuple[str, ...], list[Path]]:
    found: dict[tuple[str, ...], list[Path]] = {}
    for brand in _subfolders(folder):
        products = {product: _pictures_in(product, picture_suffixes) for product in _subfolders(brand)}
        if not any(products.values()) and _pictures_in(brand, picture_suffixes):
            raise CatalogueError(
                "This brand's pictures are not in a folder per product.",
                advice="Put them into BRAND/PRODUCT/picture.jpg.",
                file=brand,
            )
        found |= {(_name(brand), _name(product)): files for product, files in products.items() if files}
    return found


def _subfolders(folder: Path) -> list[Path]:
    return _sorted(path for path in folder.iterdir() if path.is_dir())


def _pictures_in(folder: Path, picture_suffixes: Collection[str]) -> list[Path]:
    return _sorted(path for path in folder.iterdir() if path.suffix.lower() in picture_suffixes and path.is_file())


def _sorted(paths: Iterable[Path]) -> list[Path]:
    """By name; hidden ones left out."""
    return sorted((path for path in paths if not path.name.startswith(".")), key=lambda path: path.name.casefold())


def _name(folder: Path) -> str:
    """The folder's name as a table would write it: macOS gives “é” as two characters."""
    return unicodedata.normalize("NFC", folder.name)
