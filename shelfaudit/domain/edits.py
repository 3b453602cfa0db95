"""What an auditor does to the facings of one photo: edits that apply and revert.

Every edit is the same thing, some facings before and some after, so that undo is the edit with the two exchanged
and storing it is "these ids go, these facings come", whatever the gesture was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from shelfaudit.domain.geometry import Box
from shelfaudit.domain.visit import Author, Facing, Photo, new_facing_id
from shelfaudit.errors import EditConflict


class EditKind(StrEnum):
    """The gesture, in the words of the undo list."""

    ADD = "add"
    MOVE = "move"
    RELABEL = "relabel"
    REMOVE = "remove"
    MERGE = "merge"
    THRESHOLD = "threshold"
    SPLIT = "split"
    DUPLICATE = "duplicate"
    PASTE = "paste"


@dataclass(frozen=True, slots=True)
class Edit:
    """The facings `before` are replaced by those `after` (matched by id); either may be empty.

    thresholds: the photo's score threshold before and after, where the edit changes it.
    """

    kind: EditKind
    before: tuple[Facing, ...]
    after: tuple[Facing, ...]
    thresholds: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not self.before and not self.after and self.thresholds is None:
            raise ValueError("an edit must change at least one facing")
        for side in (self.before, self.after):
            if len({facing.id for facing in side}) != len(side):
                raise ValueError("an edit must name each facing once")

    @property
    def reverted(self) -> Edit:
        """The edit that takes this one back."""
        thresholds = (self.thresholds[1], self.thresholds[0]) if self.thresholds is not None else None
        return Edit(self.kind, self.after, self.before, thresholds)

    @property
    def removed_ids(self) -> frozenset[str]:
        """Ids of the facings that are gone afterwards."""
        return frozenset(f.id for f in self.before) - {f.id for f in self.after}

    @property
    def rejected(self) -> tuple[Facing, ...]:
        """The facings that are none in the auditor's word. What a threshold takes away may come again."""
        if self.kind is EditKind.THRESHOLD:
            return ()
        removed = self.removed_ids
        return tuple(facing for facing in self.before if facing.id in removed)

    @property
    def is_idle(self) -> bool:
        """Whether nothing differs afterwards."""
        return self.thresholds is None and frozenset(self.before) == frozenset(self.after)

    def with_names(self, rename: Callable[[Facing], Facing]) -> Edit:
        """The edit as it would have been made if its facings had had these names; itself where none differs."""
        before, after = tuple(map(rename, self.before)), tuple(map(rename, self.after))
        if before == self.before and after == self.after:
            return self
        return replace(self, before=before, after=after)

    def apply(self, facings: Iterable[Facing]) -> tuple[Facing, ...]:
        """The facings of the photo afterwards; those that stay keep their place, new ones come last.

        Raises:
            EditConflict: a facing is not as it was when the edit was made, or an added one is there already.
        """
        return self._apply({facing.id: facing for facing in facings})

    def _apply(self, current: dict[str, Facing]) -> tuple[Facing, ...]:
        """As `apply`, given the facings by id; these are changed."""
        others = [facing for facing in self.before if current.get(facing.id) is not facing]
        if any(current.get(facing.id) != facing for facing in others):
            raise EditConflict(
                "This facing was changed in the meantime.",
                advice="Open the visit again to see it as it is, then repeat your change.",
            )
        before, after = [facing.id for facing in self.before], {facing.id: facing for facing in self.after}
        if not after.keys().isdisjoint(current) and not (after.keys() - before).isdisjoint(current):
            raise EditConflict("This facing is already in the photo.", advice="Nothing was changed.")
        for facing_id in before:
            if facing_id not in after:
                del current[facing_id]
        current.update(after)
        return tuple(current.values())

    def set_threshold(self, current: float | None) -> float | None:
        """The photo's threshold afterwards. Raises EditConflict where it is not the one the edit was made on."""
        if self.thresholds is None:
            return current
        before, after = self.thresholds
        if current != before:
            raise EditConflict("The threshold of this photo was changed in the meantime.", advice="Set it once more.")
        return after

    def revert(self, facings: Iterable[Facing]) -> tuple[Facing, ...]:
        """The facings as they were before; raises as `apply` does."""
        return self.reverted.apply(facings)


def add(facing: Facing) -> Edit:
    """A facing drawn by the auditor."""
    return Edit(EditKind.ADD, (), (replace(facing, score=None, box_by=Author.AUDITOR),))


def move(facing: Facing, box: Box) -> Edit:
    """Another box for a facing: moved or resized."""
    return Edit(EditKind.MOVE, (facing,), (replace(facing, box=box, box_by=Author.AUDITOR),))


