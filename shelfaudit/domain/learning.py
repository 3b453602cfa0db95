"""What corrected photos serve when the detector learns from them."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

Unit = TypeVar("Unit", bound=Hashable)


class Purpose(StrEnum):
    """What a corrected photo is for.

    A LOCKED photo is never trained on: on it the old detector and the new one are compared.
    """

    TRAINING = "training"
    LOCKED = "locked"


def assign_purposes(
    units: Mapping[Unit, Sequence[str]], known: Mapping[str, Purpose], share: float
) -> dict[str, Purpose]:
    """The purpose of every corrected photo, by the hash of its file.

    Photos of one unit (a visit: they show the same shelves, often the same bay) have one purpose, so that nothing that
    is compared on was seen in training. What has a purpose keeps it, in this run and in all later ones, and its unit
    follows it. Units that are new come in the order of a hash of their photos, each locked where that brings the share
    of the locked photos nearer to what is wanted: the order says nothing of the store or the day, and already the
    second unit is locked where a fourth is wanted.

    Args:
        units: hashes of the photos of each unit. One that is in several units joins them.
        known: purposes given before, also of photos that are not there any more.
        share: of the photos that shall be locked, in (0, 1).
    """
    purposes: dict[str, Purpose] = {}
    locked = 0
    for photos in sorted(units.values(), key=lambda photos: (not _some_known(photos, known), _draw(photos))):
        given = {known.get(sha256) or purposes.get(sha256) for sha256 in photos} - {None}
        if given:
            # A new photo of a unit that serves both (its photos were in other visits once) is not trained on.
            purpose = Purpose.LOCKED if Purpose.LOCKED in given else Purpose.TRAINING
        else:
            wanted = share * (len(purposes) + len(photos))
            purpose = Purpose.LOCKED if locked + len(photos) / 2 <= wanted else Purpose.TRAINING
        for sha256 in photos:
            purposes.setdefault(sha256, known.get(sha256, purpose))
        locked = sum(purpose is Purpose.LOCKED for purpose in purposes.values())
    return purposes


def _some_known(photos: Sequence[str], known: Mapping[str, Purpose]) -> bool:
    return any(sha256 in known for sha256 in photos)


def _draw(photos: Sequence[str]) -> bytes:
    return hashlib.sha256(min(photos, default="").encode()).digest()
