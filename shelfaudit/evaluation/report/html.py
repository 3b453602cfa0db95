"""The report as one HTML file that needs nothing beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from pathlib import Path
from xml.etree import ElementTree as ET

from shelfaudit import __version__
from shelfaudit.evaluation.bootstrap import DRAWS, Interval
from shelfaudit.evaluation.predictions import is_partly_judged
from shelfaudit.evaluation.report.charts import calibration_chart, count_chart, precision_recall_chart, threshold_chart
from shelfaudit.evaluation.report.elements import data_url, element, page, table
from shelfaudit.evaluation.report.photos import drawn_photo, legend
from shelfaudit.evaluation.results import EvaluationResult
from shelfaudit.evaluation.scores import COCO_SIZES, GroupScores
from shelfaudit.output import replacing

WORST_PHOTOS = 12
"""Photos drawn, unless another number is asked for."""

STYLE = """
:root { --ink: #1F2933; --muted: #5B6670; --rule: #D9DEE3; --panel: #F4F6F8; }
body { font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: var(--ink); background: #fff;
  max-width: 1180px; margin: 0 auto; padding: 28px 24px 60px; }
h1 { font-size: 27px; margin: 0 0 2px; } h2 { font-size: 19px; margin: 40px 0 10px; }
p { margin: 6px 0; max-width: 80ch; } .muted, figcaption, small { color: var(--muted); }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(168px, 1fr)); gap: 12px; margin: 22px 0 10px; }
.tile { background: var(--panel); border-radius: 8px; padding: 12px 14px; }
.tile b { display: block; font-size: 25px; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tile span { display: block; } .tile small { display: block; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(430px, 1fr)); gap: 18px 26px; }
figure { margin: 0; break-inside: avoid; } figure img, figure svg { width: 100%; height: auto; display: block; }
figure svg { max-height: 760px; background: var(--panel); }
figcaption { font-size: 13px; margin-top: 4px; } figcaption b { color: var(--ink); overflow-wrap: anywhere; }
.photos { display: grid; grid-template-columns: repeat(auto-fit, minmax(520px, 1fr)); gap: 24px; align-items: start; }
table { border-collapse: collapse; margin: 8px 0; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 14px 4px 0; border-bottom: 1px solid var(--rule); text-align: right; }
th:first-child { text-align: left; font-weight: normal; overflow-wrap: anywhere; } thead th { color: var(--muted); }
.note { background: #FFF7E0; border-left: 4px solid #E69F00; padding: 8px 14px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 24px; max-width: none; } .legend span { display: inline-flex;
  align-items: center; gap: 8px; }
