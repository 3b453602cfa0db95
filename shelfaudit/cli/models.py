"""`shelfaudit models`: the detectors on this computer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shelfaudit.cli import console
from shelfaudit.cli.options import Json
from shelfaudit.cli.rooms import database_file, is_missing, open_repository
from shelfaudit.errors import UserError

if TYPE_CHECKING:
    from shelfaudit.detection.library import InstalledModel
    from shelfaudit.detection.model_file import ModelInfo

models = typer.Typer(
    name="models",
    help="The detectors on this computer: list, add, use, remove.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

ModelName = Annotated[
    str, typer.Argument(metavar="NAME", help="A name that `shelfaudit models list` shows.", show_default=False)
]


@models.command("list")
def list_models(as_json: Json = False) -> None:
    """List the models on this computer.

    Example: `shelfaudit models list`

    What comes out: for each model its name, version, input size, labels, counting threshold, scores and file size, and
    which one is in use.
    """
    from rich.table import Table

    from shelfaudit.detection.library import ModelLibrary
    from shelfaudit.usecases.model_library import limits_in_words

    with console.json_answer(as_json) as answer:
        library = ModelLibrary()
        installed = library.models()
        if as_json:
            answer({"models": [model_document(model) for model in installed]})
            return
        table = Table("in use", "name", "version", "input", "labels", "counts from", "scores", "size")
        for model in installed:
            table.add_row(*_row(model))
        console.print_table(table)
        for model in installed:
            for limit in limits_in_words(model.info) if model.info is not None else ():
                console.note(f"{model.name}: {limit}")
        if not any(model.in_use for model in installed):
            library.in_use()  # says what is wrong


@models.command("add")
def add_model(
    source: Annotated[
        str,
        typer.Argument(
            metavar="FILE_OR_URL", help="A .tflite file, or its address (https, http, file).", show_default=False
        ),
    ],
    sha256: Annotated[
        str | None,
        typer.Option(metavar="HEX", help="The SHA-256 that the file must have.", show_default=False),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            metavar="FILE",
            help="Its labels: text, one name a line.",
            show_default="those in the file, else numbers",
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="What to call it.", show_default="the file's name")
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            min=0.01,
            max=0.99,
            metavar="S",
            help="A box counts as a facing from this score on.",
            show_default="the one in the file, else 0.5",
        ),
    ] = None,
    input_range: Annotated[
        tuple[float, float] | None,
        typer.Option(
            metavar="BLACK WHITE",
            help="What a float input takes for black and for white.",
            show_default="what the file says, else -1 1",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Install a detector: one of ours, or a TFLite SSD of others.

    It is checked by running it, in a process of its own; nothing is installed that does not work. A download that
    breaks off goes on where it was when the command is given again.

    Example: `shelfaudit models add https://example.org/shelf-photo-int8.tflite --sha256 9f86d0…`

    What fits: models of `shelfaudit convert`, and SSDs with the four outputs of `TFLite_Detection_PostProcess` and a
    square input. What does not fit is said in plain words.

    What comes out: the model's name for `shelfaudit models use NAME`, and what it cannot do as well as ours.
    """
    from shelfaudit.detection.library import ModelLibrary
    from shelfaudit.usecases.model_library import ModelWishes
    from shelfaudit.usecases.model_library import add_model as add

    if sha256 is not None and (len(sha256.strip()) != 64 or set(sha256.strip().lower()) - set("0123456789abcdef")):
        raise typer.BadParameter("a SHA-256 has 64 hexadecimal digits.", param_hint="--sha256")
    if input_range is not None and input_range[0] == input_range[1]:
        raise typer.BadParameter("black and white must differ.", param_hint="--input-range")
    wishes = ModelWishes(name, labels, threshold, input_range)
    with console.json_answer(as_json) as answer:
        with (
            console.stop_on_interrupt("this piece") as cancelled,
            console.transfer_bar("Fetching") as progress,
        ):
            added = add(ModelLibrary(), source, sha256=sha256, wishes=wishes, progress=progress, cancelled=cancelled)
        if as_json:
            answer({"model": model_document(added.model), "source_sha256": added.sha256, "remarks": added.remarks})
            return
    console.note(f"Installed: {added.model.name} ({added.model.file})")
    if sha256 is None:
        console.note(f"Its SHA-256 is {added.sha256}; compare it with what its maker states.")
    for remark in added.remarks:
        console.warn(remark)
    console.note(f"To use it: shelfaudit models use {added.model.name}")


