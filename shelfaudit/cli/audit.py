"""`shelfaudit audit`: the main job."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shelfaudit.cli import console
from shelfaudit.cli.console import ExitCode
from shelfaudit.cli.options import DatabaseFile, Json, ModelFile, Photos, of_our_days, readable
from shelfaudit.cli.rooms import check_outputs, database_file, model_files, open_detector, open_repository
from shelfaudit.errors import OutputError

if TYPE_CHECKING:
    from shelfaudit.detection.model_file import ModelInfo
    from shelfaudit.usecases.audit import AuditOutcome
    from shelfaudit.usecases.ports import CancelCheck, ReportStore


def audit(
    photos: Photos,
    store: Annotated[
        str, typer.Option(metavar="NAME", help="The store that was visited.", show_default=False, callback=readable)
    ],
    category: Annotated[str, typer.Option(metavar="NAME", help="The category of the shelves.", callback=readable)] = "",
    date: Annotated[
        dt.datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="YYYY-MM-DD",
            help="Day of the visit.",
            show_default="today",
            callback=of_our_days,
        ),
    ] = None,
    auditor: Annotated[str, typer.Option(metavar="NAME", help="Who made the visit.", callback=readable)] = "",
    catalogue: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            metavar="FILE_OR_FOLDER",
            help="Brands and products: a CSV or XLSX, or a folder FOLDER/brand/product/*.jpg of reference pictures.",
            show_default=False,
        ),
    ] = None,
    database: DatabaseFile = None,
    model: ModelFile = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.pdf", help="Write the report there.", show_default=False)
    ] = None,
    workbook: Annotated[
        Path | None, typer.Option(metavar="FILE.xlsx", help="Write the workbook there.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Count the facings in the photos of a store visit and write the report.

    The photos are noted in a new visit of the database, every facing is found and, with a catalogue, named where it
    is sure; then the report and the workbook are written. Photos that cannot be read are named, the rest goes on.

    Example: `shelfaudit audit "D:/photos/monday" --store "Corner shop" --category "Soft drinks" --catalogue brands.csv
    --report monday.pdf --workbook monday.xlsx`

    What comes out: the shares on the screen, the two files, and a visit to correct in the window. With `--json`:
    `visit_id`, for each photo `file`, `facings` and `error`, and the `totals`; or `error`, where nothing was counted.
    """
    from shelfaudit.usecases.audit import VisitDetails
    from shelfaudit.usecases.audit import audit as run_audit
    from shelfaudit.usecases.import_photos import find_some_photos

    with console.json_answer(as_json) as answer:
        inputs = [*find_some_photos(photos), catalogue, database_file(database), *model_files(model)]
        check_outputs(report, workbook, inputs=inputs)
        today = dt.datetime.now().astimezone().date()
        details = VisitDetails(store, category, date.date() if date is not None else today, auditor)
        if details.date > today:
            console.warn(f"{details.date} is in the future; the visit is saved with this date.")
        detector = open_detector(model)
        with open_repository(database) as repository, console.stop_on_interrupt() as cancelled:
            with console.progress_bar("Detecting") as progress:
                outcome = run_audit(
                    repository,
                    detector,
                    details,
                    photos,
                    catalogue_path=catalogue,
                    progress=progress,
                    cancelled=cancelled,
                )
            # Results first: a report that cannot be written must not take them along.
            report_failures(outcome)
            if as_json:
                answer(audit_document(outcome))
            else:
                print_outcome(outcome)
            say_how_it_went(outcome, database_file(database))
            # A visit that was stopped early gets no report: it would pass for the whole shelf.
            if not outcome.stopped:
                write_files(repository, outcome.visit.id, detector.info, report, workbook, cancelled)
    console.finish(exit_code(outcome))


def write_files(
    repository: ReportStore,
    visit_id: int,
    model: ModelInfo,
    report: Path | None,
    workbook: Path | None,
    cancelled: CancelCheck,
) -> None:
    """Write what was asked for. Raises OutputError; a report that cannot be written does not keep the workbook back."""
    from shelfaudit.usecases.report import write_report, write_visit_workbook

    failure: OutputError | None = None
    if report is not None:
        try:
            with console.progress_bar("Report") as progress:
                write_report(repository, visit_id, report, models=[model], progress=progress, cancelled=cancelled)
            console.note(f"Report: {report}")
        except OutputError as error:
            failure = error
    if workbook is not None:
        write_visit_workbook(repository, visit_id, workbook, models=[model])
        console.note(f"Workbook: {workbook}")
    if failure is not None:
        raise failure


