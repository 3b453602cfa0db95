"""The PDF report, read back: its numbers are the figures', its fonts are inside, hostile text stays text."""

from __future__ import annotations

from pathlib import Path

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from shelfaudit.domain.catalogue import Brand, Catalogue, Ownership, Product
from shelfaudit.errors import Cancelled, OutputError
from shelfaudit.reporting.figures import VisitFigures, build_figures
from shelfaudit.reporting.pdf import write_pdf
from shelfaudit.reporting.photo_drawing import PixelReader
from tests.report_makers import CATALOGUE, facings, missing_pixels, mixed_figures, photo, striped_pixels, visit

HOSTILE = "<b>&</i> <para> 東京 🧃 \ud800\x07 = " + "x" * 260


def read_back(figures: VisitFigures, folder: Path, read_pixels: PixelReader = striped_pixels) -> PdfReader:
    file = folder / "report.pdf"
    write_pdf(figures, file, read_pixels=read_pixels)
    return PdfReader(file)


def text_of(reader: PdfReader) -> str:
    """All words of all pages with single spaces between them."""
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def fonts_of(reader: PdfReader) -> list[DictionaryObject]:
    return [
        font.get_object()
        for page in reader.pages
        for font in page["/Resources"].get("/Font", {}).values()  # type: ignore[attr-defined]  # a dictionary of fonts
    ]


def test_the_numbers_are_those_of_the_figures(tmp_path: Path) -> None:
    text = text_of(read_back(mixed_figures(), tmp_path))

    for words in ("Prüf-Markt №1", "Soft drinks", "20 November 2026", "Jana Nováková"):
        assert words in text
    assert "Own brands 6 60 %" in text
    assert "Competitors 2 20 %" in text
    assert "Not recognised 2 20 %" in text
    assert "All 10 100 % 100 %" in text
    assert "Alba Cola 0.5 l (must-stock) alba/cola Alba 6 60 %" in text
    assert "Brio Lime 1 l brio/lime Brio 2 20 %" in text
    assert "1 of 2" in text
    assert "3 of 5" in text


def test_the_method_is_told(tmp_path: Path) -> None:
    text = text_of(read_back(mixed_figures(), tmp_path))

    assert "shelf-photo 1.2" in text
    assert "score of 0.43 or more" in text
    assert "ab" * 32 in text
    assert "25 photos of other stores" in text
    assert "AP at IoU .50 0.871" in text
    assert "Boxes moved or resized 3" in text
    assert "Products named or changed 8" in text


def test_photos_that_were_not_counted_are_listed_with_their_reason(tmp_path: Path) -> None:
    text = text_of(read_back(mixed_figures(), tmp_path))

    assert "schäden.HEIC The file is damaged." in text
    assert "IMG_5.jpg It was not counted yet." in text


def test_every_counted_photo_is_printed_once_downscaled(tmp_path: Path) -> None:
    figures = build_figures(visit([photo(1, facings("alba/cola", 2), size=(8000, 6000))]), CATALOGUE)
    reader = read_back(figures, tmp_path)
    (image,) = (image for page in reader.pages for image in page.images)

    assert image.image is not None
    assert max(image.image.size) == 1600
    assert "Photo 1 · IMG_1.jpg" in text_of(reader)


def test_document_properties_and_pages(tmp_path: Path) -> None:
    reader = read_back(mixed_figures(), tmp_path)
    pages = len(reader.pages)

    assert reader.metadata is not None
    assert reader.metadata.title == "Share of shelf: Soft drinks at Prüf-Markt №1, 2026-11-20"
    assert reader.metadata.author == "Jana Nováková"
    assert str(reader.root_object["/Lang"]) == "en"
    for number, page in enumerate(reader.pages, start=1):
        assert f"Page {number} of {pages}" in page.extract_text()
    assert [entry.title for entry in reader.outline if not isinstance(entry, list)] == [
        "Summary", "Shares by brand", "Shares by product", "Photos", "How it was counted",
    ]  # fmt: skip


def test_every_font_is_embedded(tmp_path: Path) -> None:
    fonts = fonts_of(read_back(mixed_figures(), tmp_path))

    assert fonts
    for font in fonts:
        descriptor = font["/FontDescriptor"]
        assert isinstance(descriptor, DictionaryObject)
        assert "/FontFile2" in descriptor, font["/BaseFont"]


def test_table_heads_are_repeated(tmp_path: Path) -> None:
    names = [f"Alba {number:03d}" for number in range(120)]
    catalogue = Catalogue.of([Brand("Alba", Ownership.OWN)], [Product(name, name, "Alba") for name in names])
    content = [facing for row, name in enumerate(names) for facing in facings(name, 1, row=row)]
    reader = read_back(build_figures(visit([photo(1, content)]), catalogue), tmp_path)
    pages_with_products = [text for page in reader.pages if "Alba 0" in (text := page.extract_text())]

    assert len(pages_with_products) >= 3
    assert all("Linear share" in " ".join(text.split()) for text in pages_with_products)


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    catalogue = Catalogue.of([Brand(HOSTILE, Ownership.OWN)], [Product(HOSTILE, HOSTILE, HOSTILE, must_stock=True)])
    photos = [photo(1, facings(HOSTILE, 3), name="<i>&.jpg")]
    text = text_of(read_back(build_figures(visit(photos, store=HOSTILE, auditor=HOSTILE), catalogue), tmp_path))

    assert text.count("<b>&</i> <para>") >= 4
    assert "<i>&.jpg" in text


def test_an_empty_visit_has_a_report_too(tmp_path: Path) -> None:
    text = text_of(read_back(build_figures(visit([]), Catalogue()), tmp_path))

    assert "No facings were counted in this visit." in text
    assert "The visit has no photos" in text


def test_a_photo_that_was_moved_away_keeps_its_boxes(tmp_path: Path) -> None:
    reader = read_back(mixed_figures(), tmp_path, missing_pixels)

    assert not [image for page in reader.pages for image in page.images]
    assert "The photo cannot be read any more: The file is missing." in text_of(reader)
    assert "Alba 4 B Brio 2" in text_of(reader)


def test_progress_counts_the_photos(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    write_pdf(
        mixed_figures(),
        tmp_path / "report.pdf",
        read_pixels=striped_pixels,
        progress=lambda done, number: seen.append((done, number)),
    )

    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_cancelling_leaves_the_old_report(tmp_path: Path) -> None:
    file = tmp_path / "report.pdf"
    file.write_bytes(b"the old one")

    with pytest.raises(Cancelled):
        write_pdf(mixed_figures(), file, read_pixels=striped_pixels, cancelled=lambda: True)
    assert file.read_bytes() == b"the old one"
    assert list(tmp_path.iterdir()) == [file]


def test_a_place_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    (tmp_path / "not a folder").write_bytes(b"")

    with pytest.raises(OutputError) as caught:
        write_pdf(mixed_figures(), tmp_path / "not a folder" / "report.pdf", read_pixels=striped_pixels)
    assert caught.value.advice
