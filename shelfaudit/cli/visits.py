"""`shelfaudit visits`, `report` and `export`: what is in the database, and files made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shelfaudit.cli import console
from shelfaudit.cli.options import DatabaseFile, Json, ModelFile, VisitId
from shelfaudit.cli.rooms import check_outputs, database_file, is_missing, model_files, open_repository
from shelfaudit.usecases.formats import ExportFormat


def visits(database: DatabaseFile = None, as_json: Json = False) -> None:
    """List the visits, the newest first.

    Example: `shelfaudit visits`

    What comes out: a line for each visit with its number (which `report` and `export` ask for), store, category,
    date, photos, facings, own share and state.
    """
    from rich.table import Table

    with console.json_answer(as_json):
        if database is None and is_missing(database_file(None)):
            summaries = []
        else:
            with open_repository(database, must_exist=True) as repository:
                summaries = repository.visits()
    if as_json:
        console.print_json(
            {
                "visits": [
                    {
                        "visit_id": entry.id,
                        "store": entry.store,
                        "category": entry.category,
                        "date": entry.date.isoformat(),
                        "auditor": entry.auditor,
                        "photos": entry.photos,
                        "failed": entry.failed,
                        "facings": entry.facings,
                        "own_share": entry.own_share,
                        "state": entry.state.value,
                    }
                    for entry in summaries
                ]
            }
        )
        return
    if not summaries:
        console.note("There is no visit yet. `shelfaudit audit --help` shows how to make one.")
        return
    table = Table("visit", "store", "category", "date", "auditor")
    for name in ("photos", "facings", "own share"):
        table.add_column(name, justify="right")
    table.add_column("state")
    for entry in summaries:
        table.add_row(
            str(entry.id),
            entry.store,
            entry.category,
            entry.date.isoformat(),
            entry.auditor,
            f"{entry.photos} ({entry.failed} not read)" if entry.failed else str(entry.photos),
            str(entry.facings),
            f"{entry.own_share:.0%}" if entry.own_share is not None else "",
            entry.state.value,
        )
    console.print_table(table)


def report(
    visit_id: VisitId,
    output: Annotated[Path, typer.Option(metavar="FILE.pdf", help="Write the report there.", show_default=False)],
    database: DatabaseFile = None,
    model: ModelFile = None,
) -> None:
    """Write the report of a visit again, with the corrections made since.

    Example: `shelfaudit report 3 --output monday.pdf`

    What comes out: a PDF with the shares as table and chart, the photos with their boxes, and how it was counted.
    """
    from shelfaudit.usecases.report import known_models, write_report

    check_outputs(output, inputs=[database_file(database), *model_files(model)])
    with (
        open_repository(database, must_exist=True) as repository,
        console.stop_on_interrupt() as cancelled,
        console.progress_bar("Report") as progress,
    ):
        write_report(repository, visit_id, output, models=known_models(model), progress=progress, cancelled=cancelled)
    console.note(f"Report: {output}")


def export(
    visit_id: VisitId,
    file_format: Annotated[
        ExportFormat,
        typer.Option(
            "--format",
            help="csv: one row per facing. xlsx: the workbook. coco: boxes as COCO JSON.",
            show_default=False,
        ),
    ],
    output: Annotated[Path, typer.Option(metavar="FILE", help="Write it there.", show_default=False)],
    database: DatabaseFile = None,
    model: ModelFile = None,
) -> None:
    """Write the facings of a visit for another program.

    Example: `shelfaudit export 3 --format xlsx --output monday.xlsx`

    What comes out: for csv and coco the corrected facings, for xlsx a sheet of totals as well.
    """
    from shelfaudit.usecases.export import export_visit
    from shelfaudit.usecases.report import known_models

    check_outputs(output, inputs=[database_file(database), *model_files(model)])
    with open_repository(database, must_exist=True) as repository:
        export_visit(repository, visit_id, file_format, output, models=known_models(model))
    console.note(f"{file_format.value}: {output}")
