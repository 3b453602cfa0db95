"""Two models side by side on the same photos, as one HTML file that needs nothing beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from pathlib import Path
from xml.etree import ElementTree as ET

from shelfaudit import __version__
from shelfaudit.detection.model_file import ModelInfo
from shelfaudit.evaluation.better import SURE, Comparison, Performance
from shelfaudit.evaluation.report.elements import element, page, table
from shelfaudit.evaluation.report.html import STYLE
from shelfaudit.evaluation.report.photos import drawn_photo, legend
from shelfaudit.output import replacing

DRAWN_PHOTOS = 8

_WIDER = """
.photos { grid-template-columns: 1fr 1fr; } .photos h3 { grid-column: 1 / -1; margin: 12px 0 -14px; font-size: 15px; }
"""


def write_side_by_side(
    comparison: Comparison,
    file: Path,
    *,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> None:
    """Write what both models score, photo by photo, and the photos in which they differ most.

    Raises:
        OutputError: the file cannot be written.
    """
    old, new = (_name(result.model) for result in (comparison.old, comparison.new))
    html = page(
        f"{new} beside {old}",
        STYLE + _WIDER,
        *_head(comparison, old, new),
        table(("", old, new), score_rows(comparison)),
        *_photo_table(comparison, old, new),
        *_photos(comparison, old, new, progress),
        *_method(),
    )
    with replacing(file) as temporary:
        temporary.write_text(html, encoding="utf-8")


def score_rows(comparison: Comparison) -> list[tuple[str, str, str]]:
    """What both models are judged by, in words: the score, the old model's, the new one's."""
    old, new = Performance.of(comparison.old), Performance.of(comparison.new)
    return [
        ("AP", f"{old.ap:.3f}", f"{new.ap:.3f}"),
        ("AP50", f"{old.ap50:.3f}", f"{new.ap50:.3f}"),
        ("count error", f"{old.count_error:.1%}", f"{new.count_error:.1%}"),
        ("missed products", f"{old.missed}", f"{new.missed}"),
        ("boxes on no product", f"{old.false}", f"{new.false}"),
        ("corrections needed", f"{old.corrections}", f"{new.corrections}"),
        (
            "counts from",
            f"{comparison.old.model.counting_threshold:.2f}",
            f"{comparison.new.model.counting_threshold:.2f}",
        ),
    ]


def _head(comparison: Comparison, old: str, new: str) -> Iterable[ET.Element]:
    products = sum(photo.true for photo in comparison.old.photos)
    yield element("h1", f"{new} beside {old}")
    yield element(
        "p",
        f"On {len(comparison.old.photos)} corrected photos with {products} facings, on which neither was trained by "
        "“shelfaudit learn”.",
    )
    now = dt.datetime.now().astimezone()
    yield element("p", f"shelfaudit {__version__}, {now:%Y-%m-%d %H:%M}", class_="muted")
    if comparison.verdict.better:
        said = f"The new one is better: its AP is higher in {comparison.surety:.0%} of the draws of photos."
        yield element("p", said, class_="note")
    else:
        yield element("p", " ".join(("The new one is not better.", *comparison.verdict.objections)), class_="note")


def _photo_table(comparison: Comparison, old: str, new: str) -> Iterable[ET.Element]:
    yield element("h2", "Photo by photo")
    head = ("photo", "facings", f"{old}: counted", "missed", "false", f"{new}: counted", "missed", "false")
    rows = [
        (
            before.photo.file.name,
            f"{before.true}",
            *(f"{number}" for photo in (before, after) for number in (photo.counted, photo.missed, photo.false)),
        )
        for before, after in comparison.pairs()
    ]
    yield table(head, rows)


def _photos(comparison: Comparison, old: str, new: str, progress: Callable[[int, int], None]) -> Iterable[ET.Element]:
    chosen = comparison.pairs()[:DRAWN_PHOTOS]
    figures: list[ET.Element] = []
    for done, (before, after) in enumerate(chosen):
        progress(done, len(chosen))
        figures.append(element("h3", before.photo.file.name))
        for entry, result in ((before, comparison.old), (after, comparison.new)):
            figures.append(drawn_photo(entry, result.at_threshold.threshold, result.evaluation.labels.names))
    progress(len(chosen), len(chosen))
    yield element("h2", "Where they differ most")
    yield element("p", f"Left {old}, right {new}. Point at a box to read its score.")
    yield legend()
    yield element("div", *figures, class_="photos")


def _method() -> Iterable[ET.Element]:
    yield element("h2", "How it was decided")
    yield element(
        "p",
        f"The new model is taken when its AP is higher in at least {SURE:.0%} of the draws of these photos with "
        "replacement (the same draw for both), its count error is not larger, and there is not more to correct: "
        "products missed and boxes on no product, each at the model's own counting threshold and at IoU .50. The "
        "photos are the locked set: they are never trained on.",
    )


def _name(model: ModelInfo) -> str:
    return f"{model.name} {model.version}".strip()
