"""What is known of how products look: the facings that auditors named, and the catalogue's reference pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from shelfaudit import settings
from shelfaudit.domain.geometry import Box, FloatArray
from shelfaudit.recognition.gallery import Gallery
from shelfaudit.recognition.shelf_places import Places, contrasts
from shelfaudit.usecases.ports import NamingStore

NOWHERE = (-1, Box(0, 0, 1, 1))
"""The place of a picture that was not taken in this visit."""


@dataclass(frozen=True)
class KnownProducts:
    """Known looks. gallery: of all of them. facing_ids: the facings among them, which are what an auditor named."""

    gallery: Gallery
    facing_ids: frozenset[str]


class Shelves:
    """The shelves of a visit: where its facings stand, and how each differs from its photo.

    Args:
        facing_ids, looks: all facings of the visit whose looks (N, K) are known.
        places: photo and box of the visit's facings, by id.
    """

    def __init__(self, facing_ids: Sequence[str], looks: FloatArray, places: Mapping[str, tuple[int, Box]]) -> None:
        self._places = places
        self._rows = {facing_id: row for row, facing_id in enumerate(facing_ids)}
        photos = np.array([places.get(facing_id, NOWHERE)[0] for facing_id in facing_ids], dtype=np.int64)
        # The last row is for what is not on these shelves.
        self._contrasts = np.concatenate([contrasts(photos, looks), np.zeros((1, looks.shape[1]), dtype=np.float32)])

    def places_of(self, facing_ids: Sequence[str]) -> Places:
        """Where facings stand; those that are not known (of other visits, or no facings at all) stand nowhere."""
        places = [self._places.get(facing_id, NOWHERE) for facing_id in facing_ids]
        boxes = np.array([box.as_tuple() for _, box in places], dtype=np.float32).reshape(-1, 4)
        photos = np.array([photo for photo, _ in places], dtype=np.int64)
        rows = [self._rows.get(facing_id, -1) for facing_id in facing_ids]
        return Places(photos, boxes, self._contrasts[rows])


def known_products(repository: NamingStore, length: int, shelves: Shelves, maker: str) -> KnownProducts:
    """All known looks of this vector length and maker (others cannot be compared with them).

    shelves: of the visit whose facings are to be named, the named ones among them.

    Raises:
        StorageError: the database cannot be read.
    """
    facing_ids, skus, looks = repository.named_appearances(length, maker)
    pictured, pictures = repository.reference_appearances(length, maker)
    none: FloatArray = np.zeros((0, length), dtype=np.float32)
    allowances = np.zeros(len(skus) + len(pictured), dtype=np.float32)
    allowances[len(skus) :] = settings.current().reference_allowance
    vectors = np.concatenate([some if len(some) else none for some in (looks, pictures)])
    standing = shelves.places_of([*facing_ids, *[""] * len(pictured)])
    return KnownProducts(Gallery([*skus, *pictured], vectors, allowances, standing), frozenset(facing_ids))
