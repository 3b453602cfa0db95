"""Store visits, their photos, and the facings in them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from shelfaudit.domain.geometry import Box


class Author(StrEnum):
    """Who set a box or a product: the machine or the person. The machine never overwrites the person."""

    DETECTOR = "detector"
    AUDITOR = "auditor"


class PhotoState(StrEnum):
    """Where a photo is on its way from file to count."""

    WAITING = "waiting"
    DETECTED = "detected"
    REVIEWED = "reviewed"
    FAILED = "failed"


class VisitState(StrEnum):
    """What is left to do in a visit; follows from its photos, and from whether a report was written."""

    EMPTY = "empty"
    IMPORTING = "importing"
    TO_REVIEW = "to review"
    REVIEWED = "reviewed"
    REPORTED = "reported"


@dataclass(frozen=True, slots=True)
class Facing:
    """A front-row unit that the shopper sees.

    id: unique in the database, chosen here so that undo can bring the same facing back.
    box: in upright photo pixels.
    score: the detector's, in [0, 1]; None where the auditor drew the box.
    product: SKU, or None for not recognised.
    box_by, product_by: who set the box and the product last (product_by is None while product was never set).
    """

    id: str
    box: Box
    score: float | None = None
    product: str | None = None
    box_by: Author = Author.DETECTOR
    product_by: Author | None = None

    @property
    def touched(self) -> bool:
        """Whether the auditor set anything about it: such a facing is never changed by the machine."""
        return Author.AUDITOR in (self.box_by, self.product_by)


def new_facing_id() -> str:
    """A fresh facing id, unique across databases."""
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo of a visit.

    path: where the file is. width, height: upright pixels (0 while unread). sha256: of the file ("" while unread).
    model, threshold: what found its facings, and from which score on they count ("" and None while waiting).
    error: why it failed, for a person. rejected: boxes that the auditor removed, by the id of their facing.
    """

    id: int
    visit_id: int
    path: Path
    width: int = 0
    height: int = 0
    sha256: str = ""
    state: PhotoState = PhotoState.WAITING
    error: str = ""
    model: str = ""
    threshold: float | None = None
    facings: tuple[Facing, ...] = ()
    rejected: Mapping[str, Box] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Store:
    """A shop; its name identifies it."""

    name: str

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueError("a store needs a name")


@dataclass(frozen=True, slots=True)
class Visit:
    """One audit of one category in one store on one day, with its photos in import order."""

    id: int
    store: Store
    category: str
    date: dt.date
    auditor: str
    reported: bool = False
    photos: tuple[Photo, ...] = ()

    @property
    def state(self) -> VisitState:
        return visit_state([photo.state for photo in self.photos], reported=self.reported)

    def photo(self, photo_id: int) -> Photo:
        """The photo of this id; KeyError where it is not in this visit."""
        for photo in self.photos:
            if photo.id == photo_id:
                return photo
        raise KeyError(photo_id)


@dataclass(frozen=True, slots=True)
class VisitSummary:
    """A line in the list of visits; `own_share` is None while no facing is counted or no own brand known.

    waiting, failed: of the photos. to_review: facings that have no name or a low score, that the auditor said nothing
    about yet, in photos that are not reviewed.
    """

    id: int
    store: str
    category: str
    date: dt.date
    auditor: str
    photos: int
    failed: int
    facings: int
    own_share: float | None
    state: VisitState
    waiting: int = 0
    to_review: int = 0


def visit_state(photos: list[PhotoState], *, reported: bool) -> VisitState:
    """The state of a visit from those of its photos; a failed photo does not hold the visit back."""
    if not photos:
        return VisitState.EMPTY
    if PhotoState.WAITING in photos:
        return VisitState.IMPORTING
    if reported:
        return VisitState.REPORTED
    if PhotoState.DETECTED in photos:
        return VisitState.TO_REVIEW
    return VisitState.REVIEWED
