"""`shelfaudit demo` and `shelfaudit doctor`: see it work, and find out why it does not."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from shelfaudit.cli import console
from shelfaudit.cli.audit import exit_code, print_outcome, report_failures, say_how_it_went
from shelfaudit.cli.console import ExitCode, OpenWindow
from shelfaudit.cli.options import DatabaseFile, Json, ModelFile
from shelfaudit.cli.rooms import check_outputs, open_detector, open_repository


def demo(
    context: typer.Context,
    output: Annotated[Path, typer.Option(metavar="DIR", help="Folder for everything it makes.", show_default=False)],
    headless: Annotated[bool, typer.Option("--headless", help="Do not open the window at the end.")] = False,
    model: ModelFile = None,
) -> None:
    """Make sample photos of a shelf and do a whole audit with them.

    Example: `shelfaudit demo --output demo`

    What comes out: in the folder `photos` and `catalogue` (pictures of invented products), `report.pdf`,
    `workbook.xlsx` and `visits.sqlite`; on the screen the counts beside the truth; then the window on that visit,
    where there is a display. Run again, it adds a visit.
    """
    from rich.table import Table

    from shelfaudit.usecases.demo import DemoFiles, run_demo

    files = DemoFiles.in_folder(output)
    check_outputs(files.report, files.workbook)
    detector = open_detector(model)
    with (
        open_repository(files.database) as repository,
        console.stop_on_interrupt() as cancelled,
        console.progress_bar("Demo") as progress,
    ):
        result = run_demo(repository, detector, files, progress=progress, cancelled=cancelled)
    report_failures(result.outcome)
    print_outcome(result.outcome)
    table = Table("photo", title="Beside the truth", title_justify="left")
    for name in ("counted", "true", "found", "named", "named right"):
        table.add_column(name, justify="right")
    for check in result.checks:
        numbers = (check.counted, check.true, check.found, check.named, check.named_right)
        table.add_row(check.photo, *map(str, numbers))
    console.print_table(table)
    say_how_it_went(result.outcome, files.database)
    console.note(f"Report: {files.report}")
    console.note(f"Workbook: {files.workbook}")
    if not headless and exit_code(result.outcome) is ExitCode.DONE:
        if has_display():
            open_window: OpenWindow = context.obj
            raise typer.Exit(open_window(["--database", str(files.database)]))
        console.note("There is no display, so no window opens.")
    console.finish(exit_code(result.outcome))


def doctor(database: DatabaseFile = None, model: ModelFile = None, as_json: Json = False) -> None:
    """Check that everything is there and works: versions, model, one detection, database.

    Example: `shelfaudit doctor`

    What comes out: a line for each check, with what to do where something is wrong; then the exit code is 1.
    """
    from rich.table import Table
    from rich.text import Text

    from shelfaudit.usecases.doctor import run_checks

    results = run_checks(model, database)
    healthy = all(result.healthy for result in results)
    if as_json:
        console.print_json(
            {
                "healthy": healthy,
                "checks": [
                    {
                        "name": result.name,
                        "healthy": result.healthy,
                        "detail": result.detail,
                        "advice": result.advice or None,
                    }
                    for result in results
                ],
            }
        )
    else:
        table = Table("check", "", "what was found")
        for result in results:
            state = Text("ok", "green") if result.healthy else Text("failed", "bold red")
            table.add_row(result.name, state, f"{result.detail} {result.advice}".strip())
        console.print_table(table)
    console.finish(ExitCode.DONE if healthy else ExitCode.USER_ERROR)


def has_display() -> bool:
    """Whether a window can be opened and seen."""
    if os.environ.get("QT_QPA_PLATFORM") in {"offscreen", "minimal"}:
        return False
    return sys.platform in {"win32", "darwin"} or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
