"""Brands, products and reference pictures from a file or folder into the database."""

from __future__ import annotations

from pathlib import Path

from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.photos.files import PHOTO_SUFFIXES
from shelfaudit.storage.catalogue_files import read_catalogue
from shelfaudit.usecases.describe import describe_pictures
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
        The catalogue of the file (not what it was merged into); a brand of which it does not say whose it is stays
        whose it was.

    Raises:
        CatalogueError: the file or folder does not have the expected form.
        PhotoError: a reference picture cannot be read.
        Cancelled: `cancelled` became true; nothing was saved.
        StorageError: the database cannot be written.
    """
    catalogue, pictures = read_catalogue(path, picture_suffixes=PHOTO_SUFFIXES, known=repository.catalogue())
    files = [(sku, file) for sku, some in pictures.items() for file in some]
    looks = describe_pictures(detector, [file for _, file in files], progress=progress, cancelled=cancelled)
    repository.save_catalogue(catalogue)
    for sku in pictures:
        rows = [row for row, (owner, _) in enumerate(files) if owner == sku]
        if rows:
            repository.save_references(sku, looks[rows])
    return catalogue
