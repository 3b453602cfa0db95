"""What is wrong with a data set, one by one: nothing is dropped without a word."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class ProblemKind(StrEnum):
    """Kinds of problems, by the word that reports show."""

    DATASET_EMPTY = "no photo"
    PHOTO_MISSING = "photo missing"
    PHOTO_DAMAGED = "photo damaged"
    PHOTO_TRUNCATED = "photo truncated"
    PHOTO_SIZE = "photo of another size"
    PHOTO_DUPLICATE = "photo twice"
    PHOTO_OUTSIDE = "photo outside its folder"
    PHOTO_UNFINISHED = "photo not finished"
    PHOTO_REPEATED = "photo listed again"
    PHOTO_UNLABELLED = "photo without labels"
    PHOTO_UNWANTED = "photo not wanted"
    PHOTO_LEAK = "photo in two parts"
    SOURCE_LEAK = "source in two parts"
    SOURCE_UNTOLD = "sources not told apart"
    BOX_DUPLICATE = "box twice"
    BOX_TINY = "box very small"
    BOX_ODD_SIZE = "box of an odd size"
    BOX_OUTSIDE_REGION = "box outside the region"
    BOX_OUTSIDE = "box outside the photo"
    BOX_OVERHANG = "box reaches out of the photo"
    BOX_INVERTED = "box inverted"
    BOX_EMPTY = "box empty"
    LABEL_UNKNOWN = "label unknown"
    LABEL_EMPTY = "class without boxes"
    LABEL_RARE = "class with few photos"
    LABEL_ALIKE = "classes of nearly one name"
    LABEL_RENAMED = "class renamed"
    LABEL_UNWANTED = "class not wanted"
    LABELS_DIFFER = "classes differ"
    LABELS_UNEVEN = "classes uneven"
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
