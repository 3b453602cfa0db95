"""The auditor's word on the facings of one or more photos."""

from __future__ import annotations

from collections.abc import Mapping

from shelfaudit.domain.edits import Edit, rebased
from shelfaudit.usecases.ports import EditStore


def correct(repository: EditStore, edits: Mapping[int, Edit], *, undo: bool = False) -> None:
    """Save edits by photo id, all of them or none; undo is saving `edit.reverted` with `undo`: it counts no more.

    Names that the machine gave since an edit was made stay (see `rebased`).

    Raises:
        EditConflict: the stored facings are not those an edit was made on.
        StorageError: the database cannot be written.
    """
    fitting = {photo_id: rebased(edit, repository.photo(photo_id).facings) for photo_id, edit in edits.items()}
    repository.save_edits(fitting, undo=undo)
