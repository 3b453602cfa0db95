"""Ranking the look-alikes of what was named, and what the auditor says of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.domain.geometry import Box, FloatArray
from shelfaudit.domain.visit import Author, Facing, Photo
from shelfaudit.gui.look_alikes.marking import Mark, Marking
from shelfaudit.usecases.look_alikes import Likeness, LookAlike, VisitLooks, find_look_alikes, naming_edits
from shelfaudit.usecases.name_facings import name_facings
from tests.unit.fakes import FakeRepository

COLA = "alba/cola"


def look(degrees: float) -> FloatArray:
    """A unit vector; two are the more alike the nearer their angles."""
    return np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees)), 0], dtype=np.float32)


class Shelf:
    """A visit of several photos whose facings are given by the angle of their look."""

    def __init__(self, *photos: dict[str, float]) -> None:
        self.repository = FakeRepository()
        visit = self.repository.create_visit("Market", "Drinks", dt.date(2026, 11, 20), "Ada")
        added = self.repository.add_photos(visit.id, [Path(f"{number}.jpg") for number in range(len(photos))])
        for photo, angles in zip(added, photos, strict=True):
            facings = [Facing(name, Box(10 * i, 0, 10 * i + 8, 20), 0.9) for i, name in enumerate(angles)]
            self.repository.all_photos[photo.id] = replace(photo, facings=tuple(facings))
            self.repository.looks.update((name, look(angle)) for name, angle in angles.items())
        self.looks = VisitLooks(visit.id)
        self.reads = 0
        read = self.repository.appearances

        def counted(visit_id: int, maker: str = "") -> tuple[list[str], FloatArray]:
            self.reads += 1
            return read(visit_id, maker)

        self.repository.appearances = counted  # type: ignore[method-assign]

    @property
    def photos(self) -> list[Photo]:
        return list(self.repository.all_photos.values())

    def change(self, facing_id: str, **values: object) -> None:
        for photo in self.photos:
            facings = tuple(
                replace(f, **values) if f.id == facing_id else f  # type: ignore[arg-type]
                for f in photo.facings
            )
            self.repository.all_photos[photo.id] = replace(photo, facings=facings)

    def name(self, facing_id: str, sku: str | None, by: Author = Author.AUDITOR) -> None:
        self.change(facing_id, product=sku, product_by=by)

    def find(self, *facing_ids: str, sku: str | None = COLA, most: int = 200) -> list[LookAlike]:
        likeness = Likeness(frozenset(facing_ids), sku)
        return find_look_alikes(self.repository, self.looks, self.photos, likeness, most=most)


def ids(found: Sequence[LookAlike]) -> list[str]:
    return [each.facing.id for each in found]


def test_the_most_similar_come_first_whatever_photo_they_are_in() -> None:
    shelf = Shelf({"named": 0, "near": 10, "far": 40}, {"nearest": 5, "strange": 90})
    shelf.name("named", COLA)
    found = shelf.find("named")
    assert ids(found) == ["nearest", "near", "far"], "and what is less alike than the floor is left out"
    assert [each.photo_id for each in found] == [2, 1, 1]
    assert found[0].similarity == pytest.approx(np.cos(np.radians(5)), abs=1e-5)
    assert ids(shelf.find("named", most=2)) == ["nearest", "near"]


def test_every_facing_that_was_named_so_is_an_example() -> None:
    shelf = Shelf({"front": 0, "side": 60, "like side": 65}, {"like front": 8})
    shelf.name("front", COLA)
    shelf.name("side", COLA)
    assert ids(shelf.find("front")) == ["like side", "like front"]


def test_what_the_auditor_named_is_never_proposed() -> None:
    shelf = Shelf({"named": 0, "other": 1, "not known": 2, "by the machine": 3})
    shelf.name("named", COLA)
    shelf.name("other", "brio/fresh")
    shelf.name("not known", None)
    shelf.name("by the machine", "brio/fresh", Author.DETECTOR)
    assert ids(shelf.find("named")) == ["by the machine"]


def test_the_recogniser_is_sure_of_what_it_named_so() -> None:
    likeness, unnamed = Likeness(frozenset({"x"}), COLA), Likeness(frozenset({"x"}), None)
    facing = Facing("a", Box(0, 0, 1, 1))
    assert not likeness.is_sure(facing, 0.99)
    assert likeness.is_sure(replace(facing, product=COLA, product_by=Author.DETECTOR), 0.7)
    assert unnamed.is_sure(facing, 0.99)
    assert not unnamed.is_sure(facing, 0.7)
    assert not unnamed.is_sure(replace(facing, product=COLA, product_by=Author.DETECTOR), 0.99)


def test_a_name_changes_no_look_so_that_nothing_is_read_again() -> None:
    shelf = Shelf({"named": 0, "near": 10, "nearer": 5})
    shelf.name("named", COLA)
    shelf.find("named")
    shelf.name("near", COLA)
    assert ids(shelf.find("near")) == ["nearer"]
    assert shelf.reads == 1


def test_a_moved_box_has_no_look_until_it_is_described_again() -> None:
    shelf = Shelf({"named": 0, "moved": 5, "near": 10})
    shelf.name("named", COLA)
    assert ids(shelf.find("named")) == ["moved", "near"]
    del shelf.repository.looks["moved"]  # as the database does
    shelf.change("moved", box=Box(50, 0, 58, 20))
    assert ids(shelf.find("named")) == ["near"]
    shelf.repository.looks["moved"] = look(20)
    shelf.looks.forget()
    assert ids(shelf.find("named")) == ["near", "moved"]


def test_a_photo_that_was_removed_is_not_searched() -> None:
    shelf = Shelf({"named": 0}, {"near": 5})
    shelf.name("named", COLA)
    assert ids(shelf.find("named")) == ["near"]
    del shelf.repository.all_photos[2]
    assert shelf.find("named") == []


def test_without_a_look_of_what_was_named_nothing_is_proposed() -> None:
    shelf = Shelf({"named": 0, "near": 5})
    shelf.name("named", COLA)
    del shelf.repository.looks["named"]
    assert shelf.find("named") == []


def test_a_refused_name_is_remembered_and_not_given_by_the_machine() -> None:
    shelf = Shelf({"named": 0, "twin": 0, "stranger": 80}, {"refused": 0})
    shelf.name("named", COLA)
    shelf.repository.refused.add(("refused", COLA))
    assert [(each.facing.id, each.refused) for each in shelf.find("named")] == [("twin", False), ("refused", True)]
    names = name_facings(shelf.repository, 1)
    assert (names["twin"].sku, names["refused"].sku) == (COLA, None)


def test_renaming_changes_what_is_proposed_and_deleting_takes_it_away() -> None:
    shelf = Shelf({"named": 0, "twin": 1})
    shelf.name("named", COLA)
    assert name_facings(shelf.repository, 1)["twin"].sku == COLA
    shelf.name("named", "alba/zero")
    assert name_facings(shelf.repository, 1)["twin"].sku == "alba/zero"
    shelf.name("named", None)
    assert name_facings(shelf.repository, 1)["twin"].sku is None


def test_naming_makes_one_edit_a_photo_and_leaves_out_what_has_the_name() -> None:
    shelf = Shelf({"a": 0, "b": 0}, {"c": 0}, {"d": 0})
    shelf.name("a", COLA)
    shelf.name("b", COLA, Author.DETECTOR)
    changes = naming_edits(shelf.repository.all_photos, {"a", "b", "c"}, COLA)
    assert {photo_id: [f.id for f in edit.after] for photo_id, edit in changes.items()} == {1: ["b"], 2: ["c"]}
    assert all(f.product == COLA and f.product_by is Author.AUDITOR for e in changes.values() for f in e.after)


# Marks

ORDER = tuple("abcdef")


def test_what_the_recogniser_is_sure_of_is_marked_until_the_auditor_decides() -> None:
    marking = Marking()
    marking.rank(ORDER, {"a", "c"})
    assert marking.marked == ["a", "c"]
    marking.toggle("a")
    marking.toggle("b")
    marking.rank(ORDER, {"a", "d"})
    assert marking.marked == ["b", "d"], "a stays off: the auditor said so"


def test_up_to_here_marks_all_before_and_none_behind() -> None:
    marking = Marking()
    marking.rank(ORDER, {"f"})
    marking.refuse({"b"})
    marking.mark_up_to("d")
    assert marking.marked == ["a", "c", "d"]
    marking.mark_up_to("a")
    assert marking.marked == ["a"]
    assert marking.cut == "a"


def test_the_refused_are_open_again_when_toggled() -> None:
    marking = Marking()
    marking.rank(ORDER, {"a"})
    marking.refuse({"a"})
    assert marking.mark("a") is Mark.REFUSED
    marking.toggle("a")
    assert marking.mark("a") is Mark.OPEN
    marking.toggle("a")
    assert marking.mark("a") is Mark.MARKED


@given(
    st.lists(st.tuples(st.sampled_from(["toggle", "cut", "refuse"]), st.sampled_from(ORDER)), max_size=20),
    st.sets(st.sampled_from(ORDER)),
    st.permutations(ORDER),
)
def test_marks_follow_the_facings_when_they_are_ranked_anew(
    deeds: list[tuple[str, str]], sure: set[str], order: list[str]
) -> None:
    marking = Marking()
    marking.rank(ORDER, sure)
    for deed, which in deeds:
        if deed == "refuse":
            marking.refuse({which})
        else:
            (marking.toggle if deed == "toggle" else marking.mark_up_to)(which)
    before = {each: marking.mark(each) for each in ORDER}
    marking.rank(order, sure)
    assert {each: marking.mark(each) for each in ORDER} == before
    assert marking.marked == [each for each in order if before[each] is Mark.MARKED]
