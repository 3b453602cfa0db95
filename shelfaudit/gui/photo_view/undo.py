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

_ROUNDING = 1e-6
"""Photo pixels."""


def edit_text(edit: Edit) -> str:
    """What an edit does, for menus: "Move facing", "Name 12 facings"."""
    if edit.thresholds is not None:
        return f"Threshold {edit.thresholds[1]:.2f}"
    count = len(edit.before) or len(edit.after)
    verb = "Resize" if edit.kind is EditKind.MOVE and _resizes(edit) else _VERBS[edit.kind]
    return f"{verb} {'facing' if count == 1 else f'{count} facings'}"


def _resizes(edit: Edit) -> bool:
    """Whether a box has other sides afterwards; those of a box that was only moved differ by rounding."""
    return any(
        max(abs(before.box.width - after.box.width), abs(before.box.height - after.box.height)) > _ROUNDING
        for before, after in zip(edit.before, edit.after, strict=True)
    )
