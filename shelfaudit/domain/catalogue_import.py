"""A catalogue that comes in beside the one that is there: what is new, what changes field by field, what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from shelfaudit.domain import barcode
from shelfaudit.domain.catalogue import Brand, BrandColour, Catalogue, Ownership, Product
from shelfaudit.domain.catalogue_edits import CatalogueEdit, difference


class Gravity(StrEnum):
    """What follows from a remark: an error leaves the row out, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Remark:
    """What is to be said about a row (0: of the whole file): which column, what is the matter, what to do."""

    row: int
    column: str
    what: str
    advice: str = ""
    gravity: Gravity = Gravity.ERROR

    @property
    def message(self) -> str:
        """One line for a person."""
        return f"{f'Row {self.row}: ' if self.row else ''}{self.what}. {self.advice}".strip()


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One row of a table, or one folder of pictures (`row` 0).

    product: None where the row is about a brand alone. given: the fields of `Product` that the table has a column for;
    the others are not touched. ownership, colour: None where the row does not say; `automatic_colour` takes a chosen
    colour away.
    """

    row: int
    brand: str
    product: Product | None = None
    given: frozenset[str] = frozenset()
    ownership: Ownership | None = None
    colour: BrandColour | None = None
    automatic_colour: bool = False
    pictures: tuple[Path, ...] = ()


class Outcome(StrEnum):
    """What importing does to a product."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class PlannedProduct:
    """A product before (None where it is new) and after the import, and the row that it comes from."""

    row: int
    before: Product | None
    after: Product
    pictures: tuple[Path, ...] = ()

    @property
    def outcome(self) -> Outcome:
        if self.before is None:
            return Outcome.NEW
        return Outcome.UNCHANGED if self.before == self.after and not self.pictures else Outcome.CHANGED

    @property
    def changes(self) -> dict[str, tuple[object, object]]:
        """The fields that differ: (before, after) by name; none for a new product."""
        if self.before is None:
            return {}
        pairs = {entry.name: (getattr(self.before, entry.name), getattr(self.after, entry.name)) for entry in _FIELDS}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


@dataclass(frozen=True)
class ImportPlan:
    """What an import would do to the catalogue `before`, and what stands in its way."""

    before: Catalogue
    after: Catalogue
    products: tuple[PlannedProduct, ...]
    remarks: tuple[Remark, ...]

    @cached_property
    def errors(self) -> tuple[Remark, ...]:
        return tuple(remark for remark in self.remarks if remark.gravity is Gravity.ERROR)

    @cached_property
    def warnings(self) -> tuple[Remark, ...]:
        return tuple(remark for remark in self.remarks if remark.gravity is Gravity.WARNING)

    def of(self, outcome: Outcome) -> list[PlannedProduct]:
        """The products of this outcome, in the order of the file."""
        return [planned for planned in self.products if planned.outcome is outcome]

    @property
    def new_brands(self) -> list[Brand]:
        return [brand for name, brand in self.after.brands.items() if name not in self.before.brands]

    @property
    def changed_brands(self) -> list[tuple[Brand, Brand]]:
        """Brands that are there and get another owner or colour, before and after."""
        pairs = [
            (self.before.brands[name], brand) for name, brand in self.after.brands.items() if name in self.before.brands
        ]
        return [pair for pair in pairs if pair[0] != pair[1]]

    @property
    def pictures(self) -> dict[str, tuple[Path, ...]]:
        """Reference picture files by SKU, of products that have some."""
        return {planned.after.sku: planned.pictures for planned in self.products if planned.pictures}

    @property
    def edit(self) -> CatalogueEdit:
        """The import as one edit."""
        return difference(self.before, self.after, f"Import {len(self.products)} products")

    @property
    def changes_something(self) -> bool:
        """Whether there is anything to import."""
        return self.before != self.after or bool(self.pictures)


