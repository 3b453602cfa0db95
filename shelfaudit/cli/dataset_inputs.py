"""What the commands that work on data sets take: label files, their photos, shares of parts, pairs of names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shelfaudit.cli import console
from shelfaudit.cli.rooms import check_outputs

if TYPE_CHECKING:
    from shelfaudit.datasets.checks import NamedDataset
    from shelfaudit.datasets.dataset import Dataset, LabelledPhoto
    from shelfaudit.datasets.photo_check import PhotoCheck
    from shelfaudit.datasets.problems import Problem

LabelFile = Annotated[
    Path,
    typer.Argument(
        readable=False,
        metavar="LABELS",
        help="A data set: our own COCO JSON, or another that `dataset import` reads.",
        show_default=False,
    ),
]
OutputFile = Annotated[
    Path, typer.Option("--output", metavar="FILE.json", help="Write the labels there.", show_default=False)
]
_SHARE = re.compile(r"[0-9]{1,6}/[0-9]{1,6}|[0-9]{0,6}\.?[0-9]{0,6}")
Seed = Annotated[int, typer.Option(metavar="N", help="The same seed gives the same result.")]


def read_labels(file: Path) -> NamedDataset:
    """The data set of a label file, and what was wrong with the file. Raises DatasetError."""
    from shelfaudit.datasets.checks import NamedDataset
    from shelfaudit.datasets.formats import read_dataset
    from shelfaudit.datasets.options import ReadOptions

    reading = read_dataset(file, options=ReadOptions(trusted=True))
    return NamedDataset(file, reading.dataset, tuple(reading.problems))


def open_labels(file: Path, *outputs: Path | None) -> Dataset:
    """The data set of a label file; what was wrong with the file is told one by one.

    outputs: files that are going to be written.

    Raises:
        DatasetError: the file cannot be read.
        OutputError: an output cannot be written, or would take the place of the label file or a photo.
    """
    named = read_labels(file)
    check_outputs(*outputs, inputs=[file, *(photo.file for photo in named.dataset.photos)])
    warn_of(named.problems)
    return named.dataset


def look_at_photos(photos: Sequence[LabelledPhoto]) -> PhotoCheck:
    """Check the files of these photos, with a progress bar. Raises Cancelled."""
    from shelfaudit.datasets.photo_check import check_photos

    with console.stop_on_interrupt() as cancelled, console.progress_bar("Looking at photos") as progress:
        return check_photos(photos, progress=progress, cancelled=cancelled)


def warn_of(problems: Iterable[Problem]) -> None:
    """Each problem on a line of stderr."""
    for problem in problems:
        place = f": {problem.place}" if problem.place else ""
        console.warn(f"{problem.kind}: {problem.file}{place}: {problem.message}")


def parse_parts(text: str) -> dict[str, Fraction]:
    """`train=0.8,test=0.2` as shares that sum to 1; shares of 100 are taken as percents.

    Raises:
        typer.BadParameter: a share is no positive number, a name no file name, or the sum neither 1 nor 100.
    """
    shares: dict[str, Fraction] = {}
    for name, share in name_pairs(text.split(","), "--parts").items():
        name = name.strip()
        if not name.replace("-", "").replace("_", "").isalnum():
            raise typer.BadParameter(f"“{name}” is no name for a part: letters, digits, - and _ only.")
        try:
            # Not any number that Fraction reads: "1e999999999" would take all memory.
            shares[name] = Fraction(share.strip() if _SHARE.fullmatch(share.strip()) else "")
        except (ValueError, ZeroDivisionError) as error:
            raise typer.BadParameter(f"“{share}” is no share; write {name}=0.8.") from error
        if shares[name] <= 0:
            raise typer.BadParameter(f"the share of “{name}” must be more than 0.")
    total = sum(shares.values())
    if total not in (1, 100):
        raise typer.BadParameter(f"the shares must be 1 or 100 in all, not {float(total):g}.")
    return {name: share / total for name, share in shares.items()}


def name_pairs(texts: Iterable[str], option: str) -> dict[str, str]:
    """`left=right` texts. Raises typer.BadParameter where one is no such pair, or the left side comes twice."""
    pairs: dict[str, str] = {}
    for text in texts:
        left, sign, right = text.partition("=")
        if not (sign and left.strip() and right.strip()):
            raise typer.BadParameter(f"{option} needs LEFT=RIGHT, not “{text}”.")
        if left in pairs:
            raise typer.BadParameter(f"{option} names “{left}” twice.")
        pairs[left] = right
    return pairs
