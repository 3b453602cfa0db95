"""Opens what the commands work with: the database and the detector. Heavy libraries are imported here, when needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from shelfaudit import paths
from shelfaudit.errors import ModelError, StorageError

if TYPE_CHECKING:
    from shelfaudit.detection.detector import Detector
    from shelfaudit.storage.repository import VisitRepository


def database_file(named: Path | None) -> Path:
    """The database that was named, or the user's own."""
    return named if named is not None else paths.default_database_file()


def is_missing(file: Path) -> bool:
    """Whether there is no such file; one that may not be looked at is there, and opening it says why it fails."""
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


@contextmanager
def open_repository(named: Path | None, *, must_exist: bool = False) -> Iterator[VisitRepository]:
    """The visits in a database file, made where missing; closed at the end.

    Raises:
        StorageError: the file cannot be opened, or `must_exist` and there is none.
    """
    from shelfaudit.storage.database import open_database
    from shelfaudit.storage.repository import VisitRepository

    file = database_file(named)
    if must_exist and is_missing(file):
        raise StorageError(
            "There is no database here.",
            advice="`shelfaudit audit` makes one; --database names another.",
            file=file,
        )
    with open_database(file) as database:
        yield VisitRepository(database)


def open_detector(named: Path | None, *, one_pass: bool = False) -> Detector:
    """The detector that was named, or the one in use. Raises ModelError."""
    from shelfaudit.detection.detector import load_detector

    return load_detector(named, one_pass=one_pass)


def check_outputs(*files: Path | None, inputs: Iterable[Path | None] = ()) -> None:
    """Find out before the work whether its results can be written, as far as that can be told.

    Raises:
        OutputError: a file cannot be written, is one of `inputs`, or two are the same.
    """
    from shelfaudit.output import check_output, refuse_to_overwrite

    needed = [file for file in inputs if file is not None]
    for file in files:
        if file is None:
            continue
        check_output(file)
        refuse_to_overwrite(needed, file)
        needed.append(file)


def model_files(named: Path | None) -> list[Path]:
    """The file of the detector that was named, or of the one in use, where there is one."""
    from shelfaudit.detection.library import resolve_model

    try:
        return [resolve_model(named)]
    except ModelError:  # whoever needs it says so; a report can be written without
        return []
