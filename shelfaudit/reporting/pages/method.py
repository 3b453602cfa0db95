"""How it was counted: detector, threshold, corrections, definitions and measured accuracy."""

from __future__ import annotations

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, Paragraph, Spacer

from shelfaudit.domain.edits import EditKind
from shelfaudit.domain.visit import Author
from shelfaudit.reporting import stylesheet, theme
from shelfaudit.reporting.figures import DetectionUse, VisitFigures
from shelfaudit.reporting.frames import OutlineEntry
from shelfaudit.reporting.text import clean, format_count, format_share, plural, shorten

EDIT_WORDS = {
    EditKind.ADD: "Facings drawn",
    EditKind.MOVE: "Boxes moved or resized",
    EditKind.RELABEL: "Products named or changed",
    EditKind.REMOVE: "Boxes removed",
    EditKind.MERGE: "Boxes merged",
    EditKind.THRESHOLD: "Thresholds changed",
    EditKind.SPLIT: "Boxes split",
    EditKind.DUPLICATE: "Boxes duplicated",
    EditKind.PASTE: "Boxes pasted",
}

_SCORE_WORDS = {
    "ap": "AP, mean of IoU .50–.95",
    "ap50": "AP at IoU .50",
    "ap75": "AP at IoU .75",
    "ar300": "Recall of 300 boxes (AR300)",
    "count_error": "Count error (of all facings)",
}
"""COCO's scores, in [0, 1], 1 being perfect; count error: Σ |counted − true| ÷ Σ true."""

_SHARES_OF_ONE = frozenset({"count_error"})

_DEFINITIONS = (
    ("Facing", "A front-row unit that the shopper sees. A multi-pack or display box counts as one."),
    ("Share of facings", "Facings of the brand ÷ all facings, those not recognised included."),
    (
        "Linear share",
        "Sum of the widths of the brand's facings ÷ sum of all facing widths. Widths are centimetres where every photo "
        "shows a product of known width; otherwise each is measured in its photo's median facing width.",
    ),
    ("Not recognised", "A facing without a product of the catalogue. It is counted, never left out."),
    ("Must-stock found", "Must-stock products seen in at least one photo ÷ must-stock products of the catalogue."),
    ("Photos", "Each photo is counted by itself: a facing that two photos show is counted twice."),
)


def method(figures: VisitFigures) -> list[Flowable]:
    """The last section."""
    story: list[Flowable] = [
        CondPageBreak(110 * mm),
        OutlineEntry("How it was counted", "method"),
        Paragraph("How it was counted", stylesheet.SECTION),
    ]
    for use in figures.detections:
        story += _detector(use)
    if not figures.detections:
        story.append(stylesheet.paragraph("No detector was run on these photos."))
    story += _corrections(figures)
    story.append(Paragraph("What the words mean", stylesheet.SUBSECTION))
    story.append(_pairs(list(_DEFINITIONS)))
    return story


def _detector(use: DetectionUse) -> list[Flowable]:
    note = use.note
    rows = [("Detector", f"{note.name} {note.version}" if note is not None else use.model)]
    rows.append(("Photos counted with it", format_count(use.photos)))
    if use.threshold is not None:
        rows.append(("Counting threshold", f"Detections with a score of {use.threshold:.2f} or more are facings."))
    if note is not None and note.file:
        rows.append(("Model file", note.file))
    if note is not None and note.sha256:
        rows.append(("SHA-256 of the model", note.sha256))
    if note is None:
        rows.append(("Measured accuracy", "Not known here: this detector is not installed any more."))
    elif not note.scores:
        rows.append(("Measured accuracy", "None is stored with this model."))
    title = Paragraph("Detector", stylesheet.SUBSECTION)
    story: list[Flowable] = [title, _pairs(rows)]
    if note is not None and note.scores:
        story.append(Paragraph("Measured accuracy of this detector", stylesheet.SUBSECTION))
        story.append(
            stylesheet.paragraph(
                "As stored with the model, measured on labelled photos and not on those of this visit.",
                stylesheet.SMALL,
            )
        )
        story.append(Spacer(0, 1 * mm))
        story.append(_pairs([(_score_name(key), _score_text(key, value)) for key, value in note.scores.items()]))
    return story


def _corrections(figures: VisitFigures) -> list[Flowable]:
    facings = [facing for entry in figures.photos for facing in entry.photo.facings]
    drawn = sum(facing.box_by is Author.AUDITOR for facing in facings)
    by_auditor = sum(facing.product is not None and facing.product_by is Author.AUDITOR for facing in facings)
    named = sum(facing.product is not None for facing in facings)
    rows = [(EDIT_WORDS[kind], format_count(count)) for kind, count in figures.edits.items()]
    rows += [
        ("Boxes as they are now", f"{plural(len(facings), 'facing')}, {format_count(drawn)} set by the auditor"),
        ("Products as they are now", f"{plural(named, 'facing')} named, {format_count(by_auditor)} by the auditor"),
        ("Photos reviewed", f"{format_count(len(figures.counted) - len(figures.to_review))} of {len(figures.photos)}"),
    ]
    story: list[Flowable] = [Paragraph("Corrections by the auditor", stylesheet.SUBSECTION)]
    if not figures.edits:
        story.append(stylesheet.paragraph("No correction was made.", stylesheet.CELL))
    return [*story, _pairs(rows)] if figures.photos else story


def _pairs(rows: list[tuple[str, str]]) -> Flowable:
    cells = [
        [
            stylesheet.paragraph(name, stylesheet.HEAD),
            stylesheet.paragraph(shorten(clean(text), 600), stylesheet.CELL),
        ]
        for name, text in rows
    ]
    return stylesheet.pair_table(cells, [50 * mm, theme.CONTENT_WIDTH - 50 * mm])


def _score_name(key: str) -> str:
    """The name of a score in words; one that is not known keeps its key."""
    return _SCORE_WORDS.get(key.lower(), clean(key).replace("_", " "))


def _score_text(key: str, value: float | str) -> str:
    if isinstance(value, str):
        return value
    if key.lower() in _SHARES_OF_ONE:
        return format_share(value)
    return format_count(int(value)) if float(value).is_integer() and abs(value) >= 2 else f"{value:.3f}"
