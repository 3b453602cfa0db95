"""Every character of a foreign name ends in a font that has it, or as an empty square."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import Paragraph

from shelfaudit.reporting.fonts import BOLD, REGULAR, fit_text, markup, register_fonts, runs, text_width
from shelfaudit.reporting.stylesheet import BODY, paragraph


@pytest.fixture(scope="module", autouse=True)
def _fonts() -> None:
    register_fonts()


def test_latin_greek_and_cyrillic_are_one_run() -> None:
    for font in (REGULAR, BOLD):
        assert runs("Žluťoučký Ελλάς Вода №1 – 34 %", font) == ((font, "Žluťoučký Ελλάς Вода №1 – 34 %"),)


def test_what_no_font_has_leaves_a_square() -> None:
    assert runs("a\N{LINEAR B SYLLABLE B008 A}b", REGULAR) == ((REGULAR, "a□b"),)


def test_joiners_and_selectors_are_dropped() -> None:
    assert runs("a\N{ZERO WIDTH JOINER}b\N{VARIATION SELECTOR-16}c\u202e", REGULAR) == ((REGULAR, "abc"),)


def test_markup_is_escaped() -> None:
    assert markup("<b>&amp;</i>") == "&lt;b&gt;&amp;amp;&lt;/i&gt;"


@given(st.text(max_size=60))
def test_every_text_is_drawable(text: str) -> None:
    for font, run in runs(text, BOLD):
        glyphs = pdfmetrics.getFont(font).face.charToGlyph
        assert all(ord(character) in glyphs for character in run)
    assert isinstance(paragraph(text, BODY), Paragraph)


@given(st.text(max_size=60), st.floats(min_value=15, max_value=200))
def test_fitted_text_fits(text: str, width: float) -> None:
    assert text_width(fit_text(text, REGULAR, 9, width), REGULAR, 9) <= width
