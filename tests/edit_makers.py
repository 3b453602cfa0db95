"""Edits as a person makes them, drawn by hypothesis."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import strategies as st

from shelfaudit.domain import edits
from shelfaudit.domain.edits import Edit, EditKind
from shelfaudit.domain.visit import Facing
from tests.storage_makers import COLA, ZERO, some_facings


def draw_edit(data: st.DataObject, current: tuple[Facing, ...]) -> Edit:
    """Any edit that a person could make on these facings."""
    kinds = [EditKind.ADD]
    if current:
        kinds += [EditKind.MOVE, EditKind.RELABEL, EditKind.REMOVE]
    if len(current) > 1:
        kinds.append(EditKind.MERGE)
    kind = data.draw(st.sampled_from(kinds))
    if kind is EditKind.ADD:
        return edits.add(some_facings(1, x=data.draw(st.floats(0, 500)))[0])
    least = 2 if kind is EditKind.MERGE else 1
    chosen = data.draw(st.lists(st.sampled_from(current), min_size=least, max_size=4, unique=True))
    if kind is EditKind.MOVE:
        return edits.move(chosen[0], chosen[0].box.translated(data.draw(st.floats(-50, 50)), 1 / 3))
    if kind is EditKind.RELABEL:
        return edits.relabel(chosen, data.draw(st.sampled_from([COLA, ZERO, None])))
    if kind is EditKind.REMOVE:
        return edits.remove(chosen)
    return edits.merge(chosen)


def draw_edits(data: st.DataObject, photos: Mapping[int, tuple[Facing, ...]]) -> dict[int, Edit]:
    """Edits of one or more of these photos (facings by photo id), made together."""
    chosen = data.draw(st.lists(st.sampled_from(sorted(photos)), min_size=1, unique=True))
    return {photo_id: draw_edit(data, photos[photo_id]) for photo_id in chosen}
