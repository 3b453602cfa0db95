"""The review queue: which facings an auditor has to look at, the one that changes the numbers most first.

A decision is worth the probability that the machine is wrong times what the numbers would change by, in facings:
the expected change. What would change them by less than `LEAST_CHANGE` needs no look. The probabilities are read off
photos with known truth (benchmarks/bench_review_queue.py, which also shows what the queue catches).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.domain.gaps import Gap, box_in_gap, find_gaps
from shelfaudit.domain.geometry import Box, box_areas, boxes_to_array, pairwise_intersection, pairwise_iou
from shelfaudit.domain.shelf import find_rows
from shelfaudit.domain.visit import Author, Facing

LEAST_CHANGE = 0.3
"""Expected change in facings below which nobody needs to look: a box that is right nine times out of ten."""

# Score above the counting threshold, as a part of what there is up to 1, and how often such a box is no facing.
_LEADS = (-0.8, -0.4, -0.15, 0.0, 0.15, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
_FALSE = (0.97, 0.85, 0.7, 0.5, 0.4, 0.25, 0.15, 0.08, 0.03, 0.01, 0.0)

_CHANGE_OF_BOX = 3.0
"""A facing less: in all, of its product, of its owner's share."""

SURE_LEAD = float(np.interp(LEAST_CHANGE / _CHANGE_OF_BOX, _FALSE[::-1], _LEADS[::-1]))
"""A facing with a name needs no look for its score from this lead over the threshold on, as in `_LEADS`."""

# Common area as a part of the smaller box, and how much more often the lower score of the two is no facing.
_OVERLAPS = (0.1, 0.3, 0.5)
_OVERLAPPING_FALSE = (0.0, 0.3, 0.5)
_STRONG_OVERLAP = 0.2

_LOW = 0.08
"""A score is called low where such a box is no facing more often than this."""

_ALIKE = 0.15
"""Two sides are alike where they differ by less than this (logarithm)."""

_ODD = 0.3
"""A side is odd where it differs by more than this (logarithm) from both neighbours, which are alike."""

_ODD_FALSE = 0.15
_OTHER_THAN_NEIGHBOURS = 0.3
_NAME_WRONG = 0.02
"""How often a name given by the machine is wrong where it does not say how sure it is."""

_CHANGE_OF_MISSED = 2.0
_GAP = "gap where a facing may be missing"
_GAP_MISSED = 0.3
_GAP_FACTOR = 2.0
"""How much more often a detection below the threshold is a facing where a gap is."""

_IN_GAP = 0.3
"""From this IoU with the place of a facing on, a detection fills a gap."""

_SAME_PLACE = 0.5
"""From this IoU with a facing on, a detection is another box of it."""

_WIDEST_GAP = 2.5
"""In widths of a neighbour: what is wider is a post, an empty board, or the end of a row."""

AVAILABILITY = 5.0
"""A must-stock product found or not found weighs as much as so many facings."""


