"""Bring photo files into a visit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from shelfaudit.domain.visit import Photo
from shelfaudit.errors import PhotoError
from shelfaudit.photos.files import PHOTO_SUFFIXES, find_photos
from shelfaudit.usecases.ports import ImportStore


def find_some_photos(paths: Sequence[Path]) -> list[Path]:
    """The photo files of these files and folders (recursively), in natural order.

    Raises:
        PhotoError: a path is missing, or there is no photo at all.
    """
    found = find_photos(paths)
    if not found:
        suffixes = ", ".join(sorted(suffix.lstrip(".") for suffix in PHOTO_SUFFIXES))
        where = paths[0] if len(paths) == 1 else None
        raise PhotoError("There is no photo here.", advice=f"Photos end in {suffixes}.", file=where)
    return found


def note_photos(repository: ImportStore, visit_id: int, files: Sequence[Path]) -> list[Photo]:
    """Note photo files in a visit; they stay where they are, and one that is gone by now fails when it is read.

    Returns the photos that are new in the visit (one that is in it already is skipped).

    Raises:
        StorageError: the database cannot be written.
    """
    return repository.add_photos(visit_id, [file.absolute() for file in files])
