"""What an edit does, in the words of the undo list."""

from __future__ import annotations

from shelfaudit.domain.edits import Edit, EditKind

_VERBS = {
    EditKind.ADD: "Add",
    EditKind.MOVE: "Move",
    EditKind.RELABEL: "Name",
    EditKind.REMOVE: "Remove",
    EditKind.MERGE: "Merge",
}


def edit_text(edit: Edit) -> str:
    """What an edit does, for menus: "Move facing", "Name 12 facings"."""
    count = max(len(edit.before), len(edit.after))
    return f"{_VERBS[edit.kind]} {'facing' if count == 1 else f'{count} facings'}"
