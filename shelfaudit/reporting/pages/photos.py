"""The photos with their boxes: the proof behind the numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Paragraph, Spacer, Table, TableStyle

from shelfaudit.domain.visit import PhotoState
from shelfaudit.reporting import stylesheet, theme
from shelfaudit.reporting.figures import PhotoFigures, VisitFigures
from shelfaudit.reporting.fonts import REGULAR
from shelfaudit.reporting.frames import OutlineEntry
from shelfaudit.reporting.marks import Legend, LegendEntry
from shelfaudit.reporting.photo_drawing import AnnotatedPhoto, PixelReader
from shelfaudit.reporting.text import clean, format_count, plural, shorten, shorten_middle

_HEADING = 13 * mm
_CAPTION = 6 * mm
_BELOW = 5 * mm


def photos(figures: VisitFigures, read_pixels: PixelReader, drawn: Callable[[], None]) -> list[Flowable]:
    """Two landscape photos or one portrait photo a page, then those without a count and why.

    drawn: called after each photo is drawn; may raise to stop.
    """
    story: list[Flowable] = []
    if figures.counted:
        story += [
            CondPageBreak(theme.CONTENT_HEIGHT * 0.9),
            OutlineEntry("Photos", "photos"),
            Paragraph("Photos", stylesheet.SECTION),
        ]
        story += [_block(entry, figures, read_pixels, drawn) for entry in figures.counted]
    story += _not_counted([*figures.failed, *figures.waiting], heading=not figures.counted)
    return story


def _block(
    entry: PhotoFigures, figures: VisitFigures, read_pixels: PixelReader, drawn: Callable[[], None]
) -> KeepTogether:
    legend = Legend([_legend_entry(figures, count.brand, count.facings) for count in entry.brands])
    _, legend_height = legend.wrap(theme.CONTENT_WIDTH, theme.CONTENT_HEIGHT)
    room = theme.CONTENT_HEIGHT - _HEADING
    if entry.photo.width >= entry.photo.height:
        room /= 2
    height = max(room - _CAPTION - legend_height - _BELOW, 60 * mm)
    picture = AnnotatedPhoto(entry, figures, read_pixels, theme.CONTENT_WIDTH, height, drawn)
    return KeepTogether([_caption(entry), picture, Spacer(0, 1 * mm), legend, Spacer(0, _BELOW - 1 * mm)])


def _legend_entry(figures: VisitFigures, brand: str | None, facings: int) -> LegendEntry:
    name = shorten(clean(brand), 40) if brand is not None else "not recognised"
    return LegendEntry(figures.style_of(brand), f"{name} {format_count(facings)}")


def _caption(entry: PhotoFigures) -> Table:
    photo = entry.photo
    state = "reviewed" if photo.state is PhotoState.REVIEWED else "to review"
    name = shorten_middle(clean(photo.path.name), 70)
    left = stylesheet.paragraph(f"Photo {entry.number} · {name}", stylesheet.CELL_BOLD)
    right = stylesheet.paragraph(f"{plural(len(photo.facings), 'facing')} · {state}", stylesheet.NUMBER)
    style = TableStyle(
        [
            ("FONT", (0, 0), (-1, -1), REGULAR, 8.5),
            ("VALIGN", (0, 0), (-1, -1), "BOTTOM"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 0),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ]
    )
    return Table([[left, right]], colWidths=[theme.CONTENT_WIDTH - 45 * mm, 45 * mm], style=style)


def _not_counted(entries: Sequence[PhotoFigures], *, heading: bool) -> list[Flowable]:
    if not entries:
        return []
    rows = [[stylesheet.paragraph(name, stylesheet.HEAD) for name in ("Photo", "File", "Why")]]
    for entry in sorted(entries, key=lambda entry: entry.number):
        failed = entry.photo.state is PhotoState.FAILED
        reason = clean(entry.photo.error) or "It could not be read." if failed else "It was not counted yet."
        rows.append(
            [
                stylesheet.paragraph(str(entry.number), stylesheet.CELL),
                stylesheet.paragraph(shorten_middle(clean(entry.photo.path.name), 80), stylesheet.CELL),
                stylesheet.paragraph(shorten(reason, 400), stylesheet.CELL),
            ]
        )
    table = stylesheet.data_table(rows, [15 * mm, 60 * mm, theme.CONTENT_WIDTH - 75 * mm])
    title = Paragraph("Photos without a count", stylesheet.SUBSECTION)
    return [*([OutlineEntry("Photos", "photos")] if heading else []), title, table]
