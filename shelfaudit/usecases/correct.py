"""The auditor's word on the facings of a photo."""

from __future__ import annotations

from shelfaudit.domain.edits import Edit, rebased
from shelfaudit.usecases.ports import EditStore


def correct(repository: EditStore, photo_id: int, edit: Edit, *, undo: bool = False) -> None:
    """Save one edit, whole or not at all; undo is saving `edit.reverted` with `undo`, so that it counts no more.

    Names that the machine gave since the edit was made stay (see `rebased`).

    Raises:
        EditConflict: the stored facings are not those the edit was made on.
        StorageError: the database cannot be written.
    """
    repository.save_edit(photo_id, rebased(edit, repository.photo(photo_id).facings), undo=undo)
