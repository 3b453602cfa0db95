"""Puts a data set together while a label file is read, and notes what is wrong with it on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from shelfaudit.datasets.boxes import Corners, IndexArray, check_boxes, no_corners
from shelfaudit.datasets.dataset import Dataset, DatasetError, IntArray, LabelledPhoto
from shelfaudit.datasets.photo_finder import OutsidePhotoFolder, PhotoFinder
from shelfaudit.datasets.problems import Problem, ProblemKind
from shelfaudit.domain.geometry import Box, FloatArray
from shelfaudit.errors import PhotoError
from shelfaudit.photos.decode import read_photo_size

Place = Callable[[int], str]
"""Says where in the label file the box of this index is, as in `Problem.place`."""


class Reading(NamedTuple):
    """What a label file holds, and what is wrong with it."""

    dataset: Dataset
    problems: list[Problem]


class DatasetBuilder:
    """Collects photos; a damaged entry is reported and never stops the rest.

    label_file: what problems name as their file. labels: the labels known beforehand, by index.
    """

    def __init__(self, label_file: Path, labels: Iterable[str] = ()) -> None:
        self.label_file = label_file
        self.problems: list[Problem] = []
        self._labels: dict[str, int] = {}
        for label in labels:
            self.label_index(label)
        self._photos: list[LabelledPhoto] = []
        self._files: set[Path] = set()

    def label_index(self, label: str) -> int:
        """The index of a label; a new one is added."""
        return self._labels.setdefault(label, len(self._labels))

    def report(self, kind: ProblemKind, place: str, message: str) -> None:
        """Note a problem of the label file."""
        self.problems.append(Problem(kind, self.label_file, place, message))

    def find_photo(self, finder: PhotoFinder, name: str, place: str) -> Path | None:
        """The photo's file; None, and a problem, where the name is impossible or leads out of the photo folders."""
        try:
            return finder.find(name)
        except OutsidePhotoFolder:
            self.report(
                ProblemKind.PHOTO_OUTSIDE,
                place,
                f"The photo {name!r} is outside the folder of the photos, which has to be named then; left out.",
            )
        except ValueError:
            self.report(ProblemKind.ENTRY_INVALID, place, f"The photo's name {name!r} is impossible; left out.")
        return None

    def size_of(self, file: Path, place: str) -> tuple[int, int] | None:
        """Upright width and height of a photo whose labels do not say them; None, and a problem, without the photo."""
        try:
            return read_photo_size(file)
        except PhotoError as error:
            missing = not file.exists()
            kind = ProblemKind.PHOTO_MISSING if missing else ProblemKind.PHOTO_DAMAGED
            reason = "is missing" if missing else f"cannot be used ({error.what.rstrip('.')})"
            self.report(kind, place, f"The photo {file} {reason}, and only it has its size; left out.")
            return None

    def add_photo(
        self,
        file: Path,
        size: tuple[int, int],
        corners: Corners,
        labels: Sequence[int] | IntArray,
        *,
        place: Place,
        products: Sequence[str | None] | None = None,
        ignored: FloatArray | None = None,
        source: str = "",
        complete: bool = True,
    ) -> None:
        """Add a photo.

        file: each can be added once; a second entry of it is reported and left out.
        size: upright width and height in pixels. corners: float64 (N, 4), x1 y1 x2 y2 in upright pixels, as they are
        in the file. labels: (N,), indices of `label_index`. products: names by box where known. ignored: areas that
        were checked already (see `check_areas`). complete: whether it is labelled all over; else nothing is known
        outside the boxes.
        """
        first = place(0) if len(corners) else ""
        if file in self._files:
            self.report(
                ProblemKind.PHOTO_DUPLICATE, first, f"The photo {file} has an earlier entry; this one is left out."
            )
            return
        self._files.add(file)
        kept, boxes = self.check(corners, size, place)
        names = tuple(products[index] for index in kept) if products is not None else (None,) * len(kept)
        self._photos.append(
            LabelledPhoto(
                file=file,
                width=size[0],
                height=size[1],
                boxes=boxes,
                labels=np.asarray(labels, dtype=np.int64)[kept],
                products=names,
                ignored=ignored if ignored is not None else no_corners().astype(np.float32),
                region=Box(0, 0, *size) if complete else None,
                source=source,
            )
        )

    def add(self, photo: LabelledPhoto) -> None:
        """Add a photo that was put together elsewhere, even where there is one of its file."""
        self._photos.append(photo)

    def check(self, corners: Corners, size: tuple[int, int], place: Place) -> tuple[IndexArray, FloatArray]:
        """Which boxes can be used (indices) and how they are then (float32); what is wrong with others is reported."""
        checked = check_boxes(corners, *size)
        for fault in checked.faults:
            self.report(fault.kind, place(fault.index), fault.message)
        return checked.kept, checked.boxes

    def check_areas(self, corners: Corners, size: tuple[int, int], place: Place) -> FloatArray:
        """Areas to ignore that can be used, float32 (M, 4)."""
        return self.check(corners, size, place)[1]

    def build(self, what: str) -> Reading:
        """The data set and the problems.

        Raises:
            DatasetError: there is no usable entry at all: the file is not `what` it was taken for.
        """
        if not self._photos:
            reasons = (f"{problem.place}: {problem.message}".removeprefix(": ") for problem in self.problems)
            raise DatasetError(
                f"Nothing in it can be used as {what}. {next(reasons, '')}".strip(), file=self.label_file
            )
        return Reading(Dataset(tuple(self._labels), tuple(self._photos)), self.problems)
