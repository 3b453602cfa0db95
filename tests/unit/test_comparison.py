"""What became of a detection."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.domain import edits
from shelfaudit.domain.comparison import compare_with_detection
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.shelf import halves
from shelfaudit.domain.visit import Facing
from tests.edit_makers import draw_edit

START = tuple(Facing(f"f{index}", Box(20.0 * index, 0, 20.0 * index + 10, 30), 0.9) for index in range(5))
DETECTED = [(facing.id, facing.box) for facing in START]


def test_an_untouched_detection_is_kept() -> None:
    changes = compare_with_detection(DETECTED, START)
    assert changes.kept == START
    assert (changes.added, changes.removed, changes.moved) == ((), (), ())


def test_names_do_not_count() -> None:
    assert compare_with_detection(DETECTED, edits.relabel(START, "a").after).kept == edits.relabel(START, "a").after


def test_added_removed_and_moved_are_told_apart() -> None:
    drawn = edits.add(Facing("drawn", Box(300, 0, 310, 30)))
    moved = edits.move(START[1], Box(23, 0, 33, 30))
    gone = edits.remove([START[4]])
    now = gone.apply(moved.apply(drawn.apply(START)))
    changes = compare_with_detection(DETECTED, now)
    assert changes.added == drawn.after
    assert changes.removed == (START[4].box,)
    assert changes.moved == ((START[1].box, moved.after[0]),)
    assert changes.kept == (START[0], START[2], START[3])


def test_merged_and_split_boxes() -> None:
    merged = edits.merge(START[:2])
    split = edits.split([START[3]], {"f3": halves(START[3].box, side_by_side=True)})
    changes = compare_with_detection(DETECTED, split.apply(merged.apply(START)))
    assert [facing.id for _, facing in changes.moved] == ["f0", "f3"]
    assert changes.removed == (START[1].box,)
    assert changes.added == split.after[1:]


def test_a_facing_of_an_earlier_detection_is_found_by_its_place() -> None:
    earlier = [replace(facing, id=f"old {facing.id}") for facing in START]
    earlier[2] = replace(earlier[2], box=Box(42, 0, 52, 30))
    changes = compare_with_detection(DETECTED, earlier)
    assert (changes.added, changes.removed) == ((), ())
    assert changes.moved == ((START[2].box, earlier[2]),)
    assert len(changes.kept) == 4


@given(st.data())
def test_every_box_and_every_facing_is_accounted_for(data: st.DataObject) -> None:
    now: tuple[Facing, ...] = START
    for _ in range(data.draw(st.integers(0, 6))):
        now = draw_edit(data, now, ["a"]).apply(now)
    changes = compare_with_detection(DETECTED, now)
    facings = [*changes.added, *changes.kept, *(facing for _, facing in changes.moved)]
    assert sorted(f.id for f in facings) == sorted(f.id for f in now)
    assert len(changes.removed) + len(changes.moved) + len(changes.kept) == len(DETECTED)
    assert set(changes.removed) | {box for box, _ in changes.moved} <= {box for _, box in DETECTED}