def exit_code(outcome: AuditOutcome) -> ExitCode:
    """What the process says about an audit."""
    if outcome.stopped:
        return ExitCode.STOPPED
    return ExitCode.SOME_PHOTOS_FAILED if outcome.failed else ExitCode.DONE


def report_failures(outcome: AuditOutcome) -> None:
    """Name every photo that could not be read, and why."""
    for photo in outcome.failed:
        console.warn(f"not read: {photo.path}: {photo.error}")


def say_how_it_went(outcome: AuditOutcome, database: Path) -> None:
    """The speed, and where the visit is."""
    console.note(
        f"{outcome.finished} photos in {outcome.seconds:.1f} s ({outcome.photos_per_second:.1f} photos/s). "
        f"Visit {outcome.visit.id} is saved in {database}."
    )
    if outcome.stopped:
        waiting = len(outcome.visit.photos) - outcome.finished
        console.note(f"Stopped: {waiting} photos wait in the visit. No report was written.")


def print_outcome(outcome: AuditOutcome) -> None:
    """The shelf in numbers, as a table on stdout."""
    from rich.table import Table

    shares = outcome.shares
    table = Table(title=outcome.visit.store.name, title_justify="left")
    table.add_column("brand")
    table.add_column("whose")
    for name in ("facings", "share", "by width"):
        table.add_column(name, justify="right")
    rows = [(entry.brand.name, entry.brand.ownership.value, entry.share) for entry in shares.brands]
    for brand, whose, share in [*rows, ("not recognised", "", shares.unknown)]:
        table.add_row(brand, whose, str(share.facings), f"{share.by_facings:.0%}", f"{share.by_width:.0%}")
    table.add_section()
    table.add_row("all", "", str(shares.total))
    console.print_table(table)


def audit_document(outcome: AuditOutcome) -> dict[str, object]:
    """The JSON object of `--json`. Shares are in [0, 1]; `linear_share` is the share by width.

    The own shares are null where nothing is counted or the catalogue has no own brand: 0 would say more than is known.
    """
    visit, shares = outcome.visit, outcome.shares
    own_share_is_known = shares.total > 0 and outcome.catalogue.has_own_brand
    models = {photo.model: photo.threshold for photo in visit.photos if photo.model}
    return {
        "visit_id": visit.id,
        "store": visit.store.name,
        "category": visit.category,
        "date": visit.date.isoformat(),
        "auditor": visit.auditor,
        "models": [{"name": name, "threshold": threshold} for name, threshold in models.items()],
        "photos": [
            {
                "file": str(photo.path),
                "facings": len(photo.facings),
                "error": photo.error or None,
            }
            for photo in visit.photos
        ],
        "totals": {
            "photos": len(visit.photos),
            "failed": len(outcome.failed),
            "facings": shares.total,
            "own_facings": shares.own.facings,
            "competitor_facings": shares.competitor.facings,
            "unknown_facings": shares.unknown.facings,
            "own_share": shares.own.by_facings if own_share_is_known else None,
            "own_linear_share": shares.own.by_width if own_share_is_known else None,
            "brands": [
                {
                    "brand": entry.brand.name,
                    "ownership": entry.brand.ownership.value,
                    "facings": entry.share.facings,
                    "share": entry.share.by_facings,
                    "linear_share": entry.share.by_width,
                }
                for entry in shares.brands
            ],
            "products": [
                {
                    "sku": entry.product.sku,
                    "name": entry.product.name,
                    "brand": entry.product.brand,
                    "facings": entry.share.facings,
                    "share": entry.share.by_facings,
                    "linear_share": entry.share.by_width,
                }
                for entry in shares.products
            ],
        },
        "stopped": outcome.stopped,
        "seconds": round(outcome.seconds, 3),
        "photos_per_second": round(outcome.photos_per_second, 2),
    }
