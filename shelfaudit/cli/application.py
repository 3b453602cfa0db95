"""The Typer application: the commands, and what `shelfaudit` without one does."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shelfaudit import __version__
from shelfaudit.cli.audit import audit
from shelfaudit.cli.bench import bench
from shelfaudit.cli.catalogue import catalogue_app
from shelfaudit.cli.checkup import demo, doctor
from shelfaudit.cli.console import OpenWindow
from shelfaudit.cli.convert import convert
from shelfaudit.cli.dataset import dataset_app
from shelfaudit.cli.detect import detect
from shelfaudit.cli.evaluate import evaluate
from shelfaudit.cli.learn import learn
from shelfaudit.cli.models import models
from shelfaudit.cli.options import DatabaseFile, ModelFile
from shelfaudit.cli.recognise import recognise
from shelfaudit.cli.serve import serve
from shelfaudit.cli.train import train
from shelfaudit.cli.visits import export, report, visits

EPILOG = (
    "Exit codes: 0 all done · 1 something to put right (one line says what) · 2 wrong usage · "
    "3 some photos could not be read, the rest is done · 70 a bug in shelfaudit · 130 stopped with Ctrl-C."
)

app = typer.Typer(
    name="shelfaudit",
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    *(audit, detect, visits, report, export, demo, doctor),
    *(learn, train, evaluate, convert, bench, serve),
):
    app.command()(command)
app.add_typer(models)
app.add_typer(recognise)
app.add_typer(catalogue_app)
app.add_typer(dataset_app)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"shelfaudit {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True, epilog=EPILOG)
def start(
    context: typer.Context,
    database: DatabaseFile = None,
    model: ModelFile = None,
    camera: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A video file to be used as the camera.", show_default=False),
    ] = None,
    _version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and end.", is_eager=True, callback=_print_version),
    ] = False,
) -> None:
    """Share of shelf from store photos, offline: detect, correct, count, report.

    Without a command, `shelfaudit` opens the window. The quickest start from the command line:

    `shelfaudit demo --output demo` makes sample photos and works through them.

    `shelfaudit audit photos --store "Corner shop" --report report.pdf` does the same with your own.

    `shelfaudit COMMAND --help` explains one command and shows an example.
    """
    options = {"--database": database, "--model": model, "--camera": camera}
    arguments = [part for name, value in options.items() if value is not None for part in (name, str(value))]
    if context.invoked_subcommand is None:
        open_window: OpenWindow = context.obj
        raise typer.Exit(open_window(arguments))
    if arguments:
        raise typer.BadParameter(
            f"{arguments[0]} before a command is for the window. "
            f"Write it behind: shelfaudit {context.invoked_subcommand} … {' '.join(arguments[:2])}"
        )
