"""What corrected photos serve: the locked set stays locked."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.domain.learning import Purpose, assign_purposes

SHARE = 0.25

visits = st.lists(st.integers(1, 8), max_size=12).map(
    lambda sizes: {visit: [f"{visit}/{photo}" for photo in range(size)] for visit, size in enumerate(sizes)}
)


@given(visits, st.data())
def test_what_has_a_purpose_keeps_it_while_visits_and_photos_are_added(
    units: dict[int, list[str]], data: st.DataObject
) -> None:
    known: dict[str, Purpose] = {}
    present: dict[int, list[str]] = {}
    for _ in range(3):
        for visit in data.draw(st.lists(st.sampled_from(sorted(units) or [0]), unique=True)):
            present[visit] = units.get(visit, [])[: data.draw(st.integers(len(present.get(visit, [])), 8))]
        purposes = assign_purposes(present, known, SHARE)
        assert set(purposes) == {photo for photos in present.values() for photo in photos}
        assert all(purposes[photo] is known[photo] for photo in purposes if photo in known)
        for photos in present.values():
            assert len({purposes[photo] for photo in photos}) <= 1, "a visit serves one purpose"
        known |= purposes


@given(visits)
def test_the_locked_share_is_met_to_half_a_visit(units: dict[int, list[str]]) -> None:
    purposes = assign_purposes(units, {}, SHARE)
    locked = Counter(purposes.values())[Purpose.LOCKED]
    largest = max(map(len, units.values()), default=0)
    assert abs(locked - SHARE * len(purposes)) <= largest


@given(visits, st.randoms())
def test_the_order_of_the_visits_makes_no_difference(units: dict[int, list[str]], random: object) -> None:
    items = list(units.items())
    random.shuffle(items)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert assign_purposes(dict(items), {}, SHARE) == assign_purposes(units, {}, SHARE)


def test_the_second_visit_is_locked() -> None:
    purposes = assign_purposes({1: ["a", "b"], 2: ["c", "d"]}, {}, SHARE)
    assert Counter(purposes.values()) == {Purpose.LOCKED: 2, Purpose.TRAINING: 2}


def test_a_new_photo_follows_its_visit_and_never_leaves_the_lock() -> None:
    known = {"a": Purpose.LOCKED, "b": Purpose.TRAINING}
    purposes = assign_purposes({1: ["a", "new"], 2: ["b", "other"], 3: ["b2"]}, known, SHARE)
    assert purposes["new"] is Purpose.LOCKED
    assert purposes["other"] is Purpose.TRAINING
    both = assign_purposes({1: ["a", "b", "new"]}, known, SHARE)
    assert both == {**known, "new": Purpose.LOCKED}


def test_a_photo_that_is_in_two_visits_joins_them() -> None:
    for units in ({1: ["a", "b"], 2: ["c", "b"]}, {2: ["c", "b"], 1: ["a", "b"]}):
        assert len(set(assign_purposes(units, {}, SHARE).values())) == 1
    assert assign_purposes({1: ["a", "b"], 2: ["c", "b"]}, {"c": Purpose.LOCKED}, SHARE)["b"] is Purpose.LOCKED
