"""The options that several commands share, worded once."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

FIRST_YEAR = 1970


def readable(text: str) -> str:
    """A text of the command line. Raises typer.BadParameter where its bytes are none in the system's encoding."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise typer.BadParameter("it is not text in the encoding of this system.") from error
    return text


def of_our_days(date: dt.datetime | None) -> dt.datetime | None:
    """A date of a visit. Raises typer.BadParameter where it must be a slip: spreadsheets cannot hold older dates."""
    if date is not None and date.year < FIRST_YEAR:
        raise typer.BadParameter(f"the year {date.year} is too long ago.")
    return date


# Not `readable`: Typer would refuse the whole command for one photo, and in other words than everything else does.
Photos = Annotated[
    list[Path],
    typer.Argument(
        readable=False,
        metavar="PHOTO_OR_FOLDER",
        help="Photos, or folders with photos at any depth: JPEG, PNG, WebP, TIFF, BMP, HEIC.",
        show_default=False,
    ),
]
DatabaseFile = Annotated[
    Path | None,
    typer.Option(
        "--database",
        readable=False,
        metavar="FILE",
        help="The database of visits; made where missing.",
        show_default="visits.sqlite in your data folder",
    ),
]
ModelFile = Annotated[
    Path | None,
    typer.Option(
        "--model",
        readable=False,
        metavar="FILE_OR_NAME",
        help="A detector: a .tflite file, or a name that `shelfaudit models list` shows.",
        show_default="the one in use",
    ),
]
VisitId = Annotated[
    int, typer.Argument(metavar="VISIT_ID", help="The number that `shelfaudit visits` shows.", min=1, max=2**63 - 1)
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout instead of text.")]
