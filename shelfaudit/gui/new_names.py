"""The machine's names for a visit, made ready beside the UI thread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from shelfaudit.domain.visit import Author, Facing, Photo
from shelfaudit.usecases.name_facings import Naming


class NewNames:
    """What the machine says, and what becomes of the photos by it.

    A visit has a hundred thousand facings: the photos are gone through where this is made. Only those that were
    changed since are gone through again when they get their names.

    doubts: probability that a name is wrong, by facing id. runners_up: the SKU that comes closest, by facing id.
    """

    def __init__(self, namings: Mapping[str, Naming], photos: Iterable[Photo]) -> None:
        self.doubts = {facing_id: naming.doubt for facing_id, naming in namings.items() if naming.sku is not None}
        self.runners_up = {facing_id: n.runner_up for facing_id, n in namings.items() if n.runner_up is not None}
        self._names = {facing_id: naming.sku for facing_id, naming in namings.items()}
        self._known = {photo.id: (photo.facings, self._named(photo.facings)) for photo in photos}

    def give(self, photo: Photo) -> tuple[Photo, int]:
        """The photo as `VisitRepository.save_names` leaves it in the database, and how many names differ."""
        before, (after, count) = self._known.get(photo.id, ((), ((), 0)))
        if before is not photo.facings:
            after, count = self._named(photo.facings)
        return (replace(photo, facings=after), count) if count else (photo, 0)

    def _named(self, facings: tuple[Facing, ...]) -> tuple[tuple[Facing, ...], int]:
        names = self._names
        renamed = {
            facing.id: _with_name(facing, names[facing.id])
            for facing in facings
            if names.get(facing.id, facing.product) != facing.product and facing.product_by is not Author.AUDITOR
        }
        if not renamed:
            return facings, 0
        return tuple(renamed.get(facing.id, facing) for facing in facings), len(renamed)


def _with_name(facing: Facing, product: str | None) -> Facing:
    return replace(facing, product=product, product_by=Author.DETECTOR if product is not None else None)
