"""Brands, products and reference pictures from a file or folder into the database."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.errors import Cancelled
from shelfaudit.photos.files import PHOTO_SUFFIXES
from shelfaudit.storage.catalogue_files import read_catalogue
from shelfaudit.usecases.describe import describe_picture
from shelfaudit.usecases.ports import CancelCheck, CatalogueStore, PhotoDetector, Progress, never, silent


def load_catalogue(
    repository: CatalogueStore,
    detector: PhotoDetector,
    path: Path,
    *,
    progress: Progress = silent,
    cancelled: CancelCheck = never,
) -> Catalogue:
    """Merge a catalogue (CSV file, or folder per product) into the database; its pictures teach the products' looks.

    Every picture is read before anything is saved, so that a bad one leaves the database as it was. `progress` counts
    pictures.

    Returns:
        The catalogue of the file (not what it was merged into).

    Raises:
        CatalogueError: the file or folder does not have the expected form.
        PhotoError: a reference picture cannot be read.
        Cancelled: `cancelled` became true; nothing was saved.
        StorageError: the database cannot be written.
    """
    catalogue, pictures = read_catalogue(path, picture_suffixes=PHOTO_SUFFIXES)
    total = sum(len(files) for files in pictures.values())
    done = 0
    looks = {}
    progress(done, total)
    for sku, files in pictures.items():
        vectors = []
        for file in files:
            if cancelled():
                raise Cancelled
            vectors.append(describe_picture(detector, file))
            done += 1
            progress(done, total)
        if vectors:
            looks[sku] = np.stack(vectors)
    repository.save_catalogue(catalogue)
    for sku, vectors_of_sku in looks.items():
        repository.save_references(sku, vectors_of_sku)
    return catalogue
