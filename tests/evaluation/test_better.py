"""Is a new model better? Decided on two sets of scores, and shown side by side."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pytest

pytest.importorskip("pycocotools", reason="needs the extra `train`")
pytest.importorskip("matplotlib", reason="needs the extra `train`")

from shelfaudit.datasets.coco import load_coco
from shelfaudit.domain.geometry import Box
from shelfaudit.evaluation.better import SURE, Performance, ap_gains, compare_models, decide
from shelfaudit.evaluation.evaluate import Evaluation, candidate
from shelfaudit.evaluation.labels import match_labels
from shelfaudit.evaluation.latency import PhotoSeconds
from shelfaudit.evaluation.report.side_by_side import score_rows, write_side_by_side
from shelfaudit.evaluation.results import EvaluationResult, summarise
from tests.evaluation.makers import SHELF, draw_shelf, predictions, write_labels

pytestmark = pytest.mark.filterwarnings("default")

FAIR = Performance(ap=0.6, ap50=0.9, count_error=0.05, missed=20, false=10)
PHOTOS = 6


def test_a_surely_higher_ap_without_harm_is_better() -> None:
    assert decide(FAIR, dataclasses.replace(FAIR, ap=0.65), surety=0.95).better
    assert decide(FAIR, dataclasses.replace(FAIR, ap=0.65, count_error=0.04, missed=19), surety=SURE).better


@pytest.mark.parametrize(
    ("change", "surety", "objection"),
    [
        ({}, 0.0, "not higher"),
        ({"ap": 0.59}, 0.95, "not higher"),
        ({"ap": 0.65}, SURE - 0.01, "luck"),
        ({"ap": 0.65, "count_error": 0.06}, 1.0, "count error is larger"),
        ({"ap": 0.65, "false": 11}, 1.0, "more to correct (31 boxes, before 30)"),
    ],
)
def test_anything_else_is_not(change: dict[str, float], surety: float, objection: str) -> None:
    verdict = decide(FAIR, dataclasses.replace(FAIR, **change), surety)  # type: ignore[arg-type]  # ints and floats
    assert not verdict.better
    assert [objection in text for text in verdict.objections] == [True]


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    names = [f"<shelf> {number}.jpg" for number in range(PHOTOS)]
    for name in names:
        draw_shelf(tmp_path / name)
    return write_labels(tmp_path / "locked.json", names, SHELF)


def result_of(labels: Path, name: str, found: Sequence[Sequence[Box]]) -> EvaluationResult:
    """That of a model which found these boxes in the photos."""
    dataset = load_coco(labels)
    evaluation = Evaluation(
        photos=dataset.photos,
        predictions=[predictions(boxes) for boxes in found],
        seconds=[PhotoSeconds(0.01, 0.02)] * len(found),
        labels=match_labels(("product",), dataset.labels),
    )
    return summarise(evaluation, dataclasses.replace(candidate(128), name=name, version="1"), labels)


def test_the_same_model_is_not_better_than_itself(labels: Path) -> None:
    both = [result_of(labels, name, [SHELF[1:]] * PHOTOS) for name in ("old", "new")]
    assert not ap_gains(*([photo.match for photo in each.photos] for each in both)).any()
    comparison = compare_models(*both)
    assert (comparison.surety, comparison.verdict.better) == (0.0, False)


def test_one_lucky_photo_is_not_enough(labels: Path) -> None:
    old = result_of(labels, "old", [SHELF[1:]] * PHOTOS)
    lucky = result_of(labels, "new", [SHELF, *[SHELF[1:]] * (PHOTOS - 1)])
    comparison = compare_models(old, lucky)
    assert 0.5 < comparison.surety < SURE, "the photo is in 1 − (5/6)⁶ = 67 % of the draws"
    assert not comparison.verdict.better
    better = compare_models(old, result_of(labels, "new", [SHELF] * PHOTOS))
    assert (better.surety, better.verdict.better) == (1.0, True)
    assert better.to_json()["AP_higher_in_draws"] == 1.0


def test_the_same_draws_every_time(labels: Path) -> None:
    old, new = (
        [photo.match for photo in result_of(labels, "any", found).photos]
        for found in ([SHELF[1:]] * PHOTOS, [SHELF, *[SHELF[2:]] * (PHOTOS - 1)])
    )
    assert ap_gains(old, new).tolist() == ap_gains(old, new).tolist()
    assert ap_gains(old, new).tolist() == (-ap_gains(new, old)).tolist()


def test_only_the_same_photos_are_compared(labels: Path, tmp_path: Path) -> None:
    old = result_of(labels, "old", [SHELF] * PHOTOS)
    other = write_labels(tmp_path / "other.json", ["<shelf> 0.jpg"], SHELF)
    with pytest.raises(ValueError, match="same photos"):
        compare_models(old, result_of(other, "new", [SHELF]))


def test_both_are_shown_beside_each_other(labels: Path, tmp_path: Path) -> None:
    stray = Box(100, 70, 120, 90)
    old = result_of(labels, "old <1>", [SHELF[1:]] * PHOTOS)
    new = result_of(labels, "new", [[*SHELF, stray], *[SHELF] * (PHOTOS - 1)])
    comparison = compare_models(old, new)
    assert comparison.pairs()[0][0].photo.file.name != "<shelf> 0.jpg", "there it is one correction less for another"
    rows = {name: (before, after) for name, before, after in score_rows(comparison)}
    assert rows["missed products"] == ("6", "0")
    assert rows["boxes on no product"] == ("0", "1")
    assert rows["corrections needed"] == ("6", "1")
    file = tmp_path / "report" / "side-by-side.html"
    write_side_by_side(comparison, file)
    html = file.read_text(encoding="utf-8")
    assert "The new one is better" in html
    assert html.count("<figure>") == 2 * PHOTOS
    assert "old &lt;1&gt;" in html
    assert "<shelf>" not in html
