"""What to do next, read off the figures: at most five lines, the most pressing first, each true by its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shelfaudit.domain.catalogue import Ownership
from shelfaudit.reporting.figures import PhotoFigures, VisitFigures
from shelfaudit.reporting.text import clean, format_count, format_share, plural, shorten, shorten_middle

MOST_LINES = 5
_NAMED_AT_MOST = 3


def advice(figures: VisitFigures) -> tuple[str, ...]:
    """Up to five sentences; plain text, not escaped."""
    lines = [*_about_photos(figures), *_about_shelf(figures)]
    if not lines and figures.counted:
        lines = ["Every photo was reviewed and every facing has a product: nothing is open."]
    return tuple((lines + list(_about_competitors(figures)))[:MOST_LINES])


def _about_photos(figures: VisitFigures) -> Iterator[str]:
    if not figures.photos:
        yield "The visit has no photos: import some, then write the report again."
    if figures.failed:
        names = _enumerated([shorten_middle(clean(entry.photo.path.name), 40) for entry in figures.failed])
        yield f"{plural(len(figures.failed), 'photo')} could not be counted: {names}. Take such photos again."
    if figures.waiting:
        subject = "photo is" if len(figures.waiting) == 1 else "photos are"
        yield f"{format_count(len(figures.waiting))} {subject} not counted yet: detect, then write the report again."
    empty = [entry for entry in figures.counted if not entry.photo.facings]
    if empty:
        have = "has" if len(empty) == 1 else "have"
        yield f"{_numbered(empty)} {have} no facings: check that the shelf is in the picture, near enough and sharp."


def _about_shelf(figures: VisitFigures) -> Iterator[str]:
    shares = figures.shares
    if shares.unknown.facings == shares.total > 0:
        yield f"None of the {plural(shares.total, 'facing')} is recognised: name some to see shares by brand."
    elif shares.unknown.facings:
        verb = "is" if shares.unknown.facings == 1 else "are"
        unknown = f"{format_count(shares.unknown.facings)} of {plural(shares.total, 'facing')} {verb} not recognised"
        gain = ""
        if figures.has_own_brand:
            at_most = shares.own.by_facings + shares.unknown.by_facings
            gain = f" (the own share lies between {format_share(shares.own.by_facings)} and {format_share(at_most)})"
        yield f"{unknown}: name them to make the shares sharper{gain}."
    if shares.total and figures.must_stock is not None and figures.must_stock.missing:
        names = _enumerated([shorten(clean(product.name), 40) for product in figures.must_stock.missing])
        # Nobody should order what only was not recognised.
        step = (
            "They may be among the facings that are not recognised: name those, then look for the rest."
            if shares.unknown.facings
            else "Look for them in the store, or order them."
        )
        yield f"Must-stock products not found: {names}. {step}"
    if figures.to_review:
        verb = "was" if len(figures.to_review) == 1 else "were"
        yield (
            f"{format_count(len(figures.to_review))} of {plural(len(figures.counted), 'counted photo')} {verb} "
            "not reviewed: look through the boxes to confirm the count."
        )
    if shares.total and not figures.has_own_brand:
        yield "No brand is marked as own: load a catalogue that says which brands are yours to see the own share."


def _about_competitors(figures: VisitFigures) -> Iterator[str]:
    """How far own brands together are from the largest competitor, in facings."""
    shares = figures.shares
    rivals = [entry for entry in shares.brands if entry.brand.ownership is Ownership.COMPETITOR]
    if not rivals or not figures.has_own_brand:
        return
    rival, own = rivals[0], shares.own.facings
    name, theirs = shorten(clean(rival.brand.name), 40), rival.share.facings
    if own > theirs:
        compared = f"own brands lead by {format_count(own - theirs)}"
    elif own < theirs:
        compared = f"own brands have {format_count(theirs - own)} fewer"
    else:
        compared = "own brands have as many"
    yield f"The largest competitor is {name} with {plural(theirs, 'facing')}: {compared}."


def _enumerated(names: Sequence[str]) -> str:
    """ "a, b, c and 2 more" """
    shown, rest = list(names[:_NAMED_AT_MOST]), len(names) - _NAMED_AT_MOST
    return ", ".join(shown) + (f" and {rest} more" if rest > 0 else "")


def _numbered(entries: Sequence[PhotoFigures]) -> str:
    """ "Photo 3", "Photos 3, 7, 8 and 2 more" """
    numbers = _enumerated([str(entry.number) for entry in entries])
    return f"{'Photo' if len(entries) == 1 else 'Photos'} {numbers}"