class Ask(StrEnum):
    """What the auditor is asked."""

    FACING = "facing"
    """Is this a facing?"""
    PRODUCT = "product"
    """Is this the product it was named as?"""
    NAME = "name"
    """Which product is this?"""
    MISSING = "missing"
    """Is a facing missing here?"""


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing to be decided.

    id: of the facing; for a place where one may be missing, of the place: it stays while what is around it stays.
    facing_id: None for a place. box: where to look, in upright photo pixels. reasons: why, in words.
    doubt: probability in [0, 1] that the machine is wrong. change: by how much the numbers change if it is, facings.
    """

    id: str
    facing_id: str | None
    box: Box
    ask: Ask
    reasons: tuple[str, ...]
    doubt: float
    change: float

    @property
    def expected_change(self) -> float:
        return self.doubt * self.change

    @property
    def level(self) -> int:
        """The expected change in steps of a factor of two: inside a step the way to the next box counts more."""
        return math.floor(math.log2(max(self.expected_change, 1e-6)))


@dataclass(frozen=True)
class ReviewContext:
    """What is known beside the photo's facings.

    counts: facings of the whole visit by SKU. name_doubts: probability that a facing's name is wrong, by facing id.
    runners_up: the SKU that comes closest to the name given, by facing id.
    """

    catalogue: Catalogue = field(default_factory=Catalogue)
    counts: Mapping[str | None, int] = field(default_factory=dict)
    name_doubts: Mapping[str, float] = field(default_factory=dict)
    runners_up: Mapping[str, str] = field(default_factory=dict)

    def name(self, sku: str) -> str:
        product = self.catalogue.products.get(sku)
        return product.name if product is not None else sku

    def decides_availability(self, sku: str | None) -> bool:
        """Whether one facing more or less decides if this must-stock product is found."""
        product = self.catalogue.products.get(sku) if sku is not None else None
        return product is not None and product.must_stock and self.counts.get(sku, 0) <= 1

    def same_owner(self, sku: str | None, other: str | None) -> bool:
        brand, other_brand = self.catalogue.brand_of(sku), self.catalogue.brand_of(other)
        return brand is not None and other_brand is not None and brand.ownership is other_brand.ownership


def open_decisions(
    facings: Sequence[Facing],
    *,
    threshold: float | None,
    context: ReviewContext,
    left_out: Sequence[tuple[Box, float]] | None = None,
) -> tuple[Decision, ...]:
    """What there is to decide in a photo, the greatest expected change first.

    In steps of a factor of two, that is: among decisions of one step those follow each other as they are read, row
    by row. Facings whose score is high and whose name is agreed are not in it, nor is what the auditor settled.

    Args:
        facings: of the photo.
        threshold: the score from which the model's detections count when nobody changed it, for which scores are
            judged; None where it is not known.
        context: the catalogue and what is known of names.
        left_out: detections below the threshold, with their scores; None where they are not known. A gap in which
            the detector sees nothing at all is empty nearly always, so that it is asked about only without them.
    """
    boxes = [facing.box for facing in facings]
    rows = find_rows(boxes)
    neighbours = _neighbours(rows, len(facings))
    limit = 0.5 if threshold is None else threshold
    doubts = _doubts_of_boxes(facings, neighbours, limit)
    decisions = []
    for facing, (left, right), doubt in zip(facings, neighbours, doubts, strict=True):
        of_two = _product_of_both(facings[left], facings[right]) if left is not None and right is not None else None
        decision = _about_facing(facing, of_two, doubt, context)
        if decision is not None:
            decisions.append(decision)
    gaps = find_gaps(boxes, rows)
    decisions += _about_gaps(facings, gaps) if left_out is None else _about_left_out(boxes, gaps, left_out, limit)
    place_in_row = {facings[index].id: place for place, index in enumerate(index for row in rows for index in row)}
    wanted = [decision for decision in decisions if decision.expected_change >= LEAST_CHANGE]
    return tuple(
        sorted(wanted, key=lambda one: (-one.level, place_in_row.get(one.id.partition("|")[0], len(facings)), one.id))
    )


def photo_order(decisions: Mapping[int, Sequence[Decision]]) -> list[int]:
    """Ids of the photos that have decisions, those first in which they change the numbers most together."""
    totals = {photo: total_change(some) for photo, some in decisions.items() if some}
    return sorted(totals, key=lambda photo: -totals[photo])


def total_change(decisions: Iterable[Decision]) -> float:
    """By how much these change the numbers together, as expected."""
    return sum(one.expected_change for one in decisions)


def false_rates(scores: Sequence[float], threshold: float) -> list[float]:
    """How often boxes of these scores are no facings, where boxes count from this threshold on."""
    leads = (np.array(scores) - threshold) / max(1 - threshold, 1e-3)
    rates: list[float] = np.interp(leads, _LEADS, _FALSE).tolist()
    return rates


def _about_facing(
    facing: Facing, of_two: str | None, doubt_of_box: _DoubtOfBox, context: ReviewContext
) -> Decision | None:
    """What is to be decided about a facing, or None where the auditor has said all about it.

    of_two: the product of both its neighbours.
    """
    if facing.product_by is Author.AUDITOR:
        return None
    no_facing, reasons = doubt_of_box.probability, doubt_of_box.reasons(facing)
    known = facing.product if facing.product in context.catalogue.products else None
    availability = AVAILABILITY * context.decides_availability(known)
    if known is None:
        between = f", between two {context.name(of_two)}" if of_two is not None else ""
        return Decision(facing.id, facing.id, facing.box, Ask.NAME, (f"not named{between}", *reasons), 1.0, 2.0)
    wrong_name, name_reasons, other = _doubt_of_name(facing, of_two, context)
    if availability:
        reasons = (*reasons, f"the only {context.name(known)}, must-stock")
    change_of_box = _CHANGE_OF_BOX + availability
    change_of_name = 1.0 + (0.0 if context.same_owner(known, other) else 1.0) + availability
    if context.counts.get(other, 0) == 0:
        change_of_name += AVAILABILITY * context.decides_availability(other)
    by_box, by_name = no_facing * change_of_box, wrong_name * change_of_name
    doubt = 1 - (1 - no_facing) * (1 - wrong_name)
    if not doubt:
        return None
    return Decision(
        facing.id,
        facing.id,
        facing.box,
        Ask.FACING if by_box > by_name else Ask.PRODUCT,
        (*name_reasons, *reasons),
        doubt,
        (by_box + (1 - no_facing) * by_name) / doubt,
    )


@dataclass(frozen=True, slots=True)
class _DoubtOfBox:
    """Why a box may be no facing: by_score is how often one of its score is none, overlap that with a better one."""

    by_score: float = 0.0
    overlap: float = 0.0
    by_overlap: float = 0.0
    odd: bool = False

    @property
    def probability(self) -> float:
        """That it is no facing."""
        return 1 - (1 - self.by_score) * (1 - self.by_overlap) * (1 - (_ODD_FALSE if self.odd else 0.0))

    def reasons(self, facing: Facing) -> tuple[str, ...]:
        """In words."""
        reasons = []
        if self.by_score >= _LOW:
            reasons.append(f"low score {facing.score:.2f}")
        if self.overlap >= _STRONG_OVERLAP:
            reasons.append("differs from its row: overlaps a neighbour")
        if self.odd:
            reasons.append("differs from its row: another size")
        return tuple(reasons)


_SURE = _DoubtOfBox()
"""The auditor set the box or its name."""


def _doubts_of_boxes(
    facings: Sequence[Facing], neighbours: Sequence[tuple[int | None, int | None]], threshold: float
) -> list[_DoubtOfBox]:
    by_score = false_rates([facing.score or 0.0 for facing in facings], threshold)
    overlaps = _overlaps_of_lower_score(facings)
    by_overlap = np.interp(overlaps, _OVERLAPS, _OVERLAPPING_FALSE).tolist()
    odd = _odd_ones([facing.box for facing in facings], neighbours)
    return [
        _SURE if facing.touched or facing.score is None else _DoubtOfBox(rate, overlap, overlapping, is_odd)
        for facing, rate, overlap, overlapping, is_odd in zip(facings, by_score, overlaps, by_overlap, odd, strict=True)
    ]


def _doubt_of_name(
    facing: Facing, of_two: str | None, context: ReviewContext
) -> tuple[float, tuple[str, ...], str | None]:
    """The probability that the machine's name is wrong, why, and what it would be instead (None: not known)."""
    assert facing.product is not None
    doubt = context.name_doubts.get(facing.id, _NAME_WRONG)
    other = context.runners_up.get(facing.id)
    own = context.name(facing.product)
    if of_two is not None and of_two != facing.product:
        doubt = 1 - (1 - doubt) * (1 - _OTHER_THAN_NEIGHBOURS)
        return doubt, (f"differs from its row: {own} between two {context.name(of_two)}",), of_two
    if doubt <= _NAME_WRONG:
        return doubt, (), other
    return doubt, (f"{own} or {context.name(other)}?" if other is not None else "name in doubt",), other


