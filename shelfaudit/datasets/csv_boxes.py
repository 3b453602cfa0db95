"""What the CSV formats share: a row for each box, the photos' rows in any order."""

from __future__ import annotations

import csv
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from shelfaudit.datasets.boxes import Corners
from shelfaudit.datasets.builder import DatasetBuilder, Place
from shelfaudit.datasets.dataset import DatasetError, IntArray
from shelfaudit.datasets.problems import ProblemKind
from shelfaudit.output import replacing

CORNERS = ("x1", "y1", "x2", "y2")


class BoxTable:
    """Boxes by photo as they come, in arrays: a list of 1.7 million boxes would take gigabytes.

    names: of the photos in the order of their first row. first_lines: the line of that row, by photo.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self.first_lines: list[int] = []
        self._index: dict[str, int] = {}
        self._photo = array("l")
        self._corners = array("d")
        self._label = array("l")
        self._line = array("q")

    def photo(self, name: str, line: int) -> int:
        """The index of a photo; a new one is added."""
        index = self._index.get(name)
        if index is None:
            index = self._index[name] = len(self.names)
            self.names.append(name)
            self.first_lines.append(line)
        return index

    def add(self, photo: int, corners: Sequence[float], label: int, line: int) -> None:
        """Add a box; corners as x1, y1, x2, y2."""
        self._photo.append(photo)
        self._corners.extend(corners)
        self._label.append(label)
        self._line.append(line)

    def by_photo(self) -> Iterator[tuple[Corners, IntArray, IntArray]]:
        """Corners (N, 4), labels (N,) and lines (N,) of each photo, in the order of `names`."""
        photos = np.array(self._photo, dtype=np.int64)
        order = np.argsort(photos, kind="stable")
        corners = np.array(self._corners, dtype=np.float64).reshape(-1, 4)[order]
        labels = np.array(self._label, dtype=np.int64)[order]
        lines = np.array(self._line, dtype=np.int64)[order]
        ends = np.cumsum(np.bincount(photos, minlength=len(self.names)))
        start = 0
        for end in ends.tolist():
            yield corners[start:end], labels[start:end], lines[start:end]
            start = end


def read_rows(file: Path, builder: DatasetBuilder | None = None) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV file that are not empty, with their line; one that is broken is reported and left out.

    Bytes that are not UTF-8 come through as surrogates, so that file names of any system are found.

    Raises:
        DatasetError: the file cannot be read.
    """
    try:
        with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
            rows = csv.reader(text)
            while True:
                try:
                    row = next(rows)
                except StopIteration:
                    return
                except csv.Error as error:
                    if builder is not None:
                        message = f"The row cannot be read ({error}); left out."
                        builder.report(ProblemKind.ENTRY_INVALID, f"line {rows.line_num}", message)
                    continue
                if row:
                    yield rows.line_num, row
    except OSError as error:
        raise DatasetError(f"The labels cannot be read ({error.strerror}).", file=file) from error


def header_columns(row: Sequence[str], names: Mapping[str, Sequence[str]]) -> dict[str, int] | None:
    """Which column holds what, where the row is a header; None where it is data.

    names: for each meaning, the headings that stand for it, in lower case.
    """
    headings = [heading.strip().lower() for heading in row]
    if not set(CORNERS) <= set(headings):
        return None
    columns = {corner: headings.index(corner) for corner in CORNERS}
    for meaning, known in names.items():
        found = [headings.index(name) for name in known if name in headings]
        if found:
            columns[meaning] = found[0]
    return columns


def at_lines(lines: IntArray) -> Place:
    """Says the line of each box of a photo."""
    return lambda box: f"line {lines[box]}"


@contextmanager
def writing_rows(file: Path) -> Iterator[Callable[[Sequence[object]], object]]:
    """What writes a row of a CSV file, which takes its place when all are written. Raises OutputError."""
    with (
        replacing(file) as temporary,
        temporary.open("w", encoding="utf-8", errors="surrogateescape", newline="") as stream,
    ):
        yield csv.writer(stream, lineterminator="\r\n").writerow
