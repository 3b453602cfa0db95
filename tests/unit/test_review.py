"""The review queue: what is asked, why, and what comes first."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.domain.catalogue import Brand, Catalogue, Ownership, Product
from shelfaudit.domain.gaps import find_gaps, place_for_box
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.review import (
    LEAST_CHANGE,
    Ask,
    Decision,
    ReviewContext,
    false_rates,
    open_decisions,
    photo_order,
)
from shelfaudit.domain.shelf import find_rows
from shelfaudit.domain.visit import Author, Facing

COLA, ZERO, WATER = "alba/cola", "alba/zero", "brio/water"
CATALOGUE = Catalogue.of(
    [Brand("Alba", Ownership.OWN), Brand("Brio")],
    [
        Product(COLA, "Alba Cola", "Alba", must_stock=True),
        Product(ZERO, "Alba Zero", "Alba"),
        Product(WATER, "Brio Water", "Brio"),
    ],
)
MANY: dict[str | None, int] = {COLA: 20, ZERO: 20, WATER: 20}
THRESHOLD = 0.5


def pack(place: int, product: str | None = COLA, score: float | None = 0.95, **changes: object) -> Facing:
    """The facing at this place of a row of touching packs, named by the machine."""
    by = Author.DETECTOR if product is not None else None
    x = 100.0 * place
    return replace(Facing(f"f{place}", Box(x, 100, x + 100, 300), score, product, product_by=by), **changes)  # type: ignore[arg-type]


def asked(*facings: Facing, **known: object) -> tuple[Decision, ...]:
    context = ReviewContext(CATALOGUE, **{"counts": MANY, **known})  # type: ignore[arg-type]
    return open_decisions(facings, threshold=THRESHOLD, context=context)


def test_a_high_score_with_an_agreed_name_needs_no_look() -> None:
    assert asked(pack(0), pack(1), pack(2)) == ()


def test_a_low_score_is_asked_with_its_number() -> None:
    (decision,) = asked(pack(0), pack(1, score=0.61), pack(2))
    assert (decision.facing_id, decision.ask, decision.reasons) == ("f1", Ask.FACING, ("low score 0.61",))
    assert decision.box == pack(1).box


def test_what_has_no_name_is_asked_for_one() -> None:
    (decision,) = asked(pack(0, ZERO), pack(1, None), pack(2, COLA))
    assert (decision.ask, decision.reasons) == (Ask.NAME, ("not named",))
    (decision,) = asked(pack(0), pack(1, None), pack(2))
    assert decision.reasons == ("not named, between two Alba Cola",)
    (decision,) = asked(pack(0, "gone/from-the-catalogue"))
    assert decision.ask is Ask.NAME


def test_a_doubtful_name_says_between_which_products() -> None:
    doubts = {"f1": 0.4}
    (decision,) = asked(pack(0), pack(1), pack(2), name_doubts=doubts, runners_up={"f1": ZERO})
    assert (decision.ask, decision.reasons) == (Ask.PRODUCT, ("Alba Cola or Alba Zero?",))
    (decision,) = asked(pack(0), pack(1), pack(2), name_doubts=doubts)
    assert decision.reasons == ("name in doubt",)


def test_a_name_between_two_others_differs_from_its_row() -> None:
    (decision,) = asked(pack(0), pack(1, WATER), pack(2))
    assert decision.reasons == ("differs from its row: Brio Water between two Alba Cola",)


def test_an_odd_size_and_an_overlap_differ_from_the_row() -> None:
    tall = pack(1, score=0.9, box=Box(100, 20, 200, 300))
    (decision,) = asked(pack(0), tall, pack(2))
    assert decision.reasons == ("differs from its row: another size",)
    double = pack(1, score=0.8, id="double", box=Box(110, 110, 190, 290))
    (decision,) = asked(pack(0), pack(1), double, pack(2))
    assert decision.facing_id == "double", "the lower score of the two"
    assert "differs from its row: overlaps a neighbour" in decision.reasons


def test_a_gap_as_wide_as_a_pack_is_asked_and_a_post_is_not() -> None:
    (decision,) = asked(pack(0), pack(1), pack(3), pack(4))
    assert (decision.ask, decision.facing_id) == (Ask.MISSING, None)
    assert decision.reasons == ("gap where a facing may be missing",)
    assert decision.box == pack(2).box
    assert asked(pack(0), pack(1), pack(5), pack(6)) == ()


def test_a_detection_just_below_the_threshold_may_be_a_facing_that_is_missing() -> None:
    context = ReviewContext(CATALOGUE, MANY)
    left_out = [(pack(4).box, 0.45), (pack(6).box, 0.2), (pack(0).box, 0.45)]
    (decision,) = open_decisions([pack(0), pack(1)], threshold=THRESHOLD, context=context, left_out=left_out)
    assert (decision.ask, decision.box, decision.reasons) == (Ask.MISSING, pack(4).box, ("left out with score 0.45",))


def test_a_gap_is_empty_where_the_detector_sees_nothing_in_it() -> None:
    context, row = ReviewContext(CATALOGUE, MANY), [pack(0), pack(1), pack(3), pack(4)]
    assert open_decisions(row, threshold=THRESHOLD, context=context, left_out=[]) == ()
    (decision,) = open_decisions(row, threshold=THRESHOLD, context=context, left_out=[(pack(2).box, 0.42)])
    assert decision.reasons == ("gap where a facing may be missing", "left out with score 0.42")
    (elsewhere,) = open_decisions(row, threshold=THRESHOLD, context=context, left_out=[(pack(6).box, 0.42)])
    assert elsewhere.doubt < decision.doubt


@pytest.mark.parametrize(
    "settled", [{"product_by": Author.AUDITOR}, {"box_by": Author.AUDITOR}, {"score": None, "box_by": Author.AUDITOR}]
)
def test_what_the_auditor_settled_is_not_asked_again(settled: dict[str, object]) -> None:
    assert asked(pack(0), replace(pack(1, score=0.52), **settled), pack(2)) == ()  # type: ignore[arg-type]


def test_a_drawn_box_is_asked_for_its_name_until_it_has_one() -> None:
    drawn = pack(1, None, None, box_by=Author.AUDITOR)
    assert [decision.ask for decision in asked(pack(0), drawn)] == [Ask.NAME]
    assert asked(pack(0), replace(drawn, product_by=Author.AUDITOR)) == (), "not known is an answer"


def test_the_only_facing_of_a_must_stock_product_counts_more() -> None:
    doubt = {"f0": 0.1}
    (decision,) = asked(pack(0), name_doubts=doubt, runners_up={"f0": ZERO}, counts={COLA: 1})
    assert "the only Alba Cola, must-stock" in decision.reasons
    assert asked(pack(0), name_doubts=doubt, runners_up={"f0": ZERO}) == ()


def test_own_or_competitor_counts_more_than_which_of_the_own() -> None:
    runners_up = {"f0": ZERO, "f1": WATER}
    first, second = asked(pack(0), pack(1), name_doubts={"f0": 0.4, "f1": 0.4}, runners_up=runners_up)
    assert (first.facing_id, second.facing_id) == ("f1", "f0")
    assert first.expected_change > second.expected_change


def test_photos_come_by_their_total() -> None:
    few, many = asked(pack(0, None)), asked(pack(0, None), pack(1, None))
    assert photo_order({7: few, 8: (), 9: many}) == [9, 7]


def test_a_score_at_the_threshold_is_wrong_half_the_time_and_a_higher_one_less_often() -> None:
    assert false_rates([THRESHOLD], THRESHOLD) == [pytest.approx(0.5)]
    rates = false_rates([score / 100 for score in range(101)], THRESHOLD)
    assert rates == sorted(rates, reverse=True)


products = st.sampled_from([COLA, ZERO, WATER, None])
shelves = st.lists(
    st.tuples(products, st.floats(0.3, 1), st.integers(0, 3), st.booleans()), min_size=1, max_size=12
).map(
    lambda packs: tuple(
        replace(
            pack(place, product, score),
            box=Box(100.0 * place, 100.0 * row, 100.0 * place + 100, 100.0 * row + 90),
            product_by=Author.AUDITOR if sure else Author.DETECTOR if product is not None else None,
        )
        for place, (product, score, row, sure) in enumerate(packs)
    )
)


@given(shelves)
def test_the_queue_is_ranked_and_asks_each_thing_once(facings: tuple[Facing, ...]) -> None:
    queue = asked(*facings)
    assert len({decision.id for decision in queue}) == len(queue)
    levels = [decision.level for decision in queue]
    assert levels == sorted(levels, reverse=True)
    assert all(decision.expected_change >= LEAST_CHANGE and 0 < decision.doubt <= 1 for decision in queue)
    assert all(decision.reasons for decision in queue)
    named = {facing.id: facing for facing in facings}
    assert all(named[decision.id].product_by is not Author.AUDITOR for decision in queue if decision.facing_id)


@given(shelves)
def test_answering_every_question_empties_the_queue(facings: tuple[Facing, ...]) -> None:
    settled = tuple(replace(facing, product_by=Author.AUDITOR) for facing in facings)
    assert [decision for decision in asked(*settled) if decision.facing_id] == []


@given(shelves, st.randoms(use_true_random=False))
def test_the_queue_does_not_depend_on_the_order_of_the_facings(
    facings: tuple[Facing, ...], chooser: random.Random
) -> None:
    shuffled = list(facings)
    chooser.shuffle(shuffled)
    assert {one.id for one in asked(*shuffled)} == {one.id for one in asked(*facings)}


def test_gaps_are_wider_than_part_of_a_facing() -> None:
    boxes = [pack(0).box, pack(1).box, pack(2).box.translated(30, 0), pack(4).box]
    assert [(gap.left, gap.right) for gap in find_gaps(boxes, find_rows(boxes))] == [(2, 3)]


@given(shelves, st.integers(0, 11), st.booleans())
def test_a_box_drawn_by_key_lies_in_the_photo(facings: tuple[Facing, ...], index: int, nothing: bool) -> None:
    boxes = [facing.box for facing in facings]
    beside = None if nothing or index >= len(boxes) else index
    box = place_for_box(boxes, find_rows(boxes), beside, (1200, 400))
    assert box.clipped(1200, 400) == box
    assert all(side == int(side) for side in box.as_tuple())


def test_a_box_drawn_by_key_begins_beside_the_selected_one_else_in_the_widest_gap() -> None:
    boxes = [pack(0).box, pack(1).box, pack(3).box, pack(4).box]
    rows = find_rows(boxes)
    assert place_for_box(boxes, rows, 3, (600, 400)) == pack(5).box
    assert place_for_box(boxes, rows, 2, (600, 400)) == pack(2).box, "its right side is taken"
    assert place_for_box(boxes, rows, None, (600, 400)) == pack(2).box
    assert place_for_box([], [], None, (600, 400)).center == (300, 200)
