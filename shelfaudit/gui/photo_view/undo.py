"""One undo command for every kind of edit."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand

from shelfaudit.domain.edits import Edit, EditKind
from shelfaudit.errors import UserError

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


class EditCommand(QUndoCommand):
    """Applies an edit when it is pushed or redone, and its reverse when it is undone.

    `apply` saves and shows; where it raises a `UserError` nothing was changed: the command leaves the stack, and
    `failed` gets the error (without `failed` it is raised).
    """

    def __init__(
        self, edit: Edit, apply: Callable[[Edit], None], failed: Callable[[UserError], None] | None = None
    ) -> None:
        super().__init__(edit_text(edit))
        self.edit = edit
        self._apply = apply
        self._failed = failed

    def redo(self) -> None:
        self._run(self.edit)

    def undo(self) -> None:
        self._run(self.edit.reverted)

    def _run(self, edit: Edit) -> None:
        try:
            self._apply(edit)
        except UserError as error:
            self.setObsolete(True)
            if self._failed is None:
                raise
            self._failed(error)


def edit_text(edit: Edit) -> str:
    """What an edit does, for menus: "Move facing", "Name 12 facings"."""
    count = len(edit.before) or len(edit.after)
    return f"{_VERBS[edit.kind]} {'facing' if count == 1 else f'{count} facings'}"
