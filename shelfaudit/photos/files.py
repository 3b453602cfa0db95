"""Finding photo files on a disk."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from shelfaudit.errors import PhotoError

PHOTO_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff", ".bmp", ".dib", ".heic", ".heif", ".hif"}
)


def find_photos(paths: Iterable[Path]) -> list[Path]:
    """The photo files of some files and folders, each once, in the order given.

    A folder gives the photos in it and below it, known by suffix, in natural order ("2.jpg" before "10.jpg");
    hidden files and folders are skipped. A file that is named is always taken, whatever its suffix: the person asked
    for it, so they shall hear why it cannot be read.

    Raises:
        PhotoError: a path does not exist, or a folder cannot be listed.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        if path.is_dir():
            candidates: Iterable[Path] = _photos_below(path)
        elif path.exists():
            candidates = (path,)
        else:
            raise PhotoError("There is no such file or folder.", advice="Check the name.", file=path)
        for candidate in candidates:
            found.setdefault(candidate.resolve(), candidate)
    return list(found.values())


def natural_key(text: str) -> list[tuple[int, int, str]]:
    """A sort key that compares digits as numbers and letters without case."""
    parts = re.split(r"([0-9]+)", text.casefold())
    return [(0, int(part), "") if part.isdecimal() and part.isascii() else (1, 0, part) for part in parts if part]


def _photos_below(folder: Path) -> Iterator[Path]:
    """Photos directly in the folder first, then those of its subfolders; links to folders are not followed."""

    def refuse(error: OSError) -> None:
        where = Path(error.filename) if error.filename else folder
        raise PhotoError("This folder cannot be listed.", advice="Check its permissions.", file=where) from error

    for parent, subfolders, names in os.walk(folder, onerror=refuse):
        subfolders[:] = sorted((name for name in subfolders if not name.startswith(".")), key=natural_key)
        for name in sorted(names, key=natural_key):
            path = Path(parent, name)
            if not name.startswith(".") and path.suffix.lower() in PHOTO_SUFFIXES:
                yield path
