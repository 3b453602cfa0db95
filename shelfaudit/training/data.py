"""The labelled photos of a run: its sources under one list of labels, training photos apart from validation photos."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shelfaudit.datasets.coco import load_coco
from shelfaudit.datasets.dataset import Dataset, DatasetError, LabelledPhoto, fingerprint
from shelfaudit.errors import UserError
from shelfaudit.training.config import DataSource, TrainingConfig
from shelfaudit.training.sample_shelves import draw_sample_shelves

SINGLE_LABEL = "product"

Report = Callable[[int, int], None]
"""Told how many of how many steps are done."""


@dataclass(frozen=True, eq=False)
class SourcePhotos:
    """The training photos of one source, under the run's labels."""

    source: DataSource
    photos: tuple[LabelledPhoto, ...]


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Everything a run reads.

    labels: names by index. training: photos by source. validation: photos for choosing, of no source's training photos.
    fingerprints: each label file's SHA-256 in short.
    """

    labels: tuple[str, ...]
    training: tuple[SourcePhotos, ...]
    validation: tuple[LabelledPhoto, ...]
    fingerprints: dict[str, str]

    def describe(self) -> dict[str, object]:
        """What was trained on, for the run's folder."""
        return {
            "labels": list(self.labels),
            "label_files": self.fingerprints,
            "training": [
                {
                    "source": (part.source.file or Path("samples")).as_posix(),
                    "photos": len(part.photos),
                    "boxes": sum(len(photo.boxes) for photo in part.photos),
                }
                for part in self.training
            ],
            "validation": {
                "photos": len(self.validation),
                "boxes": sum(len(photo.boxes) for photo in self.validation),
            },
        }


def load_data(config: TrainingConfig, report: Report = lambda _done, _total: None) -> TrainingData:
    """Read the labels of a run (photos are read when they are needed) and draw its sample shelves.

    Raises:
        UserError: a file cannot be read, a source has no box to learn from, or validation photos are wanted and there
            are none.
    """
    files = [_label_files(source, report) for source in config.data]
    datasets = {
        (file, source.complete): load_coco(file, complete=source.complete == "regions")
        for source, group in zip(config.data, files, strict=True)
        for file in group
    }
    validation = load_coco(config.validation) if config.validation is not None else None
    labels = _union(list(datasets.values()), config.single_class)
    # Relabelled once a file: two sources that sample the same file share its photos, decoded once.
    photos = {key: _relabelled(dataset, labels, config) for key, dataset in datasets.items()}
    held_back: dict[Path, LabelledPhoto] = {}
    if validation is not None:
        held_back = {photo.file: photo for photo in _relabelled(validation, labels, config)}
        for key, found in photos.items():
            photos[key] = [photo for photo in found if photo.file not in held_back]
    else:
        for key, found in photos.items():
            photos[key], chosen = hold_back(found, config.validation_share, config.seed)
            held_back = {photo.file: photo for photo in chosen} | held_back
    training = tuple(
        SourcePhotos(source, _with_boxes([photo for file in group for photo in photos[file, source.complete]], source))
        for source, group in zip(config.data, files, strict=True)
    )
    used = dict.fromkeys(file for group in files for file in group)
    if config.validation is not None:
        used[config.validation] = None
    if (config.validation is not None or config.validation_share > 0) and not any(
        len(photo.boxes) for photo in held_back.values()
    ):
        raise UserError("There is no labelled product in the validation photos.", file=config.validation)
    fingerprints = {file.as_posix(): fingerprint([file]) for file in used}
    return TrainingData(labels, training, tuple(held_back.values()), fingerprints)


def hold_back(
    photos: Sequence[LabelledPhoto], share: float, seed: int
) -> tuple[list[LabelledPhoto], list[LabelledPhoto]]:
    """Photos for training and for validation. Which is which depends on the seed and the photo's name alone, so that
    photos added later do not move the others."""
    kept: list[LabelledPhoto] = []
    held: list[LabelledPhoto] = []
    for photo in photos:
        name = f"{seed}/{photo.file.parent.name}/{photo.file.name}"
        draw = int.from_bytes(hashlib.sha256(name.encode("utf-8")).digest()[:8], "big") / 2**64
        (held if draw < share else kept).append(photo)
    return kept, held


def _label_files(source: DataSource, report: Report) -> list[Path]:
    if source.file is not None:
        return [source.file]
    if source.samples is None:
        raise ValueError("a source has either a file or samples")
    return draw_sample_shelves(source.samples, report)


def _union(datasets: Sequence[Dataset], single_class: bool) -> tuple[str, ...]:
    if single_class:
        return (SINGLE_LABEL,)
    return tuple(dict.fromkeys(label for dataset in datasets for label in dataset.labels))


def _relabelled(dataset: Dataset, labels: tuple[str, ...], config: TrainingConfig) -> list[LabelledPhoto]:
    """The photos with the run's labels in the place of the data set's.

    Raises:
        DatasetError: validation photos have a label that no source has.
    """
    if config.single_class:
        return [dataclasses.replace(photo, labels=np.zeros_like(photo.labels)) for photo in dataset.photos]
    missing = [label for label in dataset.labels if label not in labels]
    if missing:
        raise DatasetError(
            f"No source has the label {missing[0]!r}.", file=config.validation, advice="Train on it, or leave it out."
        )
    numbers = np.array([labels.index(label) for label in dataset.labels], dtype=np.int64)
    return [dataclasses.replace(photo, labels=numbers[photo.labels]) for photo in dataset.photos]


def _with_boxes(photos: Sequence[LabelledPhoto], source: DataSource) -> tuple[LabelledPhoto, ...]:
    """The photos that teach something: without a box and without a region nothing is known about a photo."""
    useful = tuple(photo for photo in photos if len(photo.boxes) or (photo.region is not None))
    if not any(len(photo.boxes) for photo in useful):
        raise UserError("There is no labelled product to learn from.", file=source.file)
    return useful
