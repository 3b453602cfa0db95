"""Brands, products and reference pictures from a file or folder into the database."""

from __future__ import annotations

from pathlib import Path

from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.photos.files import PHOTO_SUFFIXES
from shelfaudit.storage.catalogue_files import read_catalogue
from shelfaudit.usecases.ports import CancelCheck, CatalogueStore, PhotoDetector, Progress, never, silent
from shelfaudit.usecases.reference_pictures import learn_pictures, save_learned


def load_catalogue(
    repository: CatalogueStore,
    detector: PhotoDetector,
    path: Path,
    *,
    progress: Progress = silent,
    cancelled: CancelCheck = never,
) -> Catalogue:
    """Merge a catalogue (table, or folder per product) into the database; its pictures teach the products' looks.

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
    learned = learn_pictures(detector, pictures, progress=progress, cancelled=cancelled)
    repository.save_catalogue(catalogue)
    save_learned(repository, learned)
    return catalogue
