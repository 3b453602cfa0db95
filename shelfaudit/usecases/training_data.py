"""Corrected visits as training data: what the auditor put right is what a detector should have found."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from shelfaudit.datasets.boxes import as_corners
from shelfaudit.datasets.builder import DatasetBuilder, Reading
from shelfaudit.datasets.classes import PRODUCT, class_per_product
from shelfaudit.datasets.dataset import Dataset
from shelfaudit.datasets.kinds import FacingClasses
from shelfaudit.datasets.problems import Problem, ProblemKind
from shelfaudit.domain.visit import Photo, PhotoState, Visit
from shelfaudit.errors import UserError
from shelfaudit.usecases.ports import Progress, VisitReader, silent


def visits_dataset(
    repository: VisitReader,
    visit_ids: Sequence[int],
    database: Path,
    *,
    classes: FacingClasses = FacingClasses.ONE,
    unreviewed: bool = False,
    progress: Progress = silent,
) -> Reading:
    """The photos of these visits with their facings as boxes; the SKU is a box's product, the store a photo's source.

    A photo that was reviewed is labelled all over. Others are left out, each with a problem: waiting and failed ones,
    those changed since or in an earlier visit already, and those not reviewed, unless `unreviewed`: then they come
    without a region, because what the detector missed in them is not known.

    database: what problems name as their file.

    Raises:
        UserError: there is no such visit, or no photo that can be used.
        StorageError: the database cannot be read.
    """
    visits = [repository.visit(visit_id) for visit_id in visit_ids]
    photos, problems = usable_photos(visits, unreviewed=unreviewed, progress=progress)
    if not photos:
        raise UserError(
            "No photo of these visits can be used for training.",
            advice=problems[0].message if problems else "Import and review photos first.",
            file=database,
        )
    dataset, of_boxes = labelled_photos(photos, stores_of(visits), database)
    return Reading(_with_classes(dataset, classes, repository), [*problems, *of_boxes])


def usable_photos(
    visits: Sequence[Visit], *, unreviewed: bool = False, progress: Progress = silent
) -> tuple[list[Photo], list[Problem]]:
    """The photos of these visits that can be trained on, and why the others cannot; see `visits_dataset`."""
    photos: list[Photo] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    every = [photo for visit in visits for photo in visit.photos]
    for done, photo in enumerate(every, start=1):
        problem = _hindrance(photo, seen, unreviewed=unreviewed)
        if problem is not None:
            problems.append(problem)
        else:
            seen.add(photo.sha256)
            photos.append(photo)
        progress(done, len(every))
    return photos, problems


def stores_of(visits: Sequence[Visit]) -> dict[int, str]:
    """The name of the store in which each photo was taken, by photo id."""
    return {photo.id: visit.store.name for visit in visits for photo in visit.photos}


def labelled_photos(photos: Sequence[Photo], stores: Mapping[int, str], database: Path) -> Reading:
    """At least one photo, each with its facings as boxes of one class, in their order. stores: see `stores_of`."""
    builder = DatasetBuilder(database, [PRODUCT])
    for photo in photos:
        _add(builder, photo, stores[photo.id])
    return builder.build("visits")


def _hindrance(photo: Photo, seen: set[str], *, unreviewed: bool) -> Problem | None:
    """Why a photo cannot be used, if so."""
    kind, reason = None, ""
    if photo.state is PhotoState.FAILED:
        kind, reason = ProblemKind.PHOTO_DAMAGED, f"It could not be read ({photo.error.rstrip('.')})"
    elif photo.state is PhotoState.WAITING:
        kind, reason = ProblemKind.PHOTO_UNFINISHED, "Its facings were not looked for yet"
    elif photo.state is PhotoState.DETECTED and not unreviewed:
        kind, reason = ProblemKind.PHOTO_UNFINISHED, "It was not reviewed yet"
    elif photo.sha256 in seen:
        kind, reason = ProblemKind.PHOTO_DUPLICATE, "It is in one of the visits already"
    else:
        try:
            with photo.path.open("rb") as file:
                same = hashlib.file_digest(file, "sha256").hexdigest() == photo.sha256
        except OSError as error:
            missing = isinstance(error, FileNotFoundError)
            kind = ProblemKind.PHOTO_MISSING if missing else ProblemKind.PHOTO_DAMAGED
            reason = f"It cannot be read any more ({error.strerror})"
        else:
            if not same:
                kind, reason = ProblemKind.PHOTO_DAMAGED, "The file was changed since it was counted"
    place = f"visit {photo.visit_id}"
    return Problem(kind, photo.path, place, f"{reason}; left out.") if kind is not None else None


def _add(builder: DatasetBuilder, photo: Photo, store: str) -> None:
    def place(index: int) -> str:
        return f"visit {photo.visit_id}, {photo.path.name}, facing {index + 1}"

    builder.add_photo(
        photo.path,
        (photo.width, photo.height),
        as_corners([facing.box.as_tuple() for facing in photo.facings]),
        np.zeros(len(photo.facings), dtype=np.int64),
        place=place,
        products=[facing.product for facing in photo.facings],
        source=store,
        complete=photo.state is PhotoState.REVIEWED,
    )


def _with_classes(dataset: Dataset, classes: FacingClasses, repository: VisitReader) -> Dataset:
    if classes is FacingClasses.ONE:
        return dataset
    if classes is FacingClasses.PRODUCTS:
        return class_per_product(dataset)
    catalogue = repository.catalogue()

    def brand_name(sku: str) -> str | None:
        brand = catalogue.brand_of(sku)
        return brand.name if brand is not None else None

    return class_per_product(dataset, brand_name)