def _about_gaps(facings: Sequence[Facing], gaps: Sequence[Gap]) -> list[Decision]:
    """Gaps between neighbours that are alike, in which one of them would fit."""
    decisions = []
    for gap in gaps:
        left, right = facings[gap.left], facings[gap.right]
        fits = gap.box.width <= _WIDEST_GAP * max(left.box.width, right.box.width)
        if fits and abs(math.log(left.box.height / right.box.height)) < _ALIKE:
            box = box_in_gap(gap, left.box, right.box)
            place = f"{left.id}|{right.id}"
            decisions.append(Decision(place, None, box, Ask.MISSING, (_GAP,), _GAP_MISSED, _CHANGE_OF_MISSED))
    return decisions


def _about_left_out(
    boxes: Sequence[Box], gaps: Sequence[Gap], left_out: Sequence[tuple[Box, float]], threshold: float
) -> list[Decision]:
    """Detections that do not count and may be facings all the same, where no facing is."""
    decisions = []
    free = [box_in_gap(gap, boxes[gap.left], boxes[gap.right]) for gap in gaps]
    in_gap = _largest_iou([box for box, _ in left_out], free)
    taken = _largest_iou([box for box, _ in left_out], boxes)
    rates = false_rates([score for _, score in left_out], threshold)
    for (box, score), rate, fills, overlap in zip(left_out, rates, in_gap, taken, strict=True):
        if overlap >= _SAME_PLACE:
            continue
        doubt = 1 - rate
        reasons: tuple[str, ...] = (f"left out with score {score:.2f}",)
        if fills >= _IN_GAP:
            doubt, reasons = min(_GAP_FACTOR * doubt, 1.0), (_GAP, *reasons)
        place = "left out|" + ",".join(f"{side:.0f}" for side in box.as_tuple())
        decisions.append(Decision(place, None, box, Ask.MISSING, reasons, doubt, _CHANGE_OF_MISSED))
    return decisions


