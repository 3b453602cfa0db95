"""`shelfaudit catalogue`: brands and products in and out of the database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shelfaudit.cli import console
from shelfaudit.cli.options import DatabaseFile, Json, ModelFile
from shelfaudit.cli.rooms import check_outputs, database_file, is_missing, open_detector, open_repository

if TYPE_CHECKING:
    from shelfaudit.domain.catalogue import Brand, Catalogue
    from shelfaudit.domain.catalogue_import import ImportPlan, Remark

catalogue_app = typer.Typer(
    name="catalogue",
    help="The brands and products that can be named: list, import, export.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@catalogue_app.command("list")
def list_products(database: DatabaseFile = None, as_json: Json = False) -> None:
    """List the products by brand, with how often each was found.

    Example: `shelfaudit catalogue list`

    What comes out: for each product its SKU, name, brand, owner, category, size, barcode, whether it is must-stock, and
    its facings in all visits.
    """
    from rich.table import Table

    from shelfaudit.domain.catalogue import Catalogue
    from shelfaudit.storage.catalogue_edits import ProductUse

    catalogue, uses = Catalogue(), dict[str, ProductUse]()
    with console.json_answer(as_json) as answer:
        if database is not None or not is_missing(database_file(None)):
            with open_repository(database, must_exist=True) as repository:
                catalogue, uses = repository.catalogue(), repository.product_uses()
        facings = {sku: uses.get(sku, ProductUse()).facings for sku in catalogue.products}
        if as_json:
            answer(_document(catalogue, facings))
            return
    if not catalogue.products:
        console.note("There is no product yet. `shelfaudit catalogue import --help` shows how to bring some in.")
        return
    table = Table("brand", "whose", "product", "category", "size", "SKU", "barcode", "must-stock")
    table.add_column("facings", justify="right")
    for product in sorted(catalogue.products.values(), key=lambda product: (product.brand.casefold(), product.name)):
        table.add_row(
            product.brand,
            catalogue.brands[product.brand].ownership.value,
            product.name,
            product.category,
            product.size,
            product.sku,
            product.barcode,
            "yes" if product.must_stock else "",
            str(facings[product.sku]),
        )
    console.print_table(table)


@catalogue_app.command("import")
def import_catalogue(
    source: Annotated[
        Path,
        typer.Argument(
            readable=False,
            metavar="FILE_OR_FOLDER",
            help="A CSV or XLSX table, or a folder FOLDER/brand/product/*.jpg of reference pictures.",
            show_default=False,
        ),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen and change nothing.", show_default=False)
    ] = False,
    skip_errors: Annotated[
        bool,
        typer.Option("--skip-errors", help="Import the other rows where some are wrong.", show_default=False),
    ] = False,
    database: DatabaseFile = None,
    model: ModelFile = None,
    as_json: Json = False,
) -> None:
    """Merge a table of products into the catalogue.

    The table has the columns sku, name, brand and any of ownership, colour, category, size, width_cm, barcode,
    must_stock, pictures. What it has no column for stays as it is. Where a row is wrong nothing is imported, unless
    `--skip-errors` says that the other rows are wanted.

    Example: `shelfaudit catalogue import brands.xlsx --dry-run`

    What comes out: the new and the changed products, field by field, and every row that is wrong, with what to do. With
    `--json`: `new`, `changed`, `unchanged`, `errors`, `warnings` and `imported`.
    """
    from shelfaudit.usecases.catalogue_exchange import apply_import, preview_import

    with console.json_answer(as_json) as answer, open_repository(database) as repository:
        preview = preview_import(repository, source)
        plan = preview.plan
        wanted = not dry_run and (skip_errors or not plan.errors) and plan.changes_something
        if not as_json:
            _tell(plan)
        if wanted:
            with console.stop_on_interrupt("this picture") as cancelled, console.progress_bar("Pictures") as progress:
                apply_import(
                    repository, lambda: open_detector(model), preview.file, progress=progress, cancelled=cancelled
                )
        if as_json:
            answer(_plan_document(plan) | {"imported": wanted})
        else:
            console.note(_conclusion(plan, wanted=wanted, dry_run=dry_run))
    if plan.errors and not skip_errors:
        console.finish(console.ExitCode.USER_ERROR)


@catalogue_app.command("export")
def export(
    output: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="Write it there: .xlsx for Excel, anything else is CSV.", show_default=False
        ),
    ],
    database: DatabaseFile = None,
) -> None:
    """Write the catalogue as a table that `import` reads again.

    Example: `shelfaudit catalogue export catalogue.xlsx`

    What comes out: a row for every product with its brand, and one for every brand without products. Every cell is
    text, so that no spreadsheet changes a barcode or runs a formula.
    """
    from shelfaudit.usecases.catalogue_exchange import export_catalogue

    check_outputs(output, inputs=[database_file(database)])
    with open_repository(database, must_exist=True) as repository:
        catalogue = repository.catalogue()
        export_catalogue(catalogue, output)
    console.note(f"{len(catalogue.products)} products of {len(catalogue.brands)} brands: {output}")


def _tell(plan: ImportPlan) -> None:
    for line in _lines(plan):
        console.print_line(line)
    for remark in plan.warnings:
        console.warn(remark.message)
    for remark in plan.errors:
        console.warn(f"error: {remark.message}")


def _lines(plan: ImportPlan) -> Iterator[str]:
    from shelfaudit.domain.catalogue_import import Outcome, field_words

    for brand in plan.new_brands:
        yield f"new brand  {brand.name} ({brand.ownership.value})"
    for before, after in plan.changed_brands:
        yield f"brand      {after.name}: {_brand_words(before)} → {_brand_words(after)}"
    for planned in plan.of(Outcome.NEW):
        yield f"new        {planned.after.sku}  {planned.after.name} ({planned.after.brand})"
    for planned in plan.of(Outcome.CHANGED):
        parts = [f"{name}: {field_words(old)} → {field_words(new)}" for name, (old, new) in planned.changes.items()]
        parts += [f"{len(planned.pictures)} pictures"] if planned.pictures else []
        yield f"changed    {planned.after.sku}  {', '.join(parts)}"


def _brand_words(brand: Brand) -> str:
    return f"{brand.ownership.value}, {brand.colour or 'automatic colour'}"


def _conclusion(plan: ImportPlan, *, wanted: bool, dry_run: bool) -> str:
    from shelfaudit.domain.catalogue_import import Outcome

    counts = ", ".join(f"{len(plan.of(outcome))} {outcome.value}" for outcome in Outcome)
    if wanted:
        return f"Imported: {counts}."
    if plan.errors and not dry_run:
        return f"Nothing was imported ({counts}): correct the rows above, or add --skip-errors."
    return f"Nothing was written ({counts})." if plan.changes_something else f"Nothing to import ({counts})."


def _plan_document(plan: ImportPlan) -> dict[str, object]:
    from shelfaudit.domain.catalogue_import import Outcome

    return {
        "new": [planned.after.sku for planned in plan.of(Outcome.NEW)],
        "changed": [
            {"sku": planned.after.sku, "fields": {name: list(pair) for name, pair in planned.changes.items()}}
            for planned in plan.of(Outcome.CHANGED)
        ],
        "unchanged": len(plan.of(Outcome.UNCHANGED)),
        "errors": [_remark_document(remark) for remark in plan.errors],
        "warnings": [_remark_document(remark) for remark in plan.warnings],
    }


def _remark_document(remark: Remark) -> dict[str, object]:
    return {"row": remark.row, "column": remark.column, "what": remark.what, "advice": remark.advice}


def _document(catalogue: Catalogue, facings: dict[str, int]) -> dict[str, object]:
    return {
        "brands": [
            {"name": brand.name, "ownership": brand.ownership.value, "colour": brand.colour}
            for brand in catalogue.brands.values()
        ],
        "products": [
            {
                "sku": product.sku,
                "name": product.name,
                "brand": product.brand,
                "category": product.category,
                "size": product.size,
                "width_cm": product.width_cm,
                "barcode": product.barcode,
                "must_stock": product.must_stock,
                "facings": facings[product.sku],
            }
            for product in catalogue.products.values()
        ],
    }