def plan_import(known: Catalogue, rows: Sequence[ImportRow], remarks: Iterable[Remark] = ()) -> ImportPlan:
    """What importing these rows into a catalogue does; `remarks` are those of reading them."""
    found = list(remarks)
    rows = _once(rows, found)
    brands = _brands(known, rows, found)
    wrong = {remark.row for remark in found if remark.gravity is Gravity.ERROR and remark.row}
    planned = [_planned(known, row) for row in rows if row.product is not None and row.row not in wrong]
    found += _doubts(known, planned)
    named = {entry.after.brand for entry in planned} | {
        row.brand for row in rows if row.product is None and row.row not in wrong
    }
    after = known.merged(
        Catalogue.of([brand for name, brand in brands.items() if name in named], [entry.after for entry in planned])
    )
    return ImportPlan(known, after, tuple(planned), tuple(sorted(found, key=lambda remark: remark.row)))


_FIELDS = fields(Product)


def _once(rows: Sequence[ImportRow], remarks: list[Remark]) -> list[ImportRow]:
    """Every SKU once: a row that says the same again is a slip, one that says something else an error."""
    first: dict[str, ImportRow] = {}
    kept = []
    for row in rows:
        if row.product is None:
            kept.append(row)
            continue
        earlier = first.setdefault(row.product.sku, row)
        if earlier is row:
            kept.append(row)
        elif replace(earlier, row=0) == replace(row, row=0):
            what = f"the same as row {earlier.row}"
            remarks.append(Remark(row.row, "sku", what, "It is taken once.", Gravity.WARNING))
        else:
            what = f"the SKU {row.product.sku!r} is already in row {earlier.row}"
            remarks.append(Remark(row.row, "sku", what, "Give each product its own SKU, or delete one of the rows."))
    return kept


def _brands(known: Catalogue, rows: Sequence[ImportRow], remarks: list[Remark]) -> dict[str, Brand]:
    """Every brand of the rows as it will be; rows that contradict an earlier one are remarked on."""
    brands: dict[str, Brand] = {}
    owners: dict[str, Ownership] = {}
    colours: dict[str, BrandColour | None] = {}
    for row in rows:
        name = row.brand
        brand = brands.get(name) or known.brands.get(name) or Brand(name)
        if row.ownership is not None:
            if owners.setdefault(name, row.ownership) is not row.ownership:
                what = f"the brand {name!r} is {owners[name]} in an earlier row"
                remarks.append(Remark(row.row, "ownership", what, "A brand is own or a competitor's: make them agree."))
                continue
            brand = replace(brand, ownership=row.ownership)
        if row.colour is not None or row.automatic_colour:
            if colours.setdefault(name, row.colour) is not row.colour:
                what = f"the brand {name!r} has another colour in an earlier row"
                remarks.append(Remark(row.row, "colour", what, "The first one is taken.", Gravity.WARNING))
            brand = replace(brand, colour=colours[name])
        brands[name] = brand
    return brands


def _planned(known: Catalogue, row: ImportRow) -> PlannedProduct:
    assert row.product is not None
    before = known.products.get(row.product.sku)
    after = row.product
    if before is not None:
        kept = {entry.name: getattr(before, entry.name) for entry in _FIELDS if entry.name not in row.given}
        after = replace(after, **kept)
    return PlannedProduct(row.row, before, after, row.pictures)


def _doubts(known: Catalogue, planned: Sequence[PlannedProduct]) -> Iterable[Remark]:
    """What a spreadsheet may have done to numbers, and barcodes that two products share."""
    zeroless = {sku.lstrip("0"): sku for sku in known.products if sku.isdigit() and sku.startswith("0")}
    owners: dict[str, Product] = {}
    for entry in planned:
        sku, code = entry.after.sku, entry.after.barcode
        if entry.before is None and sku.isdigit() and sku in zeroless:
            yield _warning(
                entry,
                "sku",
                f"the SKU {sku} may be {zeroless[sku]} of the catalogue without its zeros",
                "Format the column as text in the spreadsheet, and export it again.",
            )
        if doubt := barcode.doubt(code):
            yield _warning(entry, "barcode", f"the barcode {code}: {doubt}", "It is imported as it is.")
        if code and owners.setdefault(code, entry.after) is not entry.after:
            yield _warning(entry, "barcode", f"the barcode {code} is that of {owners[code].name}, too", "Correct one.")


def _warning(entry: PlannedProduct, column: str, what: str, advice: str) -> Remark:
    return Remark(entry.row, column, what, advice, Gravity.WARNING)


def field_words(value: object) -> str:
    """A field's value as a person reads it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if value is not None and value != "" else "–"
