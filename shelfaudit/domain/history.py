"""What can be undone in a visit: one list for all its photos."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shelfaudit.domain.edits import Edit, rebased
from shelfaudit.domain.visit import Facing
from shelfaudit.errors import EditConflict


@dataclass(slots=True, eq=False)
class Change:
    """One step of undo: edits of one or more photos, made together and taken back together.

    text: what it does, for a menu ("Name 12 facings"). edits: by photo id; a photo whose facings were replaced since
    is no longer among them.
    """

    text: str
    edits: dict[int, Edit]

    @property
    def reverted(self) -> dict[int, Edit]:
        """The edits that take it back, by photo id."""
        return {photo_id: edit.reverted for photo_id, edit in self.edits.items()}


class EditHistory:
    """The changes that were made and can be undone, and those that were undone and can be made again."""

    def __init__(self) -> None:
        self._done: list[Change] = []
        self._undone: list[Change] = []

    @property
    def last_done(self) -> Change | None:
        """What undo takes back."""
        return self._done[-1] if self._done else None

    @property
    def last_undone(self) -> Change | None:
        """What redo makes again."""
        return self._undone[-1] if self._undone else None

    def add(self, change: Change) -> None:
        """A change was made; what was undone before it cannot be made again."""
        self._done.append(change)
        self._undone.clear()

    def turn(self, change: Change) -> None:
        """A change that was made was undone, or the other way round. One that is in neither list stays out."""
        for here, there in ((self._done, self._undone), (self._undone, self._done)):
            if change in here:
                here.remove(change)
                there.append(change)
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
        lost = sum(photo_id in change.edits for change in self._done)
        for change in (*self._done, *self._undone):
            change.edits.pop(photo_id, None)
        self._drop_empty()
        return lost

    def keep_fitting(self, photo_id: int, facings: Iterable[Facing]) -> int:
        """The photo has these facings now: forget its part of every change that does not fit them any more.

        Returns the number of changes that can no longer be undone, or only without this photo.
        """
        now = tuple(facings)
        lost = _keep_fitting(self._done, photo_id, now, back=True)
        _keep_fitting(self._undone, photo_id, now, back=False)
        self._drop_empty()
        return lost

    def _drop_empty(self) -> None:
        for changes in (self._done, self._undone):
            changes[:] = [change for change in changes if change.edits]


def _keep_fitting(changes: list[Change], photo_id: int, facings: tuple[Facing, ...], *, back: bool) -> int:
    lost = 0
    for change in reversed(changes):
        edit = change.edits.get(photo_id)
        if edit is None:
            continue
        try:
            facings = rebased(edit.reverted if back else edit, facings).apply(facings)
        except EditConflict:
            del change.edits[photo_id]
            lost += 1
    return lost
