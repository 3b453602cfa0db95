"""`shelfaudit convert`: a checkpoint becomes model files."""

from __future__ import annotations

import importlib
import os
import warnings
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shelfaudit.cli import console
from shelfaudit.cli.extras import require_extra
from shelfaudit.cli.options import Json

if TYPE_CHECKING:
    from shelfaudit.training.export import Converted


class PrecisionName(StrEnum):
    """The precisions of `training.convert.Precision`, which is not loaded for the help."""

    FLOAT32 = "float32"
    FLOAT16 = "float16"
    INT8 = "int8"


def convert(
    checkpoint: Annotated[
        Path,
        typer.Argument(
            readable=False,
            metavar="CHECKPOINT",
            help="A run's folder, or one of its checkpoints (.npz).",
            show_default=False,
        ),
    ],
    precision: Annotated[
        list[PrecisionName] | None,
        typer.Option(
            help="float32; float16: half the file; int8: half the time. May be repeated.", show_default="float16"
        ),
    ] = None,
    input_size: Annotated[
        list[int] | None,
        typer.Option(
            metavar="N",
            help="Side of the input in pixels, a multiple of 32. May be repeated: one file each.",
            show_default="the run's evaluation size",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(readable=False, metavar="DIR", help="Folder for the files.", show_default="the checkpoint's own"),
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Name of the model.", show_default="the run's")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            metavar="FILE.toml",
            help="The run's configuration.",
            show_default="config.toml beside the checkpoint",
        ),
    ] = None,
    validation: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            metavar="FILE.json",
            help="COCO labels of the photos on which the threshold is chosen and scores are measured.",
            show_default="those that the configuration names",
        ),
    ] = None,
    one_pass: Annotated[
        bool, typer.Option("--one-pass", help="The model sees each photo once, as for a camera's picture.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make TFLite model files of a trained checkpoint.

    Each file is checked against the network it came from, measured on the validation photos, and carries its labels,
    counting threshold, scores and the fingerprint of its data; a model card is written beside it. int8 is calibrated on
    training photos and measured beside float32.

    Example: `shelfaudit convert runs/shelf --precision int8 --input-size 320 --input-size 960 --output models`

    What comes out: NAME.tflite and NAME.md for each size and precision, and a table of their scores.
    `shelfaudit models add FILE` installs one of them.
    """
    with console.json_answer(as_json) as answer:
        prepare_tensorflow()
        from shelfaudit.training.convert import Precision
        from shelfaudit.training.export import ConversionWishes, convert_run
        from shelfaudit.training.trained import load_run

        wishes = ConversionWishes(
            precisions=tuple(dict.fromkeys(Precision(entry.value) for entry in precision or [PrecisionName.FLOAT16])),
            input_sizes=tuple(dict.fromkeys(input_size or ())),
            name=name,
            one_pass=one_pass,
        )
        run = load_run(checkpoint, config, validation)
        folder = output if output is not None else checkpoint if checkpoint.is_dir() else checkpoint.parent
        made = convert_run(run, wishes, folder, console.note)
        if as_json:
            answer({"models": [_document(entry) for entry in made]})
            return
        _print(made)
        for entry in made:
            console.note(f"Written: {entry.info.file}")


def prepare_tensorflow() -> None:
    """See that the training extra is there, and that its libraries keep quiet. Raises UserError."""
    require_extra("train", "keras", "pycocotools", "tensorflow")
    os.environ["KERAS_BACKEND"] = "tensorflow"  # the only one that TFLite is made of
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    warnings.filterwarnings("ignore", module=r"(tensorflow|keras)\.")
    from shelfaudit.training.quiet import quietly

    with quietly():
        importlib.import_module("tensorflow")


def _print(made: list[Converted]) -> None:
    from rich.table import Table

    table = Table("model", "precision", "input")
    for column in ("AP", "AP50", "AP75", "AR300", "count error", "counts from", "ms an input", "size"):
        table.add_column(column, justify="right")
    for entry in made:
        info = entry.info
        size = f"{info.file.stat().st_size / 1e6:.1f} MB"
        threshold = f"{info.counting_threshold:.2f}"
        table.add_row(
            info.name,
            info.precision,
            str(info.input_size),
            *_cells(info.scores),
            threshold,
            f"{entry.milliseconds}",
            size,
        )
        if entry.float32 is not None:
            reference = entry.float32
            table.add_row("", "float32", "", *_cells(reference.scores), "", f"{reference.milliseconds}", "")
    console.print_table(table)
    for entry in made:
        if entry.float32 is not None:
            console.note(
                f"{entry.info.name}: its features are like float32's by a cosine of {entry.float32.cosine:.3f}."
            )


def _cells(scores: Mapping[str, float | str]) -> list[str]:
    return [
        *(f"{scores[name]:.3f}" for name in ("AP", "AP50", "AP75", "AR300")),
        f"{scores['count_error']:.1%}",
    ]


def _document(entry: Converted) -> dict[str, object]:
    info = entry.info
    document: dict[str, object] = {
        "name": info.name,
        "file": str(info.file),
        "precision": info.precision,
        "input_size": info.input_size,
        "counting_threshold": info.counting_threshold,
        "scores": dict(info.scores),
        "milliseconds": entry.milliseconds,
        "bytes": info.file.stat().st_size,
        "sha256": info.sha256,
    }
    if entry.float32 is not None:
        document["float32"] = {
            "scores": entry.float32.scores,
            "milliseconds": entry.float32.milliseconds,
            "features_cosine": entry.float32.cosine,
        }
    return document
