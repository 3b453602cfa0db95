"""Paint one, get all: the facings of a visit that look like the ones an auditor names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from shelfaudit import settings
from shelfaudit.domain import edits
from shelfaudit.domain.edits import Edit
from shelfaudit.domain.geometry import Box, FloatArray
from shelfaudit.domain.visit import Author, Facing, Photo
from shelfaudit.usecases.ports import NamingStore

MOST = 200
"""Look-alikes proposed at once: more than an auditor looks through."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """What look-alikes are looked for: those of these facings, and of all that the auditor named `sku` in the visit.

    sku: None while the facings are not named: nothing but their own look counts.
    """

    facing_ids: frozenset[str]
    sku: str | None

    def shown_by(self, facing: Facing) -> bool:
        """Whether the auditor said that this facing is what is looked for."""
        return facing.id in self.facing_ids or (
            self.sku is not None and facing.product == self.sku and facing.product_by is Author.AUDITOR
        )

    def open_to(self, facing: Facing) -> bool:
        """Whether this facing can be proposed: the auditor has not named it."""
        return facing.product_by is not Author.AUDITOR and not self.shown_by(facing)

    def is_sure(self, facing: Facing, similarity: float) -> bool:
        """Whether the recogniser is sure: it gave this name, or the facing is very similar and has no name yet."""
        if self.sku is not None:
            return facing.product == self.sku
        return facing.product is None and similarity >= settings.current().look_alike_sure


@dataclass(frozen=True, slots=True)
class LookAlike:
    """A facing of the visit that may be the same product.

    similarity: to the most similar facing that the auditor named so, in [-1, 1].
    refused: the auditor said before that it is not this product.
    """

    photo_id: int
    facing: Facing
    similarity: float
    refused: bool = False


class VisitLooks:
    """The looks of one visit's facings, read from the database only when a box is not as it was.

    `known` is called by one thread, `forget` by any.
    """

    def __init__(self, visit_id: int) -> None:
        self._visit_id = visit_id
        self._stale = True
        self._checked: dict[int, tuple[Facing, ...]] = {}
        self._boxes: dict[str, Box] = {}
        self._rows: dict[str, int] = {}
        self._vectors: FloatArray = np.zeros((0, 0), dtype=np.float32)

    def forget(self) -> None:
        """Facings were described: read them next time."""
        self._stale = True

    def known(self, repository: NamingStore, photos: Sequence[Photo]) -> tuple[Mapping[str, int], FloatArray]:
        """Rows by facing id and the unit vectors (N, K), for the boxes that these photos of the visit show.

        Raises:
            StorageError: the database cannot be read.
            UserError: there is no such visit (any more).
        """
        if self._stale or not all(map(self._is_as_read, photos)):
            self._stale = False  # first: what is described while it is read is read again
            maker = repository.commonest_maker(self._visit_id)
            ids, self._vectors = repository.appearances(self._visit_id, maker)
            self._rows = {facing_id: row for row, facing_id in enumerate(ids)}
            self._boxes = {facing.id: facing.box for photo in photos for facing in photo.facings}
        self._checked = {photo.id: photo.facings for photo in photos}
        return self._rows, self._vectors

    def _is_as_read(self, photo: Photo) -> bool:
        """Whether every box of the photo was there when the looks were read; names make no difference."""
        if self._checked.get(photo.id) is photo.facings:
            return True
        return all(self._boxes.get(facing.id) == facing.box for facing in photo.facings)


def find_look_alikes(
    repository: NamingStore, looks: VisitLooks, photos: Sequence[Photo], likeness: Likeness, *, most: int = MOST
) -> list[LookAlike]:
    """The facings of these photos of a visit that look like what is named, the most similar first.

    Whatever the auditor named is left out, and whatever is less similar than the settings' `look_alike_similarity`.
    Empty where no look is known of the named facings.

    Raises:
        StorageError: the database cannot be read.
        UserError: there is no such visit (any more).
    """
    rows, vectors = looks.known(repository, photos)
    shown: list[int] = []
    candidates: list[tuple[int, Facing]] = []
    candidate_rows: list[int] = []
    for photo, facing in _facings(photos):
        row = rows.get(facing.id)
        if row is None:
            continue
        if likeness.shown_by(facing):
            shown.append(row)
        elif facing.product_by is not Author.AUDITOR:
            candidates.append((photo.id, facing))
            candidate_rows.append(row)
    if not shown or not candidates:
        return []
    nearest = (vectors @ vectors[shown].T).max(axis=1)[candidate_rows]
    best = np.argsort(-nearest, kind="stable")[:most]
    best = best[nearest[best] >= settings.current().look_alike_similarity]
    refused = repository.refusals(photos[0].visit_id)
    return [
        LookAlike(photo_id, facing, similarity, refused=(facing.id, likeness.sku) in refused)
        for (photo_id, facing), similarity in zip((candidates[i] for i in best), nearest[best].tolist(), strict=True)
    ]


def naming_edits(photos: Mapping[int, Photo], facing_ids: Collection[str], sku: str | None) -> dict[int, Edit]:
    """Give these facings of a visit this product (None: not known): an edit for every photo that has some.

    A facing that has this name by the machine is confirmed, one that has it by the auditor is left out.
    """
    changes = {}
    facing_ids = frozenset(facing_ids)
    missing = len(facing_ids)
    for photo in photos.values():
        if not missing:  # a visit has a hundred thousand others
            break
        wanted = [facing for facing in photo.facings if facing.id in facing_ids]
        missing -= len(wanted)
        wanted = [facing for facing in wanted if (facing.product, facing.product_by) != (sku, Author.AUDITOR)]
        if wanted:
            changes[photo.id] = edits.relabel(wanted, sku)
    return changes


def _facings(photos: Collection[Photo]) -> Iterator[tuple[Photo, Facing]]:
    return ((photo, facing) for photo in photos for facing in photo.facings)