.legend i { width: 26px; height: 14px; display: inline-block; border: 1px solid #555; }
i.outside { background: #8b8b8b; }
i.ignored { background: repeating-linear-gradient(45deg, #fff 0 3px, #777 3px 5px); }
svg path, svg line { fill: none; vector-effect: non-scaling-stroke; }
svg path.shade { fill: #000; fill-opacity: .45; }
svg path.under { stroke: #fff; opacity: .75; } svg path.box { pointer-events: all; }
svg path.ignored-area { fill: #fff; fill-opacity: .45; stroke: #555; stroke-dasharray: 2 3; }
@media (max-width: 620px) { .charts, .photos { grid-template-columns: 1fr; } }
@media print { body { max-width: none; padding: 0; font-size: 11px; } .tile, .note { print-color-adjust: exact; } }
"""


def write_report(
    result: EvaluationResult,
    file: Path,
    *,
    worst: int = WORST_PHOTOS,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> None:
    """Write the report; `worst` is how many photos it draws.

    Raises:
        OutputError: the file cannot be written.
    """
    html = report_html(result, worst=worst, progress=progress)
    with replacing(file) as temporary:
        temporary.write_text(html, encoding="utf-8")


def report_html(
    result: EvaluationResult,
    *,
    worst: int = WORST_PHOTOS,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> str:
    """The report's text."""
    model = f"{result.model.name} {result.model.version}".strip()
    return page(
        f"Evaluation of {model}",
        STYLE,
        *_head(result, model),
        *_notes(result),
        _tiles(result),
        *_charts(result),
        *_tables(result),
        *_photos(result, worst, progress),
        *_failures(result),
        *_method(result),
    )


def _head(result: EvaluationResult, model: str) -> Iterable[ET.Element]:
    photos = result.evaluation.photos
    boxes = sum(len(photo.boxes) for photo in photos)
    regions = sum(map(is_partly_judged, photos))
    where = "inside the labelled regions" if regions == len(photos) else "over the whole photos"
    if 0 < regions < len(photos):
        where = f"inside the labelled region of {regions} photos and over the whole of the others"
    yield element("h1", f"Evaluation of {model}")
    yield element(
        "p", f"{result.dataset.name}: {_plural(len(photos), 'photo')}, {_plural(boxes, 'product')}, judged {where}."
    )
    now = dt.datetime.now().astimezone()
    yield element(
        "p",
        f"shelfaudit {__version__}, {now:%Y-%m-%d %H:%M} · model file {result.model.sha256[:12]}",
        class_="muted",
    )


def _notes(result: EvaluationResult) -> Iterable[ET.Element]:
    evaluation = result.evaluation
    if evaluation.labels.note:
        yield element("p", evaluation.labels.note, class_="note")
    if evaluation.stopped:
        yield element("p", "The evaluation was stopped: the numbers are of the photos judged by then.", class_="note")
    if evaluation.failures:
        count = _plural(len(evaluation.failures), "photo")
        yield element(
            "p", f"{count} could not be read; they are listed below and missing in the numbers.", class_="note"
        )


def _tiles(result: EvaluationResult) -> ET.Element:
    scores, intervals, count, at = result.scores, result.intervals, result.count, result.at_threshold
    precision = "–" if at.precision is None else _percent(at.precision)
    tiles = [
        ("AP", f"{scores.ap:.3f}", _between(intervals.ap, "{:.3f}".format)),
        ("AP50", f"{scores.ap50:.3f}", _between(intervals.ap50, "{:.3f}".format)),
        ("AP75", f"{scores.ap75:.3f}", ""),
        ("AR300", f"{scores.ar300:.3f}", f"{scores.recall:.3f} without a limit"),
        ("recall at IoU .50", _percent(scores.recall50), "whatever the score"),
        ("count error", _percent(count.relative or 0), _between(intervals.count_error, _percent)),
        ("counted − labelled", _signed(count.bias), f"a photo; MAE {count.mae:.2f}, RMSE {count.rmse:.2f}"),
        ("precision", precision, f"from a score of {at.threshold:.2f} on"),
        ("recall", _percent(at.recall), f"from a score of {at.threshold:.2f} on"),
        ("calibration error", f"{result.calibration.error or 0:.3f}", "expected, 10 bins"),
        (
            "time a photo",
            f"{result.latency.total.median:.0f} ms",
            f"decode {result.latency.decode.median:.0f}, detect {result.latency.detect.median:.0f}; "
            f"90 % under {result.latency.total.p90:.0f}",
        ),
    ]
    made = [
        element("div", element("span", name), element("b", value), element("small", small), class_="tile")
        for name, value, small in tiles
    ]
    return element("div", *made, class_="tiles")


def _charts(result: EvaluationResult) -> Iterable[ET.Element]:
    charts = (
        (precision_recall_chart, "Precision and recall: how many boxes are right where how many products are found."),
        (threshold_chart, "What another threshold would do. Count error: Σ |counted − labelled| ÷ Σ labelled."),
        (count_chart, "Counted against labelled products at the model's threshold."),
        (calibration_chart, "Whether a score means what it says; in the top row, the number of boxes."),
    )
    yield element("h2", "Curves")
    yield element(
        "div",
        *(
            element(
                "figure",
                element("img", src=data_url(draw(result), "image/svg+xml"), alt=caption),
                element("figcaption", caption),
            )
            for draw, caption in charts
        ),
        class_="charts",
    )


def _tables(result: EvaluationResult) -> Iterable[ET.Element]:
    yield element("h2", "By size of the product")
    rows = [(_size_name(group), *_numbers(group)) for group in result.by_size]
    yield table(("√area", "products", "AP", "AP50", "recall"), rows)
    if len(result.by_label) > 1:
        yield element("h2", "By label")
        mean = ("mean", str(sum(group.boxes for group in result.by_label)))
        scores = result.scores
        ordered = sorted(result.by_label, key=lambda group: -group.boxes)
        yield table(
            ("label", "products", "AP", "AP50", "recall"),
            [
                (*mean, f"{scores.ap:.3f}", f"{scores.ap50:.3f}", f"{scores.recall:.3f}"),
                *((group.name, *_numbers(group)) for group in ordered),
            ],
        )


def _size_name(group: GroupScores) -> str:
    if group.limits is None:
        return group.name
    low, high = group.limits
    if group.name in COCO_SIZES:
        limits = f"{low:.0f} – {high:.0f}" if high is not None else f"from {low:.0f}"
        return f"{group.name} ({limits} pixels)"
    parts = [f"from {_percent(low)}"] if low else []
    parts += [f"to {_percent(high)}"] if high is not None else []
    return f"{group.name} ({' '.join(parts)} of the photo's √area)"


def _numbers(group: GroupScores) -> tuple[str, ...]:
    return str(group.boxes), *(
        "–" if value is None else f"{value:.3f}" for value in (group.ap, group.ap50, group.recall)
    )


def _photos(result: EvaluationResult, worst: int, progress: Callable[[int, int], None]) -> Iterable[ET.Element]:
    chosen = result.worst_photos(worst)
    if not chosen:
        return
    figures = []
    for done, entry in enumerate(chosen):
        progress(done, len(chosen))
        figures.append(drawn_photo(entry, result.at_threshold.threshold, result.evaluation.labels.names))
    progress(len(chosen), len(chosen))
    yield element("h2", "The worst photos")
    yield element("p", "Those with the largest count error first. Point at a box to read its label and score.")
    yield legend()
    yield element("div", *figures, class_="photos")


def _failures(result: EvaluationResult) -> Iterable[ET.Element]:
    if result.evaluation.failures:
        yield element("h2", "Not read")
        yield element("ul", *(element("li", failure.error.message) for failure in result.evaluation.failures))


def _method(result: EvaluationResult) -> Iterable[ET.Element]:
    yield element("h2", "How it was measured")
    yield element(
        "p",
        "Photos went through the application's own path: decoding, passes and tiles, suppression. AP, AP50 and AP75 "
        "are COCO's averages by pycocotools without its limit of 100 boxes a photo; AR300 looks at the best 300. Only "
        "boxes centred in the labelled region are judged; areas to ignore excuse what lies in them. Precision, recall "
        f"and calibration are at IoU .50. Boxes from a score of {result.evaluation.min_score:g} on were looked at, "
        "which takes longer than a count does: “shelfaudit bench” times the application.",
    )
    yield element(
        "p",
        f"Intervals: 95 % of {DRAWS} draws of these photos with replacement. They say how far luck in the choice of "
        "photos reaches, not how other stores differ.",
    )
    best, error = result.best_threshold
    yield element(
        "p",
        f"On these photos a threshold of {best:.2f} would count best (count error {_percent(error)}). A threshold "
        "chosen on the photos it is judged on looks better than it is.",
    )


def _between(interval: Interval | None, written: Callable[[float], str]) -> str:
    return "" if interval is None else f"95 %: {written(interval[0])} – {written(interval[1])}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}\N{NO-BREAK SPACE}%"


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
