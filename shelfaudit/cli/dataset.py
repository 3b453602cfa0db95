"""`shelfaudit dataset`: labelled photos for training and evaluation."""

from __future__ import annotations

import typer

from shelfaudit.cli.dataset_tools import balance, check, clean, split, stats

dataset_app = typer.Typer(
    name="dataset",
    help="Labelled photos: look at them, check, clean, split and balance them.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)
for command in (stats, check, clean, split, balance):
    dataset_app.command()(command)
