"""Tables as spreadsheets save them: CSV in their encodings, and XLSX; rows of text, whatever is in the cells."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from shelfaudit.errors import CatalogueError

XLSX_SUFFIX = ".xlsx"
MOST_BYTES = 50_000_000
"""The largest table that is read; a hundred thousand products take a tenth of it."""
MOST_UNPACKED_BYTES = 300_000_000
"""An XLSX is a zip file: a small one may unpack to more than any memory."""
MOST_ROWS = 200_000

FORMULA_STARTS = ("=", "+", "-", "@")
"""A spreadsheet takes CSV cells that begin so for formulas."""
_QUOTED_STARTS = (*FORMULA_STARTS, "'")
_CORRECT_IT = "Correct it and load the catalogue again."


def read_rows(file: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table that are not empty, with the number that a spreadsheet shows.

    Raises:
        CatalogueError: the file is not such a table, or too large.
        OSError: it cannot be read.
    """
    if file.stat().st_size > MOST_BYTES:
        raise CatalogueError(
            f"This file is larger than {MOST_BYTES // 1_000_000} MB.", advice="Is it the catalogue?", file=file
        )
    rows: Iterable[list[str]] = _xlsx_rows(file) if file.suffix.lower() == XLSX_SUFFIX else _csv_rows(file)
    for number, cells in enumerate(rows, 1):
        if number > MOST_ROWS:
            raise CatalogueError(f"This table has more than {MOST_ROWS} rows.", advice="Divide it.", file=file)
        if any(cell.strip() for cell in cells):
            yield number, cells


def harmless(text: str) -> str:
    """A text for a CSV cell that no spreadsheet takes for a formula; `_plain_text` takes the mark off again."""
    return f"'{text}" if text.startswith(_QUOTED_STARTS) else text


def _plain_text(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_QUOTED_STARTS) else cell


def _csv_rows(file: Path) -> Iterator[list[str]]:
    text = _decode(file)
    first_line = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            yield [_plain_text(cell) for cell in cells]
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


def _xlsx_rows(file: Path) -> list[list[str]]:
    """The rows of the first sheet; of formulas the value that was saved with them."""
    import openpyxl  # here, because reading a workbook is rare and the library takes a while to load

    try:
        with zipfile.ZipFile(file) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
        if unpacked > MOST_UNPACKED_BYTES:
            raise CatalogueError("This workbook unpacks to more than a catalogue can be.", file=file)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions, which are none of our business
            workbook = openpyxl.load_workbook(file, read_only=True, data_only=True)
            try:
                sheet = workbook.worksheets[0]
                sheet.reset_dimensions()  # what the file says about its size may be wrong
                return [[_cell_text(cell) for cell in row] for row in islice(sheet.iter_rows(), MOST_ROWS + 1)]
            finally:
                workbook.close()
    except (CatalogueError, OSError):
        raise
    except Exception as error:  # the library raises whatever a damaged file makes it trip over
        raise CatalogueError(
            "This is not an Excel workbook, or it is damaged or protected by a password.",
            advice="Save it as .xlsx or as “CSV UTF-8” and load that.",
            file=file,
        ) from error


def _cell_text(cell: Any) -> str:
    """A cell as it would be typed: whole numbers without ".0", with the zeros in front that its format shows."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float) and value == int(value):
        text, shown = str(int(value)), str(cell.number_format)
        return text.zfill(len(shown)) if shown.strip("0") == "" else text
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="minutes") if value.time() != dt.time() else value.date().isoformat()
    return str(value)
