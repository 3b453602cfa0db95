"""From the name that a label file gives a photo to the photo's file.

Label files come from strangers, so a name is a wish: it may lead only into the photo folders. A relative name is looked
for in them; of an absolute path or a URL, as labelling tools write them from another computer, the longest end that is
there is taken (`C:/photos/monday/1.jpg` is found as `monday/1.jpg` or `1.jpg`). What leads elsewhere is refused.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from shelfaudit.datasets.dataset import DatasetError

USUAL_FOLDERS = ("images", "photos", "JPEGImages")

_DRIVE = re.compile(r"[A-Za-z]:")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


class OutsidePhotoFolder(Exception):
    """A name leads out of the photo folders."""


class PhotoFinder:
    """Finds the photos that a label file names.

    label_folder: where the label file is.
    named: the one folder that the photos are in, said by the person; None looks in the label file's folder and in the
        folders of usual names in it and beside it.
    """

    def __init__(self, label_folder: Path, named: Path | None = None, usual: Sequence[str] = USUAL_FOLDERS) -> None:
        self._label_folder = label_folder
        if named is not None and not named.is_dir():
            raise DatasetError("There is no such folder of photos.", advice="Check its name.", file=named)
        candidates = [named] if named is not None else _usual_folders(label_folder, usual)
        self._folders = [folder for folder in candidates if folder.is_dir()] or [label_folder]
        self._last = (self._folders[0], 0)

    def find(self, name: str) -> Path:
        """The photo of this name; where no folder has it, the place in the first where it is missing.

        Raises:
            OutsidePhotoFolder: the name is absolute or leads upwards, and to none of the photo folders.
            ValueError: no file can have this name.
        """
        if not name.strip("/\\. ") or "\0" in name:
            raise ValueError(f"no file can be called {name!r}")
        if _URL.match(name):
            return self._find_end([part for part in _parts(unquote(urlsplit(name).path)) if part != ".."] or ["photo"])
        from_windows = _DRIVE.match(name) is not None or "\\" in name
        parts = _parts(name)
        if not from_windows and not name.startswith("/") and ".." not in parts:
            return self._find_relative(parts)
        if (place := self._inside(name)) is not None and (_exists(place) or not from_windows):
            return place
        if from_windows:
            parts = _parts(_DRIVE.sub("", name, count=1).replace("\\", "/"))
        if ".." not in parts and _exists(found := self._find_end(parts)):
            return found
        if ".." in parts or _is_absolute(name):
            raise OutsidePhotoFolder(name)
        return self._find_relative(parts)

    def _inside(self, name: str) -> Path | None:
        """The place that this system takes the name for, if that is in a photo folder."""
        place = os.path.abspath(self._label_folder / name)  # noqa: PTH100  # takes ".." away without asking the disk
        inside = any(Path(place).is_relative_to(os.path.abspath(folder)) for folder in self._folders)  # noqa: PTH100
        return Path(place) if inside else None

    def _find_relative(self, parts: Sequence[str]) -> Path:
        last = self._last[0]
        for folder in (last, *(folder for folder in self._folders if folder is not last)):
            place = folder.joinpath(*parts)
            if _exists(place):
                self._last = (folder, 0)
                return place
        return self._folders[0].joinpath(*parts)

    def _find_end(self, parts: Sequence[str]) -> Path:
        """The longest end of the path that is in a photo folder; the bare name in the first where there is none."""
        ends = [(folder, skipped) for folder in self._folders for skipped in range(len(parts))]
        # Photos of one label file lie side by side, so what was left of the last path is tried first.
        for folder, skipped in (self._last, *ends):
            place = folder.joinpath(*parts[skipped:])
            if parts[skipped:] and _exists(place):
                self._last = (folder, skipped)
                return place
        return self._folders[0].joinpath(*parts[-1:])


def _usual_folders(label_folder: Path, usual: Sequence[str]) -> list[Path]:
    beside = [label_folder.parent / name for name in usual]
    return [label_folder, *(label_folder / name for name in usual), *beside]


def _parts(name: str) -> list[str]:
    return [part for part in name.split("/") if part not in ("", ".")]


def _is_absolute(name: str) -> bool:
    return name.startswith(("/", "\\")) or _DRIVE.match(name) is not None


def _exists(file: Path) -> bool:
    try:
        return file.exists()
    except OSError:  # a name that is too long, or a folder that may not be looked into
        return False