@models.command("use")
def use_model(name: ModelName) -> None:
    """Use this model from now on, in the window and in the commands, unless `--model` says otherwise.

    Example: `shelfaudit models use shelf-photo-int8`

    What comes out: a line that says which model is in use. Visits that were counted before keep their counts. Where
    products were described by a model that sees them otherwise, a second line says how they are described anew.
    """
    from shelfaudit.detection.library import ModelLibrary

    model = ModelLibrary().use(name)
    console.note(f"In use: {model.name}")
    if model.info is not None:
        _say_what_is_stale(model.info)


def _say_what_is_stale(info: ModelInfo) -> None:
    """What the user's own database knows of products may be of no use to this model."""
    from shelfaudit.recognition.appearance import appearance_maker
    from shelfaudit.usecases.refresh_looks import count_stale

    if is_missing(database_file(None)):
        return
    try:
        with open_repository(None) as repository:
            stale = count_stale(repository, appearance_maker(info.features_sha256))
    except UserError as error:  # the model is in use all the same
        console.warn(error.message)
        return
    if stale:
        console.note(
            f"{stale.in_words()} were described by another model and name nothing until they are described anew: "
            "shelfaudit learn --gallery-only"
        )


@models.command("remove")
def remove_model(name: ModelName) -> None:
    """Delete an installed model; those that came with the program stay.

    Example: `shelfaudit models remove shelf-photo-int8`

    What comes out: a line that says so, and which model is in use now, where that one was.
    """
    from shelfaudit import paths
    from shelfaudit.detection.library import ModelLibrary

    was_in_use = ModelLibrary().remove(name)
    console.note(f"Removed: {name}")
    if was_in_use:
        console.note(f"It was the one in use; {paths.default_model_file().stem} is used again.")


def model_document(model: InstalledModel) -> dict[str, object]:
    """A model as `--json` gives it; `problem` says why one cannot be used."""
    from shelfaudit.usecases.model_library import limits_in_words

    info = model.info
    document: dict[str, object] = {
        "name": model.name,
        "file": str(model.file),
        "bundled": model.bundled,
        "in_use": model.in_use,
        "problem": model.problem or None,
    }
    if info is None:
        return document
    return document | {
        "version": info.version,
        "precision": info.precision or None,
        "input_size": info.input_size,
        "labels": list(info.labels),
        "counting_threshold": info.counting_threshold,
        "threshold_known": info.threshold_known,
        "most_boxes": info.most_boxes,
        "scores": dict(info.scores),
        "bytes": model.file.stat().st_size,
        "sha256": info.sha256,
        "limits": limits_in_words(info),
    }


def _row(model: InstalledModel) -> tuple[str, ...]:
    in_use, info = "yes" if model.in_use else "", model.info
    if info is None:
        return in_use, model.name, "", "", "", "", f"cannot be used: {model.problem}", ""
    labels = ", ".join(info.labels[:3]) + (f", … ({len(info.labels)})" if len(info.labels) > 3 else "")
    return (
        in_use,
        model.name,
        f"{info.version} {info.precision}".strip(),
        f"{info.input_size}",
        labels,
        f"{info.counting_threshold:.2f}{'' if info.threshold_known else ' (assumed)'}",
        _scores(info.scores),
        f"{model.file.stat().st_size / 1e6:.1f} MB",
    )


def _scores(scores: Mapping[str, float | str]) -> str:
    """The scores that compare models best, as one cell."""
    found = [(name, scores.get(name)) for name in ("AP", "AP50")]
    cells = [f"{name} {value:.3f}" for name, value in found if isinstance(value, int | float)]
    error = scores.get("count_error")
    if isinstance(error, int | float):
        cells.append(f"count error {error:.1%}")
    return ", ".join(cells) or "not measured"
