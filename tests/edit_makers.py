"""Any edit that a person could make, of every kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

from shelfaudit.domain import edits
from shelfaudit.domain.edits import Edit, EditKind
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.shelf import halves
from shelfaudit.domain.visit import Author, Facing, new_facing_id
from tests.storage_makers import COLA, ZERO

_NEEDS = {EditKind.ADD: 0, EditKind.PASTE: 0, EditKind.MERGE: 2}
"""Facings that an edit of this kind takes at least; one where it is not listed."""
_COPIED = Facing("copied", Box(3, 4, 13.5, 40), 0.7, "copied product", product_by=Author.DETECTOR)


def draw_edit(data: st.DataObject, current: Sequence[Facing], skus: Sequence[str] = (COLA, ZERO)) -> Edit:
    """An edit of some of these facings, naming products of these SKUs."""
    drawn = [kind for kind in EditKind if kind is not EditKind.THRESHOLD]
    kind = data.draw(st.sampled_from([kind for kind in drawn if _NEEDS.get(kind, 1) <= len(current)]))
    chosen = []
    if kind not in (EditKind.ADD, EditKind.PASTE):
        least = _NEEDS.get(kind, 1)
        chosen = data.draw(st.lists(st.sampled_from(current), min_size=least, max_size=4, unique=True))
    match kind:
        case EditKind.ADD:
            x = data.draw(st.floats(0, 500))
            return edits.add(Facing(new_facing_id(), Box(x, 5, x + 10, 45.5)))
        case EditKind.PASTE:
            return edits.paste([_COPIED], [_COPIED.box.translated(data.draw(st.floats(0, 500)), 0)])
        case EditKind.MOVE:
            return edits.move(chosen[0], chosen[0].box.translated(data.draw(st.floats(-50, 50)), 1 / 3))
        case EditKind.RELABEL:
            return edits.relabel(chosen, data.draw(st.sampled_from([*skus, None])))
        case EditKind.REMOVE:
            return edits.remove(chosen)
        case EditKind.MERGE:
            return edits.merge(chosen)
        case EditKind.SPLIT:
            beside = data.draw(st.booleans())
            return edits.split(chosen, {facing.id: halves(facing.box, side_by_side=beside) for facing in chosen})
        case EditKind.DUPLICATE:
            return edits.duplicate(chosen, [facing.box.translated(7.25, 0) for facing in chosen])


def draw_edits(
    data: st.DataObject, photos: Mapping[int, tuple[Facing, ...]], skus: Sequence[str] = (COLA, ZERO)
) -> dict[int, Edit]:
    """Edits of one or more of these photos (facings by photo id), made together."""
    chosen = data.draw(st.lists(st.sampled_from(sorted(photos)), min_size=1, unique=True))
    return {photo_id: draw_edit(data, photos[photo_id], skus) for photo_id in chosen}
