"""Where the photos of a written data set are: copied into its folder, or named where they lie."""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from shelfaudit.datasets.dataset import Dataset, LabelledPhoto
from shelfaudit.datasets.options import WriteOptions
from shelfaudit.datasets.problems import Problem, ProblemKind
from shelfaudit.output import replacing

_MOST_CHARACTERS = 120
# What Windows refuses in names, and what tools take for the end of one.
_REFUSED = re.compile(r'[<>:"/\\|?*%#]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)


def placed_photos(
    dataset: Dataset, folder: Path, inside: str, options: WriteOptions, problems: list[Problem]
) -> Iterator[tuple[LabelledPhoto, str]]:
    """Each photo with what the label file calls it: its path from the data set's folder, with slashes.

    folder: of the data set. inside: the subfolder that copies go to. A photo that has to be copied and cannot be read
    is reported and left out. A copy keeps its name as far as every system can hold it; names that would be equal, or
    equal but for their ending, get numbers.

    Raises:
        OutputError: a copy cannot be written.
    """
    names = FreeNames()
    copies: dict[Path, str] = {}
    for done, photo in enumerate(dataset.photos):
        options.progress(done, len(dataset.photos))
        if not options.copy_photos:
            yield photo, path_from(folder, photo.file)
            continue
        if photo.file not in copies:
            copies[photo.file] = f"{inside}/{names.take(photo.file.name)}"
            if (problem := copy_photo(photo.file, folder / copies[photo.file])) is not None:
                problems.append(problem)
                copies[photo.file] = ""
        if copies[photo.file]:
            yield photo, copies[photo.file]
    options.progress(len(dataset.photos), len(dataset.photos))


class FreeNames:
    """Gives out file names that every system can hold, no two of them alike without their endings."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, wanted: str) -> str:
        """This name, or the nearest one that is free and possible."""
        name = Path(portable_name(wanted))
        number, stem = 1, name.stem
        while stem.casefold() in self._taken:
            number += 1
            stem = f"{name.stem}-{number}"
        self._taken.add(stem.casefold())
        return stem + name.suffix


def portable_name(name: str) -> str:
    """The name of a file with "_" for what Windows, a terminal or a label file cannot hold."""
    name = "".join("_" if unicodedata.category(character) in {"Cc", "Cs"} else character for character in name)
    name = _REFUSED.sub("_", name).strip(" .") or "photo"
    stem, suffix = os.path.splitext(name)  # noqa: PTH122  # of a name that is none of a file yet
    name = stem[: _MOST_CHARACTERS - len(suffix)].rstrip(" .") + suffix if len(suffix) < 12 else name[:_MOST_CHARACTERS]
    return f"_{name}" if _RESERVED.fullmatch(name) else name


def path_from(folder: Path, file: Path) -> str:
    """The way from the folder to the file with slashes; absolute where there is none (another drive)."""
    try:
        return Path(os.path.relpath(file, folder)).as_posix()
    except ValueError:
        return file.absolute().as_posix()


def copy_photo(source: Path, target: Path) -> Problem | None:
    """Copy a photo as it is; a problem where it cannot be read.

    Raises:
        OutputError: the copy cannot be written.
    """
    try:
        if target.exists() and source.samefile(target):
            return None
        reading = source.open("rb")
    except OSError as error:
        kind = ProblemKind.PHOTO_MISSING if isinstance(error, FileNotFoundError) else ProblemKind.PHOTO_DAMAGED
        reason = error.strerror or type(error).__name__
        return Problem(kind, source, "", f"The photo cannot be copied ({reason}); left out.")
    with reading, replacing(target) as temporary, temporary.open("wb") as writing:
        shutil.copyfileobj(reading, writing, 1024 * 1024)
    return None
