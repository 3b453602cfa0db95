"""Figures and what they advise: every number from the facings, none invented."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.domain.catalogue import Brand, Catalogue, Product
from shelfaudit.domain.edits import EditKind
from shelfaudit.domain.visit import PhotoState
from shelfaudit.reporting.advice import MOST_LINES, advice
from shelfaudit.reporting.charts import share_bars
from shelfaudit.reporting.figures import BrandCount, build_figures
from shelfaudit.reporting.pages.cover import tiles
from shelfaudit.reporting.text import clean, format_date, format_share, shorten, shorten_middle
from tests.report_makers import CATALOGUE, MODEL, NOTE, facings, mixed_figures, photo, visit


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_figures_of_a_visit() -> None:
    figures = mixed_figures()

    assert figures.shares.total == 10
    assert figures.shares.own.by_facings == pytest.approx(0.6)
    assert [entry.number for entry in figures.counted] == [1, 2, 3]
    assert [entry.number for entry in figures.to_review] == [2]
    assert [entry.number for entry in figures.failed] == [4]
    assert [entry.number for entry in figures.waiting] == [5]
    assert figures.photos[1].brands == (BrandCount("Alba", 2), BrandCount(None, 2))
    assert figures.must_stock is not None
    assert [product.sku for product in figures.must_stock.missing] == ["alba/zero"]
    assert figures.edits == {EditKind.MOVE: 3, EditKind.RELABEL: 8}


def test_photos_are_grouped_by_what_counted_them() -> None:
    (use,) = mixed_figures().detections

    assert (use.model, use.threshold, use.photos, use.note) == (MODEL, 0.43, 3, NOTE)


def test_a_detector_that_is_gone_has_no_note() -> None:
    (use,) = build_figures(visit([photo(1)]), CATALOGUE).detections

    assert use.note is None


def test_without_must_stock_products_nothing_is_expected() -> None:
    catalogue = Catalogue.of([Brand("Brio")], [Product("brio", "Brio", "Brio")])

    assert build_figures(visit([photo(1)]), catalogue).must_stock is None


def test_four_large_numbers() -> None:
    assert [plain(tile.value) for tile in tiles(mixed_figures())] == ["10", "60 %", "1 of 2", "3 of 5"]


def test_own_share_is_not_zero_but_unsaid_without_an_own_brand() -> None:
    figures = build_figures(visit([photo(1, facings(None, 4))]), Catalogue())

    assert tiles(figures)[1].value == "–"


def test_advice_states_the_figures() -> None:
    lines = [plain(line) for line in advice(mixed_figures())]

    assert lines == [
        "1 photo could not be counted: schäden.HEIC. Take such photos again.",
        "1 photo is not counted yet: detect, then write the report again.",
        "Photo 3 has no facings: check that the shelf is in the picture, near enough and sharp.",
        "2 of 10 facings are not recognised: name them to make the shares sharper "
        "(the own share lies between 60 % and 80 %).",
        "Must-stock products not found: Alba Zero 0.5 l. They may be among the facings that are not recognised: "
        "name those, then look for the rest.",
    ]


def test_a_product_missing_where_everything_is_recognised_is_to_be_ordered() -> None:
    content = [*facings("alba/cola", 3), *facings("brio/lime", 2, row=1)]
    lines = [plain(line) for line in advice(build_figures(visit([photo(1, content)]), CATALOGUE))]

    assert "Must-stock products not found: Alba Zero 0.5 l. Look for them in the store, or order them." in lines


def test_advice_of_a_finished_visit_says_so() -> None:
    content = [*facings("alba/cola", 3), *facings("alba/zero", 1, row=1), *facings("brio/lime", 2, row=2)]
    figures = build_figures(visit([photo(1, content)]), CATALOGUE)

    assert [plain(line) for line in advice(figures)] == [
        "Every photo was reviewed and every facing has a product: nothing is open.",
        "The largest competitor is Brio with 2 facings: own brands lead by 2.",
    ]


def test_advice_without_photos_asks_for_some() -> None:
    assert advice(build_figures(visit([]), CATALOGUE)) == (
        "The visit has no photos: import some, then write the report again.",
    )


states = st.lists(st.sampled_from(list(PhotoState)), max_size=6)
contents = st.lists(st.sampled_from([None, *CATALOGUE.products, "left the catalogue"]), max_size=20)


@given(states, contents)
def test_advice_is_short_and_bars_add_up(photo_states: list[PhotoState], products: list[str | None]) -> None:
    content = [facing for row, product in enumerate(products) for facing in facings(product, 1, row=row)]
    photos = [photo(number, content, state=state) for number, state in enumerate(photo_states, start=1)]
    figures = build_figures(visit(photos), CATALOGUE)

    assert len(advice(figures)) <= MOST_LINES
    for at_most in (2, 3, 12):
        bars = share_bars(figures, at_most)
        assert sum(bar.facings for bar in bars) == figures.shares.total
        assert sum(bar.share for bar in bars) == pytest.approx(1.0 if figures.shares.total else 0.0)


def test_own_brand_keeps_its_bar_among_many() -> None:
    brands = [f"Brand {number:02d}" for number in range(20)]
    catalogue = CATALOGUE.merged(
        Catalogue.of([Brand(name) for name in brands], [Product(name, name, name) for name in brands])
    )
    content = [facing for row, name in enumerate(brands) for facing in facings(name, 3, row=row)]
    content += facings("alba/cola", 1, row=50)
    bars = share_bars(build_figures(visit([photo(1, content)]), catalogue), at_most=6)

    assert len(bars) == 6
    assert [bar.name for bar in bars if bar.own] == ["Alba"]
    assert bars[-1].name == "16 other brands"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"), (0.0004, "< 0.1 %"), (0.0123, "1.2 %"), (0.0994, "9.9 %"), (0.0996, "10 %"), (0.345, "34 %"),
        (0.997, "> 99 %"), (1.0, "100 %"),
    ],
)  # fmt: skip
def test_shares_without_false_precision(share: float, text: str) -> None:
    assert plain(format_share(share)) == text


def test_dates_do_not_depend_on_the_system() -> None:
    assert plain(format_date(dt.date(2026, 3, 1))) == "1 March 2026"


@given(st.text())
def test_clean_text_can_be_written_anywhere(text: str) -> None:
    cleaned = clean(text)

    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert not any(ord(character) < 32 for character in cleaned)
    assert clean(cleaned) == cleaned


@given(st.text(max_size=80), st.integers(min_value=4, max_value=40))
def test_shortened_text_fits(text: str, at_most: int) -> None:
    assert len(shorten(text, at_most)) <= at_most
    assert len(shorten_middle(text, at_most)) <= at_most
