"""A first look at the photos of a data set: their headers and their ends, without decoding them.

Missing, cut off, of another size than their labels: thousands of photos take seconds. What only decoding tells (damaged
pixels, the same photo twice) is for the thorough check.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from shelfaudit.datasets.dataset import LabelledPhoto
from shelfaudit.datasets.options import Progress
from shelfaudit.datasets.problems import Problem, ProblemKind
from shelfaudit.errors import PhotoError
from shelfaudit.photos.decode import read_photo_size
from shelfaudit.photos.kinds import PhotoKind, jpeg_is_complete, sniff

_END_BYTES = 64 * 1024
_END_OF_JPEG = b"\xff\xd9"


def look_at_headers(photos: Sequence[LabelledPhoto], progress: Progress) -> list[Problem]:
    """What is wrong with the files of these photos, as far as their headers and ends tell, in the photos' order."""
    problems: list[Problem] = []
    with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="shelfaudit-photos") as pool:
        for done, problem in enumerate(pool.map(_look_at, photos), start=1):
            if problem is not None:
                problems.append(problem)
            progress(done, len(photos))
    return problems


def _look_at(photo: LabelledPhoto) -> Problem | None:
    try:
        width, height = read_photo_size(photo.file)
        complete = _is_complete_jpeg(photo)
    except (PhotoError, OSError) as error:
        kind = ProblemKind.PHOTO_DAMAGED if photo.file.exists() else ProblemKind.PHOTO_MISSING
        what = error.what if isinstance(error, PhotoError) else f"The photo cannot be read ({error.strerror})."
        return Problem(kind, photo.file, "", what)
    if not complete:
        return Problem(ProblemKind.PHOTO_TRUNCATED, photo.file, "", "The file is cut off: its end is missing.")
    if (width, height) == (photo.width, photo.height):
        return None
    turned = " They disagree on the orientation." if (height, width) == (photo.width, photo.height) else ""
    sizes = f"The photo has {width} × {height} pixels, its labels say {photo.width} × {photo.height}."
    return Problem(ProblemKind.PHOTO_SIZE, photo.file, "", sizes + turned)


def _is_complete_jpeg(photo: LabelledPhoto) -> bool:
    """Whether a JPEG has its end; True for other kinds, whose decoders miss it."""
    with photo.file.open("rb") as file:
        start = file.read(32)
        if sniff(start) is not PhotoKind.JPEG:
            return True
        file.seek(max(0, file.seek(0, os.SEEK_END) - _END_BYTES))
        if _END_OF_JPEG in file.read():
            return True
        # A phone's video behind the picture can be longer than that.
        file.seek(0)
        return jpeg_is_complete(file.read())