def relabel(facings: Sequence[Facing], product: str | None) -> Edit:
    """Another product (None: unknown) for some facings at once."""
    after = tuple(replace(facing, product=product, product_by=Author.AUDITOR) for facing in facings)
    return Edit(EditKind.RELABEL, tuple(facings), after)


def remove(facings: Sequence[Facing]) -> Edit:
    """Some facings are none."""
    return Edit(EditKind.REMOVE, tuple(facings), ())


def merge(facings: Sequence[Facing]) -> Edit:
    """Several boxes are one facing: the first one stays, with the box around all and the first known product.

    Raises:
        ValueError: fewer than two facings.
    """
    if len(facings) < 2:
        raise ValueError("merging takes at least two facings")
    box = facings[0].box
    for facing in facings[1:]:
        box = box.hull(facing.box)
    named = next((facing for facing in facings if facing.product is not None), facings[0])
    merged = replace(facings[0], box=box, box_by=Author.AUDITOR, product=named.product, product_by=named.product_by)
    return Edit(EditKind.MERGE, tuple(facings), (merged,))


def split(facings: Sequence[Facing], halves: Mapping[str, tuple[Box, Box]]) -> Edit:
    """Each box is two facings: the first half stays the facing, the second is a new one of the same product.

    halves: by facing id.
    """
    after = []
    for facing in facings:
        first, second = halves[facing.id]
        after.append(replace(facing, box=first, box_by=Author.AUDITOR))
        after.append(replace(facing, id=new_facing_id(), score=None, box=second, box_by=Author.AUDITOR))
    return Edit(EditKind.SPLIT, tuple(facings), tuple(after))


def duplicate(facings: Sequence[Facing], boxes: Sequence[Box]) -> Edit:
    """More facings of the same products in the same photo, in these boxes (one for each facing)."""
    return Edit(EditKind.DUPLICATE, (), _copies(facings, boxes))


def paste(facings: Sequence[Facing], boxes: Sequence[Box]) -> Edit:
    """Facings copied before, from this photo or another, in these boxes (one for each facing)."""
    return Edit(EditKind.PASTE, (), _copies(facings, boxes))


def _copies(facings: Sequence[Facing], boxes: Sequence[Box]) -> tuple[Facing, ...]:
    """New facings of the auditor; a product that is not known stays open to the machine."""
    return tuple(
        Facing(
            new_facing_id(),
            box,
            product=facing.product,
            box_by=Author.AUDITOR,
            product_by=Author.AUDITOR if facing.product is not None else None,
        )
        for facing, box in zip(facings, boxes, strict=True)
    )


def rebased(edit: Edit, current: Iterable[Facing]) -> Edit:
    """The edit as it would have been made on `current`, where only the machine changed names since.

    A name that the machine gives after an edit must not stand in the way of its undo, and the edit must not take
    the name away again.
    """
    return _rebased(edit, {facing.id: facing for facing in current}) if edit.before else edit


def _rebased(edit: Edit, now: Mapping[str, Facing]) -> Edit:
    # Nearly always they are the very objects, which is seen faster than that they are equal.
    others = [facing for facing in edit.before if now.get(facing.id) is not facing]
    if not others:
        return edit
    before, after = {f.id: f for f in edit.before}, {f.id: f for f in edit.after}
    for facing in others:
        facing_id, found = facing.id, now.get(facing.id)
        if found is None or found == facing or Author.AUDITOR in (found.product_by, facing.product_by):
            continue
        renamed = replace(facing, product=found.product, product_by=found.product_by)
        if renamed != found:
            continue
        before[facing_id] = renamed
        target = after.get(facing_id)
        if target is not None and target.product_by is not Author.AUDITOR:
            after[facing_id] = replace(target, product=found.product, product_by=found.product_by)
    return replace(edit, before=tuple(before.values()), after=tuple(after.values()))


def edited(photo: Photo, edit: Edit, *, undo: bool = False) -> Photo:
    """The photo after an edit, as saving it leaves it in the database; names that the machine gave since stay.

    undo: the edit takes back an earlier one. Raises EditConflict as `Edit.apply` does.
    """
    current = {facing.id: facing for facing in photo.facings}
    facings = _rebased(edit, current)._apply(current)
    threshold = edit.set_threshold(photo.threshold)
    there = {facing.id for facing in edit.after} if photo.rejected else ()
    rejected = {facing_id: box for facing_id, box in photo.rejected.items() if facing_id not in there}
    if not undo:  # taking back a drawn box says nothing about what the detector finds there
        rejected |= {facing.id: facing.box for facing in edit.rejected}
    return replace(photo, facings=facings, threshold=threshold, rejected=rejected)
