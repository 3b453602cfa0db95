"""`shelfaudit dataset label`: a detector labels what nobody labelled."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from shelfaudit.cli import console
from shelfaudit.cli.dataset_inputs import LabelFile, OutputFile, open_labels
from shelfaudit.cli.options import ModelFile
from shelfaudit.cli.rooms import open_detector
from shelfaudit.errors import Cancelled


def label(
    labels: LabelFile,
    output: OutputFile,
    model: ModelFile = None,
    sure: Annotated[
        float, typer.Option(min=0.0, max=1.0, metavar="S", help="From this score on it is a product.")
    ] = 0.55,
    doubtful: Annotated[
        float, typer.Option(min=0.0, max=1.0, metavar="S", help="From this score on it is an area to ignore.")
    ] = 0.2,
) -> None:
    """Let a detector label what nobody labelled, for self-training: the rest of photos of which a region is labelled.

    Example: `shelfaudit dataset label regions.json --output whole.json`

    What comes out: the same photos with labels all over. What was labelled stays as it is; what the detector is sure
    of is added, what it doubts becomes an area to ignore, and the rest is background. Photos that cannot be read are
    named and left out.
    """
    from shelfaudit.datasets.coco import save_coco
    from shelfaudit.datasets.dataset import DatasetError, LabelledPhoto
    from shelfaudit.usecases.pseudo_labels import SelfTraining, label_photo

    if doubtful > sure:
        raise typer.BadParameter("--doubtful must not be above --sure.")
    dataset = open_labels(labels, output)
    detector = open_detector(model)
    settings = SelfTraining(sure, doubtful)
    labelled: list[LabelledPhoto] = []
    failed = 0
    with console.stop_on_interrupt() as cancelled, console.progress_bar("Labelling") as progress:
        for number, photo in enumerate(dataset.photos, start=1):
            if cancelled():
                raise Cancelled
            try:
                labelled.append(label_photo(detector, photo, settings))
            except DatasetError as error:
                console.warn(f"not labelled: {error.message}")
                failed += 1
            progress(number, len(dataset.photos))
    if failed and not labelled:
        raise DatasetError("None of the photos can be read.", advice="Look for them with `dataset check`.", file=labels)
    save_coco(replace(dataset, photos=tuple(labelled)), output)
    before = sum(len(photo.boxes) for photo in dataset.photos)
    after = sum(len(photo.boxes) for photo in labelled)
    console.note(f"{len(labelled):,} photos, {before:,} boxes before, {after:,} now: {output}")
    console.finish(console.ExitCode.SOME_PHOTOS_FAILED if failed else console.ExitCode.DONE)
