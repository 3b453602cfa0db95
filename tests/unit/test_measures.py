"""Facings and shares of shelf."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.domain.catalogue import Brand, Catalogue, Ownership, Product
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.measures import (
    count_by_product,
    facing_widths,
    measure_shares,
    must_stock_availability,
    own_share,
)
from shelfaudit.domain.visit import Facing

ALBA = Brand("Alba", Ownership.OWN)
BRIO = Brand("Brio")
CATALOGUE = Catalogue.of(
    [ALBA, BRIO],
    [
        Product("alba/cola", "Alba Cola 0.5 l", "Alba", width_cm=6.0),
        Product("alba/zero", "Alba Zero 0.5 l", "Alba", must_stock=True),
        Product("brio/lime", "Brio Lime 1 l", "Brio", width_cm=9.0, must_stock=True),
    ],
)
SKUS = ["alba/cola", "alba/zero", "brio/lime", None, "not in the catalogue"]

_numbers = iter(range(10**9))


def facing(product: str | None, width: float = 60.0) -> Facing:
    number = next(_numbers)
    return Facing(f"f{number}", Box(0, 0, width, 100), product=product)


facings = st.builds(facing, st.sampled_from(SKUS), st.integers(min_value=5, max_value=400).map(float))
shelves = st.lists(st.lists(facings, max_size=8), max_size=4)


def test_counts_per_product() -> None:
    found = [facing("alba/cola"), facing("alba/cola"), facing(None)]
    assert count_by_product(found) == Counter({"alba/cola": 2, None: 1})


def test_shares_by_facings() -> None:
    shares = measure_shares([[facing("alba/cola"), facing("alba/zero"), facing("brio/lime"), facing(None)]], CATALOGUE)
    assert shares.total == 4
    assert (shares.own.by_facings, shares.competitor.by_facings, shares.unknown.by_facings) == (0.5, 0.25, 0.25)
    assert [(entry.brand.name, entry.share.facings) for entry in shares.brands] == [("Alba", 2), ("Brio", 1)]
    assert [entry.product.sku for entry in shares.products] == ["alba/cola", "alba/zero", "brio/lime"]


def test_known_widths_are_centimetres_and_scale_the_others() -> None:
    photo = [facing("alba/cola", width=60), facing(None, width=30)]
    assert facing_widths([photo], CATALOGUE) == [[6.0, pytest.approx(3.0)]]


def test_a_near_and_a_distant_photo_weigh_alike() -> None:
    near = [facing("alba/zero", width=200), facing(None, width=200)]
    distant = [facing(None, width=40), facing(None, width=40)]
    shares = measure_shares([near, distant], CATALOGUE)
    assert shares.own.by_width == pytest.approx(0.25)


def test_one_photo_without_a_known_width_puts_all_in_relative_widths() -> None:
    widths = facing_widths([[facing("alba/cola", width=60)], [facing(None, width=500)]], CATALOGUE)
    assert widths == [[1.0], [1.0]]


def test_an_empty_shelf_has_no_shares() -> None:
    shares = measure_shares([[], []], CATALOGUE)
    assert (shares.total, shares.own.by_facings, shares.own.by_width) == (0, 0.0, 0.0)
    assert shares.brands == ()


def test_must_stock_products_are_found_or_missing() -> None:
    availability = must_stock_availability([[facing("alba/cola")], [facing("brio/lime"), facing(None)]], CATALOGUE)
    assert [product.sku for product in availability.found] == ["brio/lime"]
    assert [product.sku for product in availability.missing] == ["alba/zero"]
    assert availability.expected == 2


@given(shelves)
def test_own_competitor_and_unknown_make_the_whole(photos: list[list[Facing]]) -> None:
    shares = measure_shares(photos, CATALOGUE)
    parts = (shares.own, shares.competitor, shares.unknown)
    total = sum(len(photo) for photo in photos)
    assert sum(part.facings for part in parts) == shares.total == total
    if total:
        assert sum(part.by_facings for part in parts) == pytest.approx(1)
        assert sum(part.by_width for part in parts) == pytest.approx(1)
    assert sum(entry.share.facings for entry in shares.brands) + shares.unknown.facings == total
    assert sum(entry.share.facings for entry in shares.products) + shares.unknown.facings == total


@given(shelves)
def test_brands_and_products_are_sorted_by_facings(photos: list[list[Facing]]) -> None:
    shares = measure_shares(photos, CATALOGUE)
    for counts in ([e.share.facings for e in shares.brands], [e.share.facings for e in shares.products]):
        assert counts == sorted(counts, reverse=True)


@given(shelves)
def test_own_share_of_counts_agrees_with_the_shares(photos: list[list[Facing]]) -> None:
    every = [found for photo in photos for found in photo]
    share = own_share(count_by_product(every), CATALOGUE)
    if every:
        assert share == pytest.approx(measure_shares(photos, CATALOGUE).own.by_facings)
    else:
        assert share is None


def test_without_an_own_brand_the_own_share_is_unknown_rather_than_nothing() -> None:
    rivals = Catalogue.of([Brand("Brio")], [Product("brio/lime", "Lime", "Brio")])
    assert own_share({"brio/lime": 3, None: 1}, rivals) is None


@given(shelves, st.integers(min_value=2, max_value=9))
def test_shares_do_not_depend_on_the_resolution(photos: list[list[Facing]], factor: int) -> None:
    larger = [[Facing(f.id, f.box.scaled(factor), product=f.product) for f in photo] for photo in photos]
    before, after = measure_shares(photos, CATALOGUE), measure_shares(larger, CATALOGUE)
    assert after.own.by_width == pytest.approx(before.own.by_width)
    assert after.unknown.by_width == pytest.approx(before.unknown.by_width)