def _largest_iou(some: Sequence[Box], others: Sequence[Box]) -> list[float]:
    """For each box the IoU with the one of the others that it overlaps most."""
    if not some or not others:
        return [0.0] * len(some)
    ious: list[float] = pairwise_iou(boxes_to_array(some), boxes_to_array(others)).max(axis=1).tolist()
    return ious


def _neighbours(rows: Sequence[Sequence[int]], count: int) -> list[tuple[int | None, int | None]]:
    """The left and the right neighbour of each box, by index."""
    found: list[tuple[int | None, int | None]] = [(None, None)] * count
    for row in rows:
        for place, index in enumerate(row):
            left = row[place - 1] if place else None
            found[index] = (left, row[place + 1] if place + 1 < len(row) else None)
    return found


def _overlaps_of_lower_score(facings: Sequence[Facing]) -> list[float]:
    """The largest common area with a facing of a higher score (or one of the auditor), as part of the smaller box."""
    if not facings:
        return []
    array = boxes_to_array([facing.box for facing in facings])
    areas = box_areas(array)
    scores = np.array([2.0 if facing.score is None or facing.touched else facing.score for facing in facings])
    common = pairwise_intersection(array, array) / np.minimum(areas[:, None], areas[None, :])
    order = np.arange(len(facings))
    beaten = (scores[None, :] > scores[:, None]) | (
        (scores[None, :] == scores[:, None]) & (order[None, :] < order[:, None])
    )
    overlaps: list[float] = np.where(beaten, common, 0.0).max(axis=1).tolist()
    return overlaps


def _odd_ones(boxes: Sequence[Box], neighbours: Sequence[tuple[int | None, int | None]]) -> list[bool]:
    """Whether each box is odd between neighbours that are alike, in width or height."""
    odd = np.zeros(len(boxes), dtype=np.bool_)
    between = [(left, index, right) for index, (left, right) in enumerate(neighbours) if None not in (left, right)]
    if between:
        sides = np.log([(box.width, box.height) for box in boxes])
        left, middle, right = (sides[list(places)] for places in zip(*between, strict=True))
        alike = np.abs(left - right) < _ALIKE
        differs = np.abs(middle - (left + right) / 2) > _ODD
        odd[[index for _, index, _ in between]] = (alike & differs).any(axis=1)
    found: list[bool] = odd.tolist()
    return found


def _product_of_both(left: Facing, right: Facing) -> str | None:
    """The product that both neighbours have, if it is one."""
    return left.product if left.product == right.product else None
