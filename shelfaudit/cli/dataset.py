"""`shelfaudit dataset`: labelled photos for training and evaluation."""

from __future__ import annotations

import typer

from shelfaudit.cli.dataset_formats import convert, export_visits, import_dataset
from shelfaudit.cli.dataset_label import label
from shelfaudit.cli.dataset_tools import balance, check, clean, split, stats

dataset_app = typer.Typer(
    name="dataset",
    help="Labelled photos for training: bring them in, look at them, check, clean, split, balance, take them out.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)
for name, command in (("import", import_dataset), ("export", export_visits), ("convert", convert)):
    dataset_app.command(name)(command)
for tool in (stats, check, clean, split, balance, label):
    dataset_app.command()(tool)
