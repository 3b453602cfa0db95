"""What a reader or writer of a format may be told beyond the place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Progress = Callable[[int, int], None]
"""Called with the photos done and the photos in all."""


def _silent(done: int, total: int) -> None:
    del done, total


@dataclass(frozen=True)
class ReadOptions:
    """How a data set is read; a format that has no use for an option ignores it.

    photos: the folder of the photos; None looks beside the labels.
    split: the part that is wanted ("train") of a data set in parts; None takes all of it.
    classes: the file that names the classes, where there is one (TFRecord, RetinaNet CSV); None looks for it.
    label_attributes: which labels of a manifest are wanted; empty where it has only one.
    extract_to: where photos go that lie inside the label file (TFRecord).
    trusted: whether photos may be anywhere: for label files of one's own.
    """

    photos: Path | None = None
    split: str | None = None
    classes: Path | None = None
    label_attributes: tuple[str, ...] = ()
    extract_to: Path | None = None
    trusted: bool = False
    progress: Progress = _silent


@dataclass(frozen=True)
class WriteOptions:
    """How a data set is written.

    copy_photos: whether the photos are copied into the data set's folder; else they are named where they are. Formats
        that cannot be without their photos (YOLO, TFRecord) copy always.
    split: the part of a larger data set that this is ("train"); names the files.
    """

    copy_photos: bool = False
    split: str | None = None
    progress: Progress = _silent
