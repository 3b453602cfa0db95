"""The photo with its facings, and what can be done to those that are selected. Gestures are in `view`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from shelfaudit.domain import edits
from shelfaudit.domain.edits import Edit
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.shelf import halves, stands_side_by_side
from shelfaudit.domain.visit import Author, Facing
from shelfaudit.gui.photo_view.box_geometry import MIN_SIDE, beside
from shelfaudit.gui.photo_view.copying import CopiedFacings
from shelfaudit.gui.photo_view.facings_view import FacingsView
from shelfaudit.gui.photo_view.nudging import Nudging

_FEW = 3
"""A row with fewer facings beside those to be split does not say what one looks like."""


class EditableView(FacingsView):
    """Turns what the auditor does to the selected facings into edits."""

    edit_requested = Signal(object)
    """An `Edit` that the auditor made."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._copied: CopiedFacings | None = None
        self._nudging = Nudging(self._layer, self.edit_requested.emit, self)

    def label_selected(self, product: str | None) -> None:
        """Name the selected facings (None: not known); one that has this name by the machine is confirmed."""
        self._settle()
        facings = [
            facing
            for facing in self.selected_facings()
            if facing.product != product or facing.product_by is not Author.AUDITOR
        ]
        if facings:
            self.edit_requested.emit(edits.relabel(facings, product))

    def remove_selected(self) -> None:
        """The selected boxes are no facings; Tab goes on from where they were."""
        self._settle()
        facings = self.selected_facings()
        if facings:
            order = [facing.id for facing in self._reading_order()]
            following = order[order.index(facings[-1].id) + 1 :]
            self._resume_at = following[0] if following else None
            self.edit_requested.emit(edits.remove(facings))

    def merge_selected(self) -> None:
        """The selected boxes are one facing, around all of them; the first in reading order stays."""
        self._settle()
        facings = self.selected_facings()
        if len(facings) > 1:
            self.edit_requested.emit(edits.merge(facings))

    def split_selected(self) -> None:
        """Each of the selected boxes is two facings, as their neighbours in the row are shaped; all are selected."""
        self._settle()
        divided = {facing.id: self._halves(facing) for facing in self.selected_facings()}
        facings = [
            facing
            for facing in self.selected_facings()
            if min(min(half.width, half.height) for half in divided[facing.id]) >= MIN_SIDE
        ]
        if facings:
            self._request(edits.split(facings, divided))

    def duplicate_selected(self) -> None:
        """More of the selected facings, where facings beside them would stand; the new ones are selected."""
        self._settle()
        facings = self.selected_facings()
        if facings:
            boxes = [facing.box for facing in facings]
            step = beside(boxes, *self._size)
            self._request(edits.duplicate(facings, [box.translated(*step) for box in boxes]))

    def copy_selected(self) -> None:
        """Keep the selected facings, to be pasted into this photo or another one."""
        self._settle()
        facings = self.selected_facings()
        if facings:
            self._copied = CopiedFacings(tuple(facings), *self._size)

    def rename_copied(self, rename: Callable[[Facing], Facing]) -> None:
        """What was copied has other names: the catalogue was edited."""
        if self._copied is not None:
            self._copied = replace(self._copied, facings=tuple(map(rename, self._copied.facings)))

    def paste_copied(self) -> None:
        """Add the facings that were copied last."""
        if self._copied is not None:
            self.paste(self._copied)

    def paste(self, copied: CopiedFacings) -> None:
        """Add facings of this or another photo with their products; the new ones are selected."""
        self._settle()
        if not self.has_photo or not copied.facings:
            return
        present = [facing.box for facing in self._layer.facings.values()]
        placed = copied.placed_in(*self._size, present)
        if placed:
            self._request(edits.paste([facing for facing, _ in placed], [box for _, box in placed]))

    def nudge(self, dx: int, dy: int) -> None:
        """Move the selected boxes by photo pixels; a series of nudges becomes one edit after a short pause."""
        self._nudge(dx, dy, held=False)

    def commit_pending(self) -> None:
        """End a series of nudges now, as before undo or closing."""
        self._settle()

    def _halves(self, facing: Facing) -> tuple[Box, Box]:
        """The box in two, as it is usual in its row, or in the whole photo where the row says too little."""
        chosen = set(self._layer.selected)
        row = next(row for row in self._shelf_rows() if facing in row)
        others = [other.box for other in row if other.id not in chosen]
        if len(others) < _FEW:
            others = [other.box for other in self._layer.facings.values() if other.id not in chosen]
        return halves(facing.box, side_by_side=stands_side_by_side(facing.box, others))

    def _request(self, edit: Edit) -> None:
        """Ask for an edit; where it adds facings, what it leaves is selected."""
        left = frozenset(facing.id for facing in edit.after)
        self._select_when_shown = left if left - self._layer.facings.keys() else frozenset()
        self.edit_requested.emit(edit)

    def _nudge(self, dx: int, dy: int, *, held: bool, resizing: bool = False) -> None:
        facings = self.selected_facings()
        if facings:
            change = self._nudging.resize if resizing else self._nudging.nudge
            change(facings, dx, dy, self._size, held=held)

    def _settle(self) -> None:
        self._nudging.commit()

    def _facings_changed(self, ids: set[str]) -> None:
        if any(facing.id in ids for facing in self._nudging.facings):
            self._nudging.drop()
