"""Brand styles: unique, stable and readable."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.domain.catalogue import BrandColour
from shelfaudit.domain.palette import (
    BRAND_COLOURS,
    COLOUR_VALUES,
    UNKNOWN_STYLE,
    LinePattern,
    brand_letters,
    brand_styles,
)

names = st.lists(st.text(min_size=1, max_size=12), max_size=60, unique=True)


def test_initials_where_they_are_free_and_one_more_letter_where_not() -> None:
    assert brand_letters(["Brio", "Alba", "Berg", "Éclair"]) == {"Alba": "A", "Berg": "B", "Brio": "Br", "Éclair": "É"}


def test_colours_follow_the_order_given_and_come_round_with_another_pattern() -> None:
    styles = list(brand_styles([f"Brand {number}" for number in range(9)]).values())

    assert [style.colour for style in styles[:7]] == list(BRAND_COLOURS)
    assert styles[7].colour == styles[0].colour
    assert (styles[0].pattern, styles[7].pattern) == (LinePattern.SOLID, LinePattern.DOTTED)


def test_ink_reads_on_its_colour() -> None:
    styles = brand_styles(["a", "b", "c", "d", "e", "f", "g"])

    assert styles["a"].ink == "#FFFFFF"  # on blue
    assert styles["g"].ink == "#000000"  # on yellow


@given(names)
def test_letters_are_short_different_and_never_that_of_the_unknown(brands: list[str]) -> None:
    letters = brand_letters(brands)

    assert set(letters) == set(brands)
    assert len({letter.casefold() for letter in letters.values()}) == len(brands)
    assert all(1 <= len(letter) <= 3 and letter != UNKNOWN_STYLE.letter for letter in letters.values())


@given(names.flatmap(lambda brands: st.tuples(st.just(brands), st.permutations(brands))))
def test_letters_do_not_depend_on_the_order(orders: tuple[list[str], list[str]]) -> None:
    brands, shuffled = orders

    assert brand_letters(shuffled) == brand_letters(brands)


@given(names)
def test_no_brand_looks_like_the_unknown(brands: list[str]) -> None:
    for style in brand_styles(brands).values():
        assert style.colour != UNKNOWN_STYLE.colour
        assert style.pattern is not UNKNOWN_STYLE.pattern


@given(names, st.data())
def test_chosen_colours_are_kept_and_no_two_brands_look_the_same(brands: list[str], data: st.DataObject) -> None:
    some = data.draw(st.lists(st.sampled_from(brands), max_size=3, unique=True)) if brands else []
    chosen = {name: data.draw(st.sampled_from(BrandColour)) for name in some}
    styles = brand_styles(brands, chosen)

    assert all(styles[name].colour == COLOUR_VALUES[colour] for name, colour in chosen.items())
    looks = [(style.colour, style.pattern) for style in styles.values()]
    assert len(set(looks)) == min(len(looks), 3 * len(BRAND_COLOURS))


def test_a_colour_that_a_brand_elsewhere_has_is_not_given_out_first() -> None:
    assert brand_styles(["a"], {"b": BrandColour.BLUE})["a"].colour != COLOUR_VALUES[BrandColour.BLUE]
