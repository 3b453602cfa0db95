"""What is known of how products look: the facings that auditors named, and the catalogue's reference pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from shelfaudit import settings
from shelfaudit.domain.geometry import Box, FloatArray
from shelfaudit.recognition.gallery import Gallery
from shelfaudit.recognition.shelf_places import Places
from shelfaudit.usecases.ports import NamingStore

NOWHERE = (-1, Box(0, 0, 1, 1))
"""The place of a picture that was not taken in this visit."""


@dataclass(frozen=True)
class KnownProducts:
    """Known looks. gallery: of all of them. facing_ids: the facings among them, which are what an auditor named."""

    gallery: Gallery
    facing_ids: frozenset[str]


def known_products(
    repository: NamingStore, length: int, places: Mapping[str, tuple[int, Box]], maker: str
) -> KnownProducts:
    """All known looks of this vector length and maker (others cannot be compared with them).

    places: where facings of the visit stand whose facings are to be named, its named ones among them.

    Raises:
        StorageError: the database cannot be read.
    """
    facing_ids, skus, looks = repository.named_appearances(length, maker)
    pictured, pictures = repository.reference_appearances(length, maker)
    none: FloatArray = np.zeros((0, length), dtype=np.float32)
    allowances = np.zeros(len(skus) + len(pictured), dtype=np.float32)
    allowances[len(skus) :] = settings.current().reference_allowance
    vectors = np.concatenate([some if len(some) else none for some in (looks, pictures)])
    standing = places_of([*facing_ids, *[""] * len(pictured)], places)
    return KnownProducts(Gallery([*skus, *pictured], vectors, allowances, standing), frozenset(facing_ids))


def places_of(facing_ids: Sequence[str], known: Mapping[str, tuple[int, Box]]) -> Places:
    """Where facings stand; those that are not known (of other visits, or no facings at all) stand nowhere."""
    places = [known.get(facing_id, NOWHERE) for facing_id in facing_ids]
    boxes = np.array([box.as_tuple() for _, box in places], dtype=np.float32).reshape(-1, 4)
    return Places(np.array([photo for photo, _ in places], dtype=np.int64), boxes)
