"""Looks at the photo files of a data set: missing, damaged, truncated, of another size than their labels, twice.

Files are decoded reduced (a JPEG at an eighth costs a third), in as many threads as there are processors: the decoders
release the interpreter.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from shelfaudit.datasets.dataset import LabelledPhoto
from shelfaudit.datasets.near_duplicates import LOOK_SIDE, Duplicates, Look, find_duplicates
from shelfaudit.datasets.problems import Problem, ProblemKind
from shelfaudit.errors import Cancelled, PhotoError, PhotoMissing, PhotoTruncated
from shelfaudit.photos.decode import read_photo

Progress = Callable[[int, int], None]
CancelCheck = Callable[[], bool]


@dataclass(frozen=True, eq=False, slots=True)
class PhotoFile:
    """What one look at a photo's file told.

    width, height: upright pixels; 0 where it cannot be read. sha256: of its bytes, "" where it cannot be read.
    look: None where it cannot be read or shows nothing. error: why it cannot be read.
    """

    width: int = 0
    height: int = 0
    sha256: str = ""
    look: Look | None = None
    error: PhotoError | None = None


@dataclass(frozen=True, eq=False, slots=True)
class PhotoCheck:
    """What the files of some labelled photos told, in the photos' order.

    problems: of each photo's file, None where it is sound.
    """

    problems: tuple[Problem | None, ...]
    duplicates: Duplicates


def check_photos(
    photos: Sequence[LabelledPhoto],
    *,
    progress: Progress = lambda _done, _total: None,
    cancelled: CancelCheck = lambda: False,
) -> PhotoCheck:
    """Look at the files of these photos, each file once, however often it is listed.

    Raises:
        Cancelled: `cancelled` said so.
    """
    paths = list(dict.fromkeys(photo.file for photo in photos))
    files: dict[Path, PhotoFile] = {}
    progress(0, len(paths))
    with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="shelfaudit-photos") as pool:
        try:
            for done, (path, file) in enumerate(zip(paths, pool.map(look_at, paths), strict=True), start=1):
                if cancelled():
                    raise Cancelled
                files[path] = file
                progress(done, len(paths))
        finally:
            pool.shutdown(cancel_futures=True)
    of_photos = [files[photo.file] for photo in photos]
    return PhotoCheck(
        tuple(_problem(photo, file) for photo, file in zip(photos, of_photos, strict=True)),
        find_duplicates([file.sha256 for file in of_photos], [file.look for file in of_photos]),
    )


def look_at(path: Path) -> PhotoFile:
    """Read one photo file."""
    try:
        decoded = read_photo(path, at_most=LOOK_SIDE)
    except PhotoError as error:
        return PhotoFile(error=error)
    return PhotoFile(decoded.width, decoded.height, decoded.sha256, Look.of(decoded.pixels))


def _problem(photo: LabelledPhoto, file: PhotoFile) -> Problem | None:
    if file.error is not None:
        return Problem(_kind(file.error), photo.file, "", file.error.what)
    if (file.width, file.height) == (photo.width, photo.height):
        return None
    turned = " They disagree on the orientation." if (file.height, file.width) == (photo.width, photo.height) else ""
    sizes = f"The photo has {file.width} × {file.height} pixels, its labels say {photo.width} × {photo.height}."
    return Problem(ProblemKind.PHOTO_SIZE, photo.file, "", sizes + turned)


def _kind(error: PhotoError) -> ProblemKind:
    if isinstance(error, PhotoMissing):
        return ProblemKind.PHOTO_MISSING
    return ProblemKind.PHOTO_TRUNCATED if isinstance(error, PhotoTruncated) else ProblemKind.PHOTO_DAMAGED
