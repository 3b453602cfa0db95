"""What is wrong with a data set, one by one: nothing is dropped without a word."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class ProblemKind(StrEnum):
    """Kinds of problems, by the word that reports show."""

    PHOTO_MISSING = "photo missing"
    PHOTO_DAMAGED = "photo damaged"
    PHOTO_TRUNCATED = "photo truncated"
    PHOTO_SIZE = "photo of another size"
    PHOTO_DUPLICATE = "photo twice"
    PHOTO_OUTSIDE = "photo outside its folder"
    PHOTO_UNFINISHED = "photo not finished"
    BOX_OUTSIDE = "box outside the photo"
    BOX_OVERHANG = "box reaches out of the photo"
    BOX_INVERTED = "box inverted"
    BOX_EMPTY = "box empty"
    LABEL_UNKNOWN = "label unknown"
    ENTRY_INVALID = "entry cannot be read"
    FORMAT_LIMIT = "format cannot hold it"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and what was done about it.

    file: the label file or photo it is in. place: where in the file ("line 12", "annotation 7"); "" for all of it.
    message: one sentence: what is wrong, and what became of it ("clipped", "left out").
    """

    kind: ProblemKind
    file: Path
    place: str
    message: str
