"""Edits of facings: whatever the auditor does can be undone, in the order it was done."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.domain import edits
from shelfaudit.domain.edits import Edit, EditKind, rebased
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.visit import Author, Facing
from shelfaudit.errors import EditConflict

COLA, ZERO = "alba/cola", "alba/zero"


def facing(name: str, x: float = 0, product: str | None = None) -> Facing:
    return Facing(
        name, Box(x, 0, x + 10, 20), score=0.9, product=product, product_by=Author.DETECTOR if product else None
    )


START = tuple(facing(f"f{index}", x=index * 12.0) for index in range(4))


def draw_edit(data: st.DataObject, current: tuple[Facing, ...], number: int) -> Edit:
    """Any edit that a person could make on these facings."""
    possible = [EditKind.ADD]
    if current:
        possible += [EditKind.MOVE, EditKind.RELABEL, EditKind.REMOVE]
    if len(current) > 1:
        possible.append(EditKind.MERGE)
    kind = data.draw(st.sampled_from(possible))
    if kind is EditKind.ADD:
        return edits.add(facing(f"new{number}", x=data.draw(st.integers(0, 500))))
    least = 2 if kind is EditKind.MERGE else 1
    chosen = data.draw(st.lists(st.sampled_from(current), min_size=least, max_size=4, unique=True))
    if kind is EditKind.MOVE:
        return edits.move(chosen[0], chosen[0].box.translated(data.draw(st.integers(-50, 50)), 3))
    if kind is EditKind.RELABEL:
        return edits.relabel(chosen, data.draw(st.sampled_from([COLA, ZERO, None])))
    if kind is EditKind.REMOVE:
        return edits.remove(chosen)
    return edits.merge(chosen)


@given(st.data())
def test_any_sequence_of_edits_undone_gives_the_start_and_redone_the_end(data: st.DataObject) -> None:
    states, done = [START], list[Edit]()
    for number in range(data.draw(st.integers(1, 12))):
        edit = draw_edit(data, states[-1], number)
        done.append(edit)
        states.append(edit.apply(states[-1]))
    current = states[-1]
    for edit, before in zip(reversed(done), reversed(states[:-1]), strict=True):
        current = edit.revert(current)
        assert set(current) == set(before)
    for edit, after in zip(done, states[1:], strict=True):
        current = edit.apply(current)
        assert set(current) == set(after)


@given(st.data())
def test_every_edit_marks_what_it_leaves_as_touched_or_keeps_it(data: st.DataObject) -> None:
    edit = draw_edit(data, START, 0)
    for changed in edit.after:
        assert changed.touched


def test_facings_that_stay_keep_their_place() -> None:
    after = edits.relabel([START[1]], COLA).apply(START)
    assert [each.id for each in after] == [each.id for each in START]


def test_a_drawn_facing_has_no_score_and_is_the_auditors() -> None:
    (drawn,) = edits.add(facing("drawn")).after
    assert drawn.score is None
    assert drawn.box_by is Author.AUDITOR


def test_relabel_to_unknown_is_the_auditors_word() -> None:
    (unnamed,) = edits.relabel([facing("a", product=COLA)], None).after
    assert unnamed.product is None
    assert unnamed.product_by is Author.AUDITOR


def test_merge_keeps_the_first_and_the_first_known_product_and_the_hull() -> None:
    first, second = facing("a"), facing("b", x=8, product=ZERO)
    edit = edits.merge([first, second])
    (merged,) = edit.after
    assert (merged.id, merged.product, merged.box) == ("a", ZERO, first.box.hull(second.box))
    assert edit.removed_ids == {"b"}


def test_merge_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least two"):
        edits.merge([START[0]])


def test_an_edit_of_a_facing_that_changed_meanwhile_is_a_conflict() -> None:
    edit = edits.move(START[0], Box(1, 1, 9, 9))
    changed = (replace(START[0], product=COLA), *START[1:])
    with pytest.raises(EditConflict):
        edit.apply(changed)


def test_adding_a_facing_twice_is_a_conflict() -> None:
    edit = edits.add(facing("drawn"))
    with pytest.raises(EditConflict):
        edit.apply(edit.apply(START))


def test_an_edit_changes_something_and_names_each_facing_once() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Edit(EditKind.REMOVE, (), ())
    with pytest.raises(ValueError, match="once"):
        edits.remove([START[0], START[0]])


class TestRebased:
    def test_undo_of_a_move_survives_a_name_given_by_the_machine(self) -> None:
        before = facing("x")
        moved = edits.move(before, facing("x").box.translated(5, 5))
        named = replace(moved.after[0], product="a", product_by=Author.DETECTOR)
        undone = rebased(moved.reverted, [named]).apply([named])
        assert undone == (replace(before, product="a", product_by=Author.DETECTOR),)

    def test_a_name_of_the_auditor_is_a_conflict(self) -> None:
        before = facing("x")
        other = replace(before, product="a", product_by=Author.AUDITOR)
        edit = edits.move(before, facing("x").box.translated(5, 5))
        with pytest.raises(EditConflict):
            rebased(edit, [other]).apply([other])

    def test_a_moved_box_is_a_conflict(self) -> None:
        edit = edits.relabel([facing("x")], "a")
        moved = replace(facing("x"), box=facing("x").box.translated(1, 0), box_by=Author.AUDITOR)
        with pytest.raises(EditConflict):
            rebased(edit, [moved]).apply([moved])

    @given(
        kind=st.sampled_from(["move", "relabel", "remove", "merge"]),
        product=st.sampled_from([None, "a"]),
        machine=st.sampled_from([None, "a", "b"]),
    )
    def test_whatever_the_machine_names_edit_and_undo_apply_and_boxes_come_back(
        self, kind: str, product: str | None, machine: str | None
    ) -> None:
        first, second = facing("x", product=product), facing("y", 60)
        edit = {
            "move": edits.move(first, facing("x").box.translated(3, 4)),
            "relabel": edits.relabel([first, second], "b"),
            "remove": edits.remove([first]),
            "merge": edits.merge([first, second]),
        }[kind]

        def renamed(facings: tuple[Facing, ...]) -> tuple[Facing, ...]:
            by = Author.DETECTOR if machine else None
            return tuple(
                f if f.product_by is Author.AUDITOR else replace(f, product=machine, product_by=by) for f in facings
            )

        start = renamed((first, second))
        done = renamed(rebased(edit, start).apply(start))
        back = rebased(edit.reverted, done).apply(done)
        assert {f.id: f.box for f in back} == {f.id: f.box for f in (first, second)}
        assert all(f.product_by is not Author.AUDITOR for f in back)

    def test_edit_kinds_are_unchanged_by_rebasing(self) -> None:
        edit: Edit = edits.remove([facing("x")])
        assert rebased(edit, [facing("x")]) == edit
