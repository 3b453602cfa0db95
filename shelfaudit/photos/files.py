"""Finding photo files on a disk."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from shelfaudit.errors import PhotoError

PHOTO_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff", ".bmp", ".dib", ".heic", ".heif", ".hif"}
)

SYSTEM_FOLDERS = frozenset({"$recycle.bin", "system volume information", "lost+found"})
"""Folders of cards and drives, in lower case, that hold deleted photos or may not be looked into."""


def find_photos(paths: Iterable[Path]) -> list[Path]:
    """The photo files of some files and folders, each once, in the order given.

    A folder gives the photos in it and below it, known by suffix, in natural order ("2.jpg" before "10.jpg");
    hidden files and folders and those of the system are skipped. A file that is named is always taken, whatever its
    suffix: the person asked for it, so they shall hear why it cannot be read.

    Raises:
        PhotoError: a path does not exist or cannot be looked at, or a folder cannot be listed.
    """
    found: dict[str, Path] = {}
    for path in paths:
        candidates = _photos_below(path) if _is_folder(path) else (path,)
        for candidate in candidates:
            # Not Path.resolve(), which raises where a link leads to itself: such a photo fails when it is read.
            found.setdefault(os.path.realpath(candidate), candidate)
    return list(found.values())


def natural_key(text: str) -> list[tuple[int, int, str]]:
    """A sort key that compares digits as numbers and letters without case."""
    parts = re.split(r"([0-9]+)", text.casefold())
    return [(0, int(part), "") if part.isdecimal() and part.isascii() else (1, 0, part) for part in parts if part]


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise PhotoError("There is no such file or folder.", advice="Check the name.", file=path) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise PhotoError(
            f"This cannot be opened ({reason}).", advice="Check the name and its rights.", file=path
        ) from error


def _photos_below(folder: Path) -> Iterator[Path]:
    """Photos directly in the folder first, then those of its subfolders; links to folders are not followed."""

    def refuse(error: OSError) -> None:
        where = Path(error.filename) if error.filename else folder
        raise PhotoError("This folder cannot be listed.", advice="Check its permissions.", file=where) from error

    for parent, subfolders, names in os.walk(folder, onerror=refuse):
        visible = (name for name in subfolders if not name.startswith(".") and name.lower() not in SYSTEM_FOLDERS)
        subfolders[:] = sorted(visible, key=natural_key)
        for name in sorted(names, key=natural_key):
            path = Path(parent, name)
            if not name.startswith(".") and path.suffix.lower() in PHOTO_SUFFIXES:
                yield path
