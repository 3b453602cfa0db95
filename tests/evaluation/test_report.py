"""The report is one file, tells hostile names as they are, and draws what was missed."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

pytest.importorskip("pycocotools", reason="needs the extra `train`")
pytest.importorskip("matplotlib", reason="needs the extra `train`")

from shelfaudit.datasets.coco import load_coco
from shelfaudit.detection.detector import load_detector
from shelfaudit.domain.geometry import Box
from shelfaudit.errors import OutputError
from shelfaudit.evaluation.evaluate import evaluate_detector
from shelfaudit.evaluation.report.elements import element, page
from shelfaudit.evaluation.report.html import report_html, write_report
from shelfaudit.evaluation.report.photos import FALSE, FOUND, MISSED
from shelfaudit.evaluation.results import EvaluationResult, summarise
from tests.evaluation.makers import SHELF, draw_shelf, write_labels
from tests.fixtures import TINY_MODEL

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture
def result(tmp_path: Path) -> EvaluationResult:
    """Two photos: in the first everything is right, in the second one product is missed and one box is on none."""
    draw_shelf(tmp_path / "right.jpg")
    draw_shelf(tmp_path / "<b>&wrong'.jpg", SHELF[1:])
    (tmp_path / "text.jpg").write_text("no photo")
    file = write_labels(
        tmp_path / "labels <1>.json",
        ["right.jpg", "<b>&wrong'.jpg", "text.jpg"],
        SHELF[:4],
        ignored=[Box(84, 50, 104, 70)],
        region=Box(0, 0, 128, 90),
    )
    detector = load_detector(TINY_MODEL, threads=1)
    return summarise(evaluate_detector(detector, load_coco(file)), detector.info, file)


class Reader(HTMLParser):
    """Tags with their attributes, and the text a person reads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_it_says_what_was_measured(result: EvaluationResult) -> None:
    read = Reader(report_html(result))
    assert "Evaluation of tiny 1" in read.text
    assert "labels <1>.json: 2 photos, 8 products, judged inside the labelled regions" in read.text
    assert f"{result.scores.ap:.3f}" in read.text
    assert "1 photo could not be read" in read.text
    assert "text.jpg" in read.text
    assert "<b>&wrong'.jpg" in read.text
    assert "b" not in {tag for tag, attributes in read.tags if attributes.get("class") == "tile"}
    assert len([tag for tag, _ in read.tags if tag == "img"]) == 4


def test_it_needs_nothing_beside_it(result: EvaluationResult) -> None:
    read = Reader(report_html(result))
    links = [attributes[name] for _, attributes in read.tags for name in ("src", "href") if name in attributes]
    assert links
    assert all(link is not None and link.startswith("data:image/") for link in links)
    assert "script" not in {tag for tag, _ in read.tags}


def test_missed_and_false_boxes_differ_in_colour_and_line(result: EvaluationResult) -> None:
    (worst,) = [photo for photo in result.photos if photo.photo.file.name.startswith("<b>")]
    assert (worst.missed, worst.false) == (1, 1)
    drawn = [attributes for tag, attributes in Reader(report_html(result)).tags if attributes.get("class") == "box"]
    strokes = [attributes["stroke"] for attributes in drawn]
    # In the first photo one box is on none as well: the fifth rectangle is not labelled.
    assert strokes.count(MISSED.colour) == 1
    assert strokes.count(FALSE.colour) == 2
    assert strokes.count(FOUND.colour) == 4 + 3
    assert len({style.pattern for style in (FOUND, MISSED, FALSE)}) == 3
    assert len({style.colour for style in (FOUND, MISSED, FALSE)}) == 3


def test_photos_are_drawn_on_request_only(result: EvaluationResult) -> None:
    assert "svg" not in {tag for tag, _ in Reader(report_html(result, worst=0)).tags}
    assert len([tag for tag, _ in Reader(report_html(result, worst=1)).tags if tag == "figure"]) == 4 + 1


def test_a_photo_that_is_gone_by_then_is_told(result: EvaluationResult) -> None:
    for photo in result.photos:
        photo.photo.file.unlink()
    assert "cannot be read any more" in Reader(report_html(result)).text


def test_it_replaces_a_file_as_a_whole(result: EvaluationResult, tmp_path: Path) -> None:
    file = tmp_path / "Bericht №1.html"
    file.write_text("before", encoding="utf-8")
    write_report(result, file)
    assert file.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    with pytest.raises(OutputError):
        write_report(result, tmp_path)
    assert not list(tmp_path.glob(".*"))


def test_names_that_html_cannot_hold() -> None:
    html = page("a\x07b", "", element("p", "half \ud83d", title="\x00"))
    assert re.search("[\x00-\x08\ud800-\udfff]", html) is None
    html.encode("utf-8")
