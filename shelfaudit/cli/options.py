"""The options that several commands share, worded once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Photos = Annotated[
    list[Path],
    typer.Argument(
        metavar="PHOTO_OR_FOLDER",
        help="Photos, or folders with photos at any depth: JPEG, PNG, WebP, TIFF, BMP, HEIC.",
        show_default=False,
    ),
]
DatabaseFile = Annotated[
    Path | None,
    typer.Option(
        "--database",
        metavar="FILE",
        help="The database of visits; made where missing.",
        show_default="visits.sqlite in your data folder",
    ),
]
ModelFile = Annotated[
    Path | None,
    typer.Option(
        "--model", metavar="FILE", help="A detector (.tflite, its .json beside it).", show_default="the bundled one"
    ),
]
VisitId = Annotated[int, typer.Argument(metavar="VISIT_ID", help="The number that `shelfaudit visits` shows.", min=1)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout instead of text.")]
