"""What holds for any boxes: perfection scores one, order does not matter, a false box never helps; and the shortcuts
(fewer comparisons, photos drawn again) give pycocotools' own numbers."""

from __future__ import annotations

import contextlib
import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("pycocotools", reason="needs the extra `train`")

from pycocotools.cocoeval import COCOeval

from shelfaudit.datasets.dataset import LabelledPhoto
from shelfaudit.domain.geometry import Box
from shelfaudit.evaluation import coco
from shelfaudit.evaluation.bootstrap import Ranking, bootstrap
from shelfaudit.evaluation.coco import EVERY_SIZE, compare
from shelfaudit.evaluation.counting import counts_at, true_counts
from shelfaudit.evaluation.matching import matched_photos
from shelfaudit.evaluation.predictions import Predictions
from shelfaudit.evaluation.scores import COCO_SIZES, overall_scores
from tests.evaluation.makers import predictions
from tests.training.makers import labelled

LABELS = 2
FEW = settings(max_examples=40)
"""pycocotools is slow."""

Case = tuple[list[LabelledPhoto], list[Predictions]]

BOX = st.builds(Box.from_xywh, st.integers(0, 90), st.integers(0, 60), st.integers(4, 40), st.integers(4, 40))


@st.composite
def photos_and_predictions(draw: st.DrawFn) -> Case:
    """One to four photos with products, areas to ignore, and boxes near and far from the products."""
    photos, found = [], []
    for number in range(draw(st.integers(1, 4))):
        products = draw(st.lists(BOX, min_size=number == 0, max_size=6))
        labels = draw(st.lists(st.integers(0, LABELS - 1), min_size=len(products), max_size=len(products)))
        photo = labelled(products, ignored=draw(st.lists(BOX, max_size=2)), region=Box(0, 0, 200, 100))
        photos.append(replace(photo, labels=np.array(labels, dtype=np.int64)))
        near = [box.translated(draw(st.integers(-4, 4)), draw(st.integers(-4, 4))) for box in products]
        boxes = [*near, *draw(st.lists(BOX, max_size=4))]
        # Scores on a coarse scale: equal ones are the difficult ones.
        scores = [draw(st.integers(1, 20)) / 20 for _ in boxes]
        found.append(predictions(boxes, scores, [draw(st.integers(0, LABELS - 1)) for _ in boxes]))
    return photos, found


def with_scores_of_their_own(case: Case) -> Case:
    """The same boxes with scores that are all different: the rank of equal ones is by chance of their order."""
    photos, found = case
    different = []
    for number, one in enumerate(found):
        scores = (np.arange(1, len(one) + 1) / 100 + number / 1000).astype(np.float32)
        different.append(Predictions(one.boxes, scores, one.labels))
    return photos, different


def average_precision(photos: list[LabelledPhoto], found: list[Predictions]) -> float:
    return overall_scores(compare(photos, found, LABELS)).ap


@FEW
@given(photos_and_predictions())
def test_perfect_predictions_score_one(case: Case) -> None:
    photos, _ = case
    distinct = []
    for photo in photos:
        # Two products in one place cannot be told apart, and an area to ignore takes away what lies in it.
        corners, index = np.unique(photo.boxes, axis=0, return_index=True)
        names = (None,) * len(corners)
        distinct.append(replace(photo, boxes=corners, labels=photo.labels[index], products=names, ignored=corners[:0]))
    perfect = [Predictions(p.boxes, np.full(len(p.boxes), 0.9, dtype=np.float32), p.labels) for p in distinct]
    assert average_precision(distinct, perfect) == pytest.approx(1)


@FEW
@given(photos_and_predictions(), st.integers(0, 1000))
def test_the_order_of_photos_and_boxes_does_not_matter(case: Case, seed: int) -> None:
    photos, found = with_scores_of_their_own(case)
    random = np.random.default_rng(seed)
    order = random.permutation(len(photos))
    shuffled = []
    for index in order:
        places = random.permutation(len(found[index]))
        one = found[index]
        shuffled.append(Predictions(one.boxes[places], one.scores[places], one.labels[places]))
    again = average_precision([photos[index] for index in order], shuffled)
    assert again == pytest.approx(average_precision(photos, found))


