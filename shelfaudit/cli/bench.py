"""`shelfaudit bench`: how fast models are on this computer."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shelfaudit import settings
from shelfaudit.cli import console
from shelfaudit.cli.options import Json

if TYPE_CHECKING:
    from shelfaudit.evaluation.latency import Spread
    from shelfaudit.evaluation.speed import BenchedModel, ModelSpeed


def bench(
    model: Annotated[
        list[Path] | None,
        typer.Option(
            "--model",
            readable=False,
            metavar="FILE",
            help="A detector; give it again to compare several.",
            show_default="the bundled one",
        ),
    ] = None,
    photo: Annotated[
        list[Path] | None,
        typer.Option(
            "--photo",
            readable=False,
            metavar="FILE",
            help="A photo or a folder; may be given again.",
            show_default="a drawn shelf of 12 megapixels",
        ),
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, max=64, metavar="N", help="Threads of the network.", show_default="as set up")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="Times each photo is counted.")] = 15,
    live: Annotated[
        bool | None,
        typer.Option(
            "--live/--no-live",
            help="Time frames of the live view (1280 × 720) as well.",
            show_default="for models with a small input",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Time models through the whole path, from a photo's file to its boxes.

    Each model has its turn with each photo, after a warm-up, so that what else the computer does slows all alike:
    the ratios hold on other computers, the milliseconds do not.

    Example: `shelfaudit bench --model shelf-photo.tflite --model shelf-photo-int8.tflite`

    What comes out: for each model the median and the 90th percentile of decoding, of the network alone, of the rest of
    the detection, and of all together; the inputs of the network and the boxes a photo; frames a second of the live
    view. With `--json` one object.
    """
    from shelfaudit.evaluation.speed import measure

    with console.json_answer(as_json) as answer, console.stop_on_interrupt() as cancelled, _photos(photo) as files:
        used = threads or min(settings.current().threads, os.cpu_count() or 1)
        models = [_open(file, used) for file in model] if model else [_open(None, used)]
        with console.progress_bar("Timing") as progress:
            speeds = measure(models, files, rounds=rounds, live=live, progress=progress, cancelled=cancelled)
        if as_json:
            names = [str(file) for file in files] if photo else None
            answer(
                {
                    "threads": used,
                    "cpus": os.cpu_count(),
                    "photos": names,
                    "unit": "ms",
                    "models": [speed.to_json() for speed in speeds],
                }
            )
        else:
            print_speeds(speeds, used)


def print_speeds(speeds: Sequence[ModelSpeed], threads: int) -> None:
    """The times as a table on stdout."""
    from rich.table import Table

    title = f"Milliseconds a photo: median (90 % under), {threads} threads of {os.cpu_count()} processors"
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for speed in speeds:
        table.add_column(f"{speed.model.name} {speed.model.version}".strip(), justify="right")
    rows: list[tuple[str, list[Spread]]] = [
        ("decode", [speed.decode for speed in speeds]),
        ("network", [speed.network for speed in speeds]),
        ("rest of the detection", [speed.around for speed in speeds]),
        ("from file to boxes", [speed.total for speed in speeds]),
    ]
    for name, spreads in rows:
        table.add_row(name, *(f"{spread.median:.1f} ({spread.p90:.1f})" for spread in spreads))
    table.add_section()
    table.add_row("input, pixels", *(str(speed.model.input_size) for speed in speeds))
    table.add_row("inputs a photo", *(f"{speed.inputs:.1f}" for speed in speeds))
    table.add_row("boxes a photo", *(f"{speed.boxes:.0f}" for speed in speeds))
    frames = ["–" if speed.frames_per_second is None else f"{speed.frames_per_second:.1f}" for speed in speeds]
    table.add_row("live frames a second", *frames)
    console.print_table(table)


@contextmanager
def _photos(named: Sequence[Path] | None) -> Iterator[list[Path]]:
    """The photos that were named, or one that is drawn."""
    from shelfaudit.evaluation.speed import sample_photo
    from shelfaudit.usecases.import_photos import find_some_photos

    if named:
        yield find_some_photos(named)
        return
    console.note("Drawing a shelf of 12 megapixels …")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "shelf.jpg"
        file.write_bytes(sample_photo())
        yield [file]


def _open(file: Path | None, threads: int) -> BenchedModel:
    from shelfaudit.detection.library import resolve_model
    from shelfaudit.detection.model_file import read_model_info
    from shelfaudit.detection.networks import open_network
    from shelfaudit.evaluation.speed import BenchedModel

    info = read_model_info(resolve_model(file))
    return BenchedModel(open_network(info, threads), info)
