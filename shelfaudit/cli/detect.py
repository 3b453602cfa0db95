"""`shelfaudit detect`: boxes as COCO JSON for other programs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from shelfaudit.cli import console
from shelfaudit.cli.console import ExitCode
from shelfaudit.cli.options import ModelFile, Photos
from shelfaudit.cli.rooms import check_outputs, model_files, open_detector


def detect(
    photos: Photos,
    output: Annotated[Path, typer.Option(metavar="FILE.json", help="Write the boxes there.", show_default=False)],
    model: ModelFile = None,
    min_score: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=1.0,
            metavar="S",
            help="Lowest score written.",
            show_default="the model's own counting threshold",
        ),
    ] = None,
) -> None:
    """Find the facings in photos and write them as COCO JSON. No visit, no database.

    Example: `shelfaudit detect photos --output boxes.json`

    What comes out: `images` (`id`, `file_name` relative to the folder named, `width`, `height`, upright),
    `annotations` (`image_id`, `bbox` as x, y, width, height in upright photo pixels, `score`, `category_id`) and
    `categories`. A photo that cannot be read is named on the screen and is not in the file.
    """
    from shelfaudit.usecases.detect import detect_files, write_detections
    from shelfaudit.usecases.import_photos import find_some_photos

    check_outputs(output, inputs=[*find_some_photos(photos), *model_files(model)])
    detector = open_detector(model)
    started = time.perf_counter()
    with console.stop_on_interrupt() as cancelled, console.progress_bar("Detecting") as progress:
        run = detect_files(detector, photos, min_score=min_score, progress=progress, cancelled=cancelled)
    seconds = time.perf_counter() - started
    for failure in run.failures:
        console.warn(f"not read: {failure.message}")
    write_detections(run, detector.info, output)
    boxes = sum(len(photo.boxes) for photo in run.photos)
    done = len(run.photos) + len(run.failures)
    console.note(f"{boxes} boxes in {len(run.photos)} photos: {output}")
    console.note(f"{done} photos in {seconds:.1f} s ({done / seconds:.1f} photos/s).")
    if run.stopped:
        console.warn("Stopped: the file holds only the photos finished by then.")
        console.finish(ExitCode.STOPPED)
    console.finish(ExitCode.SOME_PHOTOS_FAILED if run.failures else ExitCode.DONE)