@FEW
@given(photos_and_predictions(), st.integers(1, 20), st.integers(0, LABELS - 1))
def test_a_false_box_never_raises_ap(case: Case, score: int, label: int) -> None:
    photos, found = case
    # Beyond all products and areas, and inside the region.
    added = predictions([Box(170, 80, 190, 95)], [score / 20], [label])
    worse = Predictions(
        np.concatenate([added.boxes, found[0].boxes]),
        np.concatenate([added.scores, found[0].scores]),
        np.concatenate([added.labels, found[0].labels]),
    )
    assert average_precision(photos, [worse, *found[1:]]) <= average_precision(photos, found) + 1e-12


@FEW
@given(photos_and_predictions())
def test_fewer_comparisons_give_the_same_results(case: Case) -> None:
    photos, found = case
    ranges = [EVERY_SIZE, *COCO_SIZES.values()]
    quick = compare(photos, found, LABELS, ranges)
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()):
        patch.setattr(coco, "DenseCOCOeval", COCOeval)
        original = compare(photos, found, LABELS, ranges)
    np.testing.assert_array_equal(quick.precision, original.precision)
    np.testing.assert_array_equal(quick.recall, original.recall)
    for mine, theirs in zip(quick.images, original.images, strict=True):
        assert (mine is None) == (theirs is None)
        if mine is not None and theirs is not None:
            for name in mine:
                np.testing.assert_array_equal(mine[name], theirs[name], err_msg=name)


@FEW
@given(photos_and_predictions(), st.data())
def test_a_photo_drawn_twice_counts_twice(case: Case, data: st.DataObject) -> None:
    photos, found = with_scores_of_their_own(case)
    ranking = Ranking(matched_photos(compare(photos, found, LABELS), photos))
    once = ranking.average_precision(np.ones(len(photos), dtype=np.int64))
    assert once.mean() == pytest.approx(average_precision(photos, found))
    drawn = data.draw(st.lists(st.integers(0, len(photos) - 1), min_size=1, max_size=6))
    if any(len(photos[index].boxes) for index in drawn):
        expected = average_precision([photos[index] for index in drawn], [found[index] for index in drawn])
        times = np.bincount(drawn, minlength=len(photos))
        assert ranking.average_precision(times).mean() == pytest.approx(expected)


def test_intervals_hold_the_score_and_repeat() -> None:
    random = np.random.default_rng(4)
    photos, found = [], []
    for _ in range(30):
        boxes = [Box(x, 10, x + 12, 40) for x in range(0, 180, 20)]
        photos.append(labelled(boxes, region=Box(0, 0, 200, 100)))
        kept = [box for box in boxes if random.random() < 0.8]
        found.append(predictions(kept, random.uniform(0.4, 1, len(kept)).tolist()))
    matched = matched_photos(compare(photos, found), photos)
    counted, true = counts_at(photos, found, np.array([0.5]))[0], true_counts(photos)
    intervals = bootstrap(matched, counted, true, draws=200)
    assert intervals == bootstrap(matched, counted, true, draws=200)
    assert intervals.ap is not None
    assert intervals.count_error is not None
    low, high = intervals.ap
    assert low < overall_scores(compare(photos, found)).ap < high
    assert 0.03 < high - low < 0.3
    error = float(np.abs(counted - true).sum() / true.sum())
    assert intervals.count_error[0] < error < intervals.count_error[1]


def test_one_photo_says_nothing_about_luck() -> None:
    photo = labelled([Box(0, 0, 10, 10)])
    matched = matched_photos(compare([photo], [predictions([Box(0, 0, 10, 10)])]), [photo])
    assert bootstrap(matched, np.array([1]), np.array([1])).to_json() == {"AP": None, "AP50": None, "count_error": None}
