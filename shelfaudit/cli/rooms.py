"""Opens what the commands work with: the database and the detector. Heavy libraries are imported here, when needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from shelfaudit import paths
from shelfaudit.errors import OutputError, StorageError

if TYPE_CHECKING:
    from shelfaudit.detection.detector import Detector
    from shelfaudit.storage.repository import VisitRepository


def database_file(named: Path | None) -> Path:
    """The database that was named, or the user's own."""
    return named if named is not None else paths.default_database_file()


@contextmanager
def open_repository(named: Path | None, *, must_exist: bool = False) -> Iterator[VisitRepository]:
    """The visits in a database file, made where missing; closed at the end.

    Raises:
        StorageError: the file cannot be opened, or `must_exist` and there is none.
    """
    from shelfaudit.storage.database import open_database
    from shelfaudit.storage.repository import VisitRepository

    file = database_file(named)
    if must_exist and not file.exists():
        raise StorageError(
            "There is no database here.",
            advice="`shelfaudit audit` makes one; --database names another.",
            file=file,
        )
    with open_database(file) as database:
        yield VisitRepository(database)


def open_detector(named: Path | None) -> Detector:
    """The detector that was named, or the bundled one. Raises ModelError."""
    from shelfaudit.detection.detector import load_detector

    return load_detector(named)


def check_outputs(*files: Path | None) -> None:
    """Find out before the work whether its results can be written, as far as that can be told.

    Raises:
        OutputError: a file's name is a folder's, its folder is a file, or two are the same.
    """
    wanted = [file for file in files if file is not None]
    for file in wanted:
        if file.is_dir():
            raise OutputError("This is a folder.", advice="Name a file in it.", file=file)
        nearest = next(parent for parent in file.absolute().parents if parent.exists())
        if not nearest.is_dir():
            raise OutputError("Its folder is a file.", advice="Choose another folder.", file=file)
    if len({file.absolute() for file in wanted}) < len(wanted):
        raise OutputError("Two results shall go to this file.", advice="Name two files.", file=wanted[0])
