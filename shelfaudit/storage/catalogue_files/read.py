"""Catalogues from files: a CSV or XLSX table, or a folder of reference pictures per brand and product."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.domain.catalogue_import import ImportRow, Remark, plan_import
from shelfaudit.errors import CatalogueError
from shelfaudit.storage.catalogue_files.columns import OPTIONAL_COLUMNS, REQUIRED_COLUMNS, parse_row, tidy
from shelfaudit.storage.catalogue_files.folders import add_folders
from shelfaudit.storage.catalogue_files.tables import read_rows

TABLE_NAME = "catalogue.csv"


@dataclass(frozen=True)
class CatalogueFile:
    """What a file or folder holds: its usable rows, and what is wrong with the others."""

    path: Path
    rows: tuple[ImportRow, ...]
    remarks: tuple[Remark, ...] = ()


def read_catalogue_file(path: Path, *, picture_suffixes: Collection[str]) -> CatalogueFile:
    """The rows of a table, or of a folder, with a remark for every row that is wrong.

    Table (CSV, or the first sheet of an XLSX): a header row with `REQUIRED_COLUMNS` and any of `OPTIONAL_COLUMNS`
    (others are ignored); CSV is separated by commas, semicolons or tabs, in UTF-8, UTF-16 or Windows-1252. `ownership`
    is own or competitor, `colour` one of `BrandColour` or automatic, `width_cm` may have a decimal comma, `must_stock`
    is yes or no, `pictures` are files relative to the table, separated by semicolons. A row with a brand and no product
    is about the brand alone.

    Folder: `<brand>/<product>/<pictures>`; the SKU is "brand/product". A `catalogue.csv` in it adds what it knows.

    picture_suffixes: lower-case suffixes of the files in a product's folder that are pictures.

    Raises:
        CatalogueError: the file or folder cannot be read, or is no catalogue at all.
    """
    try:
        if path.is_dir():
            table = path / TABLE_NAME
            read = _read_table(table) if table.is_file() else CatalogueFile(table, ())
            found = CatalogueFile(read.path, tuple(add_folders(path, read.rows, picture_suffixes)), read.remarks)
        else:
            found = _read_table(path)
    except OSError as error:
        raise CatalogueError(
            f"The catalogue cannot be read ({error.strerror or error}).", advice="Check the name.", file=path
        ) from error
    if not found.rows and not found.remarks:
        raise CatalogueError(
            "There is no product in this catalogue.",
            advice=f"It needs a table with the columns {', '.join(REQUIRED_COLUMNS)}, "
            "or pictures in a folder per product: BRAND/PRODUCT/picture.jpg.",
            file=path,
        )
    return found


def read_catalogue(
    path: Path, *, picture_suffixes: Collection[str], known: Catalogue | None = None
) -> tuple[Catalogue, dict[str, list[Path]]]:
    """The catalogue in a table or folder as a whole, and the reference pictures by SKU (only products that have some).

    known: the catalogue that this one is merged into; what the file does not say stays as it is there.

    Raises:
        CatalogueError: as `read_catalogue_file`, and for the first row that is wrong (the header is row 1).
    """
    found = read_catalogue_file(path, picture_suffixes=picture_suffixes)
    plan = plan_import(known or Catalogue(), found.rows, found.remarks)
    for error in plan.errors:
        raise CatalogueError(f"Row {error.row}: {error.what}.", advice=error.advice, file=found.path)
    brands = [plan.after.brands[name] for name in dict.fromkeys(row.brand for row in found.rows)]
    catalogue = Catalogue.of(brands, [planned.after for planned in plan.products])
    return catalogue, {sku: list(pictures) for sku, pictures in plan.pictures.items()}


def _read_table(file: Path) -> CatalogueFile:
    lines = read_rows(file)
    columns = _columns(file, lines)
    rows, remarks = [], []
    for number, cells in lines:
        values = {name: cells[index] if index < len(cells) else "" for name, index in columns.items()}
        parsed = parse_row(file.parent, number, values)
        if isinstance(parsed, Remark):
            remarks.append(parsed)
        else:
            rows.append(parsed)
    return CatalogueFile(file, tuple(rows), tuple(remarks))


def _columns(file: Path, lines: Iterator[tuple[int, list[str]]]) -> dict[str, int]:
    """Where each column is, from the header row."""
    known = (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS)
    _, header = next(lines, (1, []))
    titles = [tidy(title).casefold() for title in header]
    missing = [name for name in REQUIRED_COLUMNS if name not in titles]
    if missing:
        raise CatalogueError(
            f"Row 1 must name the columns of a catalogue; missing: {', '.join(missing)}.",
            advice=f"Columns are {', '.join(known)}, separated by , or ;",
            file=file,
        )
    return {name: titles.index(name) for name in known if name in titles}
