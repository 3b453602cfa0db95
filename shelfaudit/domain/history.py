"""What can be undone in a visit: one list for all its photos."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from shelfaudit.domain.catalogue_edits import CatalogueEdit, NameChange
from shelfaudit.domain.edits import Edit, edited
from shelfaudit.domain.refusal import Refusal
from shelfaudit.domain.visit import Facing, Photo
from shelfaudit.errors import EditConflict


@dataclass(slots=True, eq=False)
class Change:
    """One step of undo: edits of one or more photos, made together and taken back together.

    text: what it does, for a menu ("Name 12 facings"). edits: by photo id; a photo whose facings were replaced since
    is no longer among them. refusals: what facings were said not to be. idle: it does nothing since its products were
    merged or removed, and undo passes over it.
    """

    text: str
    edits: dict[int, Edit]
    refusals: tuple[Refusal, ...] = ()
    idle: bool = False

    @property
    def reverted(self) -> dict[int, Edit]:
        """The edits that take it back, by photo id."""
        return {photo_id: edit.reverted for photo_id, edit in self.edits.items()}

    def facing_ids(self, photo_id: int, *, undone: bool) -> frozenset[str]:
        """Facings of a photo that it left there, or, undone, brought back: those to look at."""
        edit = self.edits.get(photo_id)
        left = () if edit is None else edit.before if undone else edit.after
        refused = (refusal.facing_id for refusal in self.refusals if refusal.photo_id == photo_id)
        return frozenset(facing.id for facing in left).union(refused)

    @property
    def photo_ids(self) -> frozenset[int]:
        """The photos it changes."""
        return frozenset(self.edits) | {refusal.photo_id for refusal in self.refusals}


@dataclass(frozen=True, slots=True, eq=False)
class _Renaming:
    """An edit of the catalogue that the changes followed.

    older: the changes that there were. before: those of them that it altered, as they had been.
    """

    edit: CatalogueEdit
    older: frozenset[Change]
    before: Mapping[Change, Change]


class EditHistory:
    """The changes that were made and can be undone, and those that were undone and can be made again."""

    def __init__(self) -> None:
        self._done: list[Change] = []
        self._undone: list[Change] = []
        self._renamings: list[_Renaming] = []

    @property
    def last_done(self) -> Change | None:
        """What undo takes back."""
        return _last(self._done)

    @property
    def last_undone(self) -> Change | None:
        """What redo makes again."""
        return _last(self._undone)

    @property
    def photo_ids(self) -> frozenset[int]:
        """The photos in which something can be undone or made again."""
        return frozenset[int]().union(*(change.photo_ids for change in (*self._done, *self._undone)))

    def add(self, change: Change) -> None:
        """A change was made; what was undone before it cannot be made again."""
        self._done.append(change)
        self._undone.clear()

    def turn(self, change: Change) -> None:
        """A change that was made was undone, or the other way round. One that is in neither list stays out."""
        for here, there in ((self._done, self._undone), (self._undone, self._done)):
            if change in here:
                first = last = here.index(change)
                while last + 1 < len(here) and here[last + 1].idle:
                    last += 1
                there.extend(reversed(here[first : last + 1]))
                del here[first : last + 1]
                return

    def discard(self, change: Change) -> None:
        """The change can be neither undone nor made again."""
        for changes in (self._done, self._undone):
            if change in changes:
                changes.remove(change)

    def forget_photo(self, photo_id: int) -> int:
        """Nothing in this photo can be undone or made again; other photos of the same changes still can.

        Returns the number of changes that can no longer be undone, or only without this photo.
        """
        lost = sum(photo_id in change.photo_ids and not change.idle for change in self._done)
        for change in (*self._done, *self._undone):
            change.edits.pop(photo_id, None)
            change.refusals = tuple(refusal for refusal in change.refusals if refusal.photo_id != photo_id)
        self._drop_empty()
        return lost

    def keep_fitting(self, photo: Photo) -> int:
        """The photo is like this now: forget its part of every change that does not fit any more.

        Returns the number of changes that can no longer be undone, or only without this photo.
        """
        lost = _keep_fitting(self._done, photo, back=True)
        _keep_fitting(self._undone, photo, back=False)
        self._drop_empty()
        return lost

    def follow(self, edit: CatalogueEdit) -> None:
        """The catalogue was edited: what is undone or made again from now on has its names."""
        if not edit.renamed:
            return
        before = {}
        for change in (*self._done, *self._undone):
            kept = replace(change, edits=dict(change.edits))
            if _rename(change, edit.rename) | _rename_refusals(change, edit.renamed):
                change.idle = _is_idle(change)
                before[change] = kept
        self._renamings.append(_Renaming(edit, frozenset((*self._done, *self._undone)), before))

    def names_without(self, edit: CatalogueEdit) -> dict[str, NameChange | None]:
        """What the facings that older changes touched would be called now without the last edit of the catalogue.

        By facing id; None where it would be as it is. What is undone or made again while the edit stands brings
        names that the database did not meet when it was made.
        """
        names: dict[str, NameChange | None] = {}
        if not self._renamings or self._renamings[-1].edit is not edit:
            return names
        older, before = self._renamings[-1].older, self._renamings[-1].before
        for changes, undone in ((self._undone, True), (self._done, False)):
            for change in changes:
                for photo_id, now in change.edits.items() if change in older else ():
                    then = before.get(change, change).edits[photo_id]
                    sides = (then.before, now.before) if undone else (then.after, now.after)
                    names.update((facing.id, _name_change(known, facing)) for known, facing in zip(*sides, strict=True))
        return names

    def follow_back(self, edit: CatalogueEdit, names: Iterable[NameChange]) -> None:
        """An edit of the catalogue was taken back, and with it these names: changes of before are as they were."""
        older: frozenset[Change] = frozenset()
        if self._renamings and self._renamings[-1].edit is edit:
            renaming = self._renamings.pop()
            older = renaming.older
            for change, before in renaming.before.items():
                change.edits = {photo_id: before.edits[photo_id] for photo_id in change.edits}
                change.refusals, change.idle = before.refusals, before.idle
        by_id = {name.facing_id: name for name in names}

        def rename(facing: Facing) -> Facing:
            name = by_id.get(facing.id)
            return name.apply(facing) if name is not None else facing

        for change in (*self._done, *self._undone):
            if change not in older:
                _rename(change, rename)

    def _drop_empty(self) -> None:
        for changes in (self._done, self._undone):
            changes[:] = [change for change in changes if change.photo_ids]


def _last(changes: list[Change]) -> Change | None:
    return next((change for change in reversed(changes) if not change.idle), None)


def _rename(change: Change, rename: Callable[[Facing], Facing]) -> bool:
    """Give the facings of a change other names; whether any differs."""
    renamed = {photo_id: edit.with_names(rename) for photo_id, edit in change.edits.items()}
    differs = any(renamed[photo_id] is not edit for photo_id, edit in change.edits.items())
    change.edits = renamed
    return differs


def _rename_refusals(change: Change, renamed: Mapping[str, str | None]) -> bool:
    """What was refused has another SKU, or is gone; whether any differs."""
    before = change.refusals
    successors = ((refusal, renamed.get(refusal.sku, refusal.sku)) for refusal in before)
    change.refusals = tuple(replace(refusal, sku=sku) for refusal, sku in successors if sku is not None)
    return change.refusals != before


def _name_change(before: Facing, after: Facing) -> NameChange | None:
    if before == after:
        return None
    return NameChange(before.id, before.product, before.product_by, after.product, after.product_by)


def _is_idle(change: Change) -> bool:
    return not change.refusals and all(edit.is_idle for edit in change.edits.values())


def _keep_fitting(changes: list[Change], photo: Photo, *, back: bool) -> int:
    lost = 0
    concerned = {facing.id for each in changes for facing in _facings(each.edits.get(photo.id))}
    # The others make no difference, and a photo may have a thousand.
    photo = replace(photo, facings=tuple(facing for facing in photo.facings if facing.id in concerned))
    for change in reversed(changes):
        edit = change.edits.get(photo.id)
        if edit is None:
            continue
        try:
            photo = edited(photo, edit.reverted if back else edit, undo=back)
        except EditConflict:
            del change.edits[photo.id]
            lost += 1
    return lost


def _facings(edit: Edit | None) -> tuple[Facing, ...]:
    return (*edit.before, *edit.after) if edit is not None else ()
