"""Edits of facings: whatever the auditor does can be undone, in the order it was done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.domain import edits
from shelfaudit.domain.edits import Edit, EditKind, rebased
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.shelf import halves
from shelfaudit.domain.visit import Author, Facing
from shelfaudit.errors import EditConflict
from tests.edit_makers import draw_edit

COLA, ZERO = SKUS = "alba/cola", "alba/zero"


def facing(name: str, x: float = 0, product: str | None = None) -> Facing:
    return Facing(
        name, Box(x, 0, x + 10, 20), score=0.9, product=product, product_by=Author.DETECTOR if product else None
    )


START = tuple(facing(f"f{index}", x=index * 12.0) for index in range(4))


@given(st.data())
def test_any_sequence_of_edits_undone_gives_the_start_and_redone_the_end(data: st.DataObject) -> None:
    states, done = [START], list[Edit]()
    for _ in range(data.draw(st.integers(1, 12))):
        edit = draw_edit(data, states[-1], SKUS)
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
    edit = draw_edit(data, START, SKUS)
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


def test_split_leaves_the_facing_its_first_half_and_adds_one_of_the_same_product() -> None:
    named = facing("a", product=COLA)
    edit = edits.split([named], {"a": (Box(0, 0, 5, 20), Box(5, 0, 10, 20))})
    first, second = edit.after
    assert edit.before == (named,)
    assert (first.id, first.box, first.score) == ("a", Box(0, 0, 5, 20), 0.9)
    assert (second.box, second.score, second.box_by) == (Box(5, 0, 10, 20), None, Author.AUDITOR)
    assert second.id != "a"
    assert [half.product for half in edit.after] == [COLA, COLA]
    assert second.product_by is Author.DETECTOR, "a name by the machine is no word of the auditor"


@pytest.mark.parametrize(("copy", "kind"), [(edits.duplicate, EditKind.DUPLICATE), (edits.paste, EditKind.PASTE)])
def test_copies_are_new_facings_of_the_auditor(
    copy: Callable[[Sequence[Facing], Sequence[Box]], Edit], kind: EditKind
) -> None:
    known, unknown = facing("a", product=COLA), facing("b")
    edit = copy([known, unknown], [Box(1, 2, 3, 4), Box(5, 6, 7, 8)])
    assert edit.kind is kind
    assert edit.before == ()
    assert not {"a", "b"} & {added.id for added in edit.after}
    assert [(f.box, f.score, f.box_by) for f in edit.after] == [
        (Box(1, 2, 3, 4), None, Author.AUDITOR),
        (Box(5, 6, 7, 8), None, Author.AUDITOR),
    ]
    assert [(f.product, f.product_by) for f in edit.after] == [(COLA, Author.AUDITOR), (None, None)]


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
        kind=st.sampled_from(["move", "relabel", "remove", "merge", "split", "duplicate"]),
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
            "split": edits.split([first], {"x": halves(first.box, side_by_side=True)}),
            "duplicate": edits.duplicate([first, second], [first.box, second.box]),
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
