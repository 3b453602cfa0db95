"""`shelfaudit recognise`: how products are told apart, measured and taught."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shelfaudit.cli import console
from shelfaudit.cli.console import ExitCode
from shelfaudit.cli.extras import require_extra
from shelfaudit.cli.options import Json, ModelFile
from shelfaudit.cli.rooms import open_detector

recognise = typer.Typer(
    name="recognise",
    help="Telling products apart: evaluate, train.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@recognise.command()
def evaluate(
    labels: Annotated[
        Path, typer.Argument(metavar="FILE.json", help="COCO with `product` on the boxes.", show_default=False)
    ],
    photos: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the photos.", show_default="that of the labels")
    ] = None,
    model: ModelFile = None,
    as_json: Json = False,
) -> None:
    """Count how many facings get the right name when one facing of each product was named.

    Example: `shelfaudit recognise evaluate shelves.json --photos photos`

    What comes out: in each photo the first facing of every product is named and all others are proposed; right, wrong
    and unknown, when the most similar product is always taken and when only sure names are given.
    """
    from rich.table import Table

    from shelfaudit.datasets.named_facings import read_named_photos
    from shelfaudit.evaluation.names import evaluate_names

    with console.json_answer(as_json) as answer:
        named = read_named_photos(labels, photos)
        detector = open_detector(model)
        with console.progress_bar("Naming") as progress:
            scores = evaluate_names(named, detector, progress)
        if as_json:
            answer(scores.document())
            return
    wrong = scores.queries - scores.nearest_right
    unknown = scores.queries - scores.decided_right - scores.decided_wrong
    table = Table("", "right", "wrong", "unknown")
    for words, counts in (
        ("most similar product", (scores.nearest_right, wrong, 0)),
        ("only where it is sure", (scores.decided_right, scores.decided_wrong, unknown)),
    ):
        table.add_row(words, *(f"{count} ({count / max(1, scores.queries):.1%})" for count in counts))
    console.print_table(table)
    console.note(f"{scores.queries} facings in {len(named)} photos.")


@recognise.command()
def train(
    config: Annotated[Path, typer.Argument(metavar="CONFIG.toml", help="The run.", show_default=False)],
    output: Annotated[
        Path | None, typer.Option(metavar="FILE.tflite", help="Write the model here at the end.", show_default=False)
    ] = None,
) -> None:
    """Teach the embedder which crops show the same product. Started again, it goes on. Needs the extra `train`.

    Example: `shelfaudit recognise train shelfaudit/training/embedding/pack-embedder.toml --output pack-embedder.tflite`

    What comes out: the run's folder with `last.npz`; with `--output` the model and its card. Ctrl-C saves and stops.
    """
    require_extra("train", "keras", "pydantic")
    from shelfaudit.training.embedding.config import read_embedder_config
    from shelfaudit.training.embedding.export import export_embedder
    from shelfaudit.training.embedding.train import EmbedderRun

    wanted = read_embedder_config(config)
    run = EmbedderRun(wanted)
    with console.stop_on_interrupt("this step") as cancelled, console.progress_bar("Training") as progress:
        finished = run.train(lambda step, steps, _loss: progress(step, steps), cancelled)
    if not finished:
        console.finish(ExitCode.STOPPED)
    if output is not None:
        export_embedder(wanted, output)
        console.note(f"Written: {output}")
