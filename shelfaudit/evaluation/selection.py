"""Which photos of a data set are judged, and where they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from shelfaudit.datasets.dataset import Dataset, DatasetError


def with_photos_in(dataset: Dataset, label_folder: Path, folder: Path) -> Dataset:
    """The data set with its photos in another folder, below which they have the same names as below the labels' one.

    A photo that is not there under its whole name is looked for under its last part.

    Raises:
        DatasetError: there is no such folder.
    """
    if not folder.is_dir():
        raise DatasetError("There is no such folder of photos.", advice="Check --photos.", file=folder)

    def moved(file: Path) -> Path:
        whole = folder / (file.relative_to(label_folder) if file.is_relative_to(label_folder) else file.name)
        return whole if whole.exists() or not (folder / file.name).exists() else folder / file.name

    return replace(dataset, photos=tuple(replace(photo, file=moved(photo.file)) for photo in dataset.photos))


def spread(dataset: Dataset, limit: int) -> Dataset:
    """At most `limit` photos, spread evenly over the data set."""
    if len(dataset.photos) <= limit:
        return dataset
    places = np.linspace(0, len(dataset.photos) - 1, limit).round().astype(int).tolist()
    return replace(dataset, photos=tuple(dataset.photos[place] for place in places))
