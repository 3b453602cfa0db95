"""Labelled photos from one format to another, with everything that is wrong told."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from shelfaudit.datasets.checks import NamedDataset, duplicate_problems
from shelfaudit.datasets.classes import with_classes
from shelfaudit.datasets.dataset import Dataset
from shelfaudit.datasets.formats import FORMATS, read_dataset, recognise, write_dataset
from shelfaudit.datasets.kinds import Classes, FormatName
from shelfaudit.datasets.options import ReadOptions, WriteOptions
from shelfaudit.datasets.photo_check import check_photos
from shelfaudit.datasets.photo_headers import look_at_headers
from shelfaudit.datasets.problems import Problem
from shelfaudit.errors import OutputError
from shelfaudit.output import check_output, replacing
from shelfaudit.usecases.ports import Progress, silent

PROBLEMS_FILE = "problems.csv"
EXTRACTED = "photos"


@dataclass(frozen=True)
class Conversion:
    """What came of a data set: what it holds, everything that is wrong, and the formats it went from and to."""

    dataset: Dataset
    problems: list[Problem]
    source_format: FormatName
    target_format: FormatName


def convert_dataset(
    source: Path,
    folder: Path,
    target_format: FormatName,
    *,
    source_format: FormatName | None = None,
    read: ReadOptions | None = None,
    write: WriteOptions | None = None,
    classes: Classes = Classes.KEEP,
    headers_only: bool = False,
    progress: Progress = silent,
) -> Conversion:
    """Read labels in one format, look at their photos, write them in another.

    folder: new or empty, see `check_folder`. What is wrong is in the result and in `problems.csv` there.
    headers_only: look at the headers and ends of the photos; damaged and duplicate ones are not found then.
    source_format: None recognises it.

    Raises:
        DatasetError: the labels cannot be read, or cannot be written in this format.
        OutputError: something cannot be written.
    """
    source_format = recognise(source).name if source_format is None else source_format
    read, write = read if read is not None else ReadOptions(), write if write is not None else WriteOptions()
    copies = write.copy_photos or FORMATS[target_format].copies_always
    with _room_for_photos(folder, source_format, lasting=not copies) as room:
        dataset, problems = read_dataset(source, source_format, replace(read, extract_to=room))
        dataset = with_classes(dataset, classes)
        if headers_only:
            problems += look_at_headers(dataset.photos, progress)
        else:
            problems += _look_closely(source, dataset, progress)
        written = write_dataset(dataset, folder, target_format, write)
    # A photo that is missing was told by its header already.
    told = {(problem.kind, problem.file) for problem in problems}
    problems += [problem for problem in written if (problem.kind, problem.file) not in told]
    write_problems(problems, folder / PROBLEMS_FILE)
    return Conversion(dataset, problems, source_format, target_format)


def _look_closely(source: Path, dataset: Dataset, progress: Progress) -> list[Problem]:
    """What is wrong with the photos, those included that show what an earlier one shows."""
    checked = check_photos(dataset.photos, progress=progress)
    faults = [problem for problem in checked.problems if problem is not None]
    return [*faults, *duplicate_problems([NamedDataset(source, dataset)], checked)]


@contextmanager
def _room_for_photos(folder: Path, source_format: FormatName, *, lasting: bool) -> Iterator[Path | None]:
    """Where photos go that lie inside the labels: to stay, or until they are copied. None where none lie inside.

    Raises:
        OutputError: there cannot be such a place.
    """
    if "extract_to" not in FORMATS[source_format].reads_options:
        yield None
    elif lasting:
        yield folder / EXTRACTED
    else:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            room = tempfile.TemporaryDirectory(dir=folder, prefix=".photos-", ignore_cleanup_errors=True)
        except OSError as error:
            raise OutputError(f"The folder cannot be written to ({error.strerror}).", file=folder) from error
        with room as name:
            yield Path(name)


def check_folder(folder: Path, sources: Sequence[Path], *, overwrite: bool) -> None:
    """See that a data set can be written into a folder without harm to what is there.

    overwrite: whether files of the same names in it may be replaced.

    Raises:
        OutputError: it is not empty and nothing may be replaced, holds one of the sources, or cannot be written to.
    """
    place = folder.resolve()
    for source in sources:
        here = source.resolve()
        if here == place or here.is_relative_to(place):
            raise OutputError(
                "The data set to be read is in this folder.", advice="Choose another folder.", file=folder
            )
    if folder.is_file():
        raise OutputError("This is a file.", advice="Name a folder.", file=folder)
    check_output(folder / PROBLEMS_FILE)
    if not overwrite and folder.is_dir() and any(folder.iterdir()):
        raise OutputError(
            "There are files in this folder.", advice="Choose a new one, or allow it with --overwrite.", file=folder
        )


def write_problems(problems: Sequence[Problem], file: Path) -> None:
    """A row for each problem, and none but the heading where all is well. Raises OutputError."""
    with (
        replacing(file) as temporary,
        temporary.open("w", encoding="utf-8", errors="surrogateescape", newline="") as stream,
    ):
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["kind", "file", "place", "message"])
        writer.writerows([problem.kind, problem.file, problem.place, problem.message] for problem in problems)
