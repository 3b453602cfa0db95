"""What an edit does, in the words of the undo list."""

from __future__ import annotations

from shelfaudit.domain.edits import Edit, EditKind

_VERBS = {
    EditKind.ADD: "Add",
    EditKind.MOVE: "Move",
    EditKind.RELABEL: "Name",
    EditKind.REMOVE: "Remove",
    EditKind.MERGE: "Merge",
    EditKind.SPLIT: "Split",
    EditKind.DUPLICATE: "Duplicate",
    EditKind.PASTE: "Paste",
}


def edit_text(edit: Edit) -> str:
    """What an edit does, for menus: "Move facing", "Name 12 facings"."""
    if edit.thresholds is not None:
        return f"Threshold {edit.thresholds[1]:.2f}"
    count = len(edit.before) or len(edit.after)
    return f"{_VERBS[edit.kind]} {'facing' if count == 1 else f'{count} facings'}"
