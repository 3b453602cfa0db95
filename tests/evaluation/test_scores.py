from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("pycocotools", reason="needs the extra `train`")

from shelfaudit.datasets.dataset import LabelledPhoto
from shelfaudit.domain.geometry import Box
from shelfaudit.evaluation.coco import compare
from shelfaudit.evaluation.predictions import Predictions, countable
from shelfaudit.evaluation.scores import (
    DetectionScores,
    overall_scores,
    precision_recall,
    scores_by_label,
    scores_by_size,
)
from tests.evaluation.makers import GRID, predictions
from tests.training.makers import labelled

WHOLE = Box(0, 0, 200, 100)


def scores(photos: list[LabelledPhoto], found: list[Predictions], labels: int = 1) -> DetectionScores:
    return overall_scores(compare(photos, found, labels))


def with_labels(boxes: list[Box], labels: list[int]) -> LabelledPhoto:
    return replace(labelled(boxes, region=WHOLE), labels=np.array(labels, dtype=np.int64))


def test_perfect_boxes_score_one_even_beyond_every_usual_limit() -> None:
    photo = labelled(GRID, size=(300, 300), region=Box(0, 0, 300, 300))
    assert len(GRID) == 900
    found = scores([photo], [predictions(GRID)])
    assert found.ap == found.ap50 == found.ap75 == found.recall == found.recall50 == pytest.approx(1)
    assert found.ar300 == pytest.approx(1 / 3)


def test_boxes_are_not_read_as_corner_and_size() -> None:
    photo = labelled([Box(100, 50, 140, 90)], region=WHOLE)
    shifted = [Box(104, 50, 144, 90)]  # IoU 36 / 44 = .82: right at .50 to .80, wrong at .85 to .95
    found = scores([photo], [predictions(shifted)])
    assert found.ap == pytest.approx(0.7)
    assert [found.ap50, found.ap75] == pytest.approx([1, 1])


def test_corners_given_as_corner_and_size_would_show() -> None:
    """The trap of a published AP of .685 that was .186: what corners taken for x, y, width, height would score here."""
    right = [Box(10, 10, 30, 40), Box(50, 20, 70, 60), Box(120, 30, 150, 80)]
    photo = labelled(right, region=WHOLE)
    mistaken = [Box.from_xywh(*box.as_tuple()) for box in right]
    assert scores([photo], [predictions(right)]).ap == pytest.approx(1)
    assert scores([photo], [predictions(mistaken)]).ap50 < 0.5


def test_no_predictions_score_zero() -> None:
    found = scores([labelled([Box(0, 0, 10, 10)], region=WHOLE)], [predictions([])])
    assert found == DetectionScores(0, 0, 0, 0, 0, 0)


def test_a_photo_without_products_holds_false_boxes_against_the_detector() -> None:
    full = labelled([Box(0, 0, 20, 20)], region=WHOLE)
    empty = labelled([], region=WHOLE)
    found = [predictions([Box(0, 0, 20, 20)], [0.5]), predictions([Box(0, 0, 20, 20)], [0.9])]
    assert scores([full, empty], found).ap == pytest.approx(0.5)


def test_predictions_outside_the_region_are_not_judged() -> None:
    photo = labelled([Box(0, 0, 20, 20)], region=Box(0, 0, 50, 100))
    found = predictions([Box(60, 0, 80, 20), Box(0, 0, 20, 20), Box(120, 50, 150, 90)], [0.99, 0.5, 0.98])
    assert scores([photo], [found]).ap == pytest.approx(1)
    assert countable(found, photo).scores.tolist() == [0.5]


def test_a_photo_without_a_region_is_judged_all_over() -> None:
    photo = labelled([Box(0, 0, 20, 20)])
    assert photo.region is None
    found = predictions([Box(170, 70, 190, 90), Box(0, 0, 20, 20)], [0.99, 0.5])
    assert scores([photo], [found]).ap == pytest.approx(0.5)


def test_a_false_box_in_the_region_costs() -> None:
    photo = labelled([Box(0, 0, 20, 20)], region=WHOLE)
    found = predictions([Box(60, 0, 80, 20), Box(0, 0, 20, 20)], [0.99, 0.5])
    assert scores([photo], [found]).ap == pytest.approx(0.5)


def test_areas_to_ignore_excuse_what_lies_in_them_whatever_its_label() -> None:
    photo = labelled([Box(0, 0, 20, 20)], ignored=[Box(50, 0, 100, 50)], region=WHOLE)
    found = predictions([Box(60, 5, 80, 25), Box(65, 20, 85, 40), Box(0, 0, 20, 20)], [0.99, 0.98, 0.5], [0, 1, 0])
    assert scores([photo], [found], labels=2).ap == pytest.approx(1)
    assert len(countable(found, photo)) == 1


def test_labels_are_scored_apart_and_averaged() -> None:
    photo = with_labels([Box(0, 0, 20, 20), Box(40, 0, 60, 20), Box(80, 0, 100, 20)], [0, 1, 1])
    found = predictions([Box(0, 0, 20, 20), Box(40, 0, 60, 20)], labels=[0, 0])
    comparison = compare([photo], [found], 3)
    first, second, third = scores_by_label(comparison, [photo], ("cola", "lemon", "water"))
    assert (first.name, first.boxes) == ("cola", 1)
    assert first.ap == pytest.approx(1)
    assert (second.name, second.boxes, second.ap) == ("lemon", 2, 0), "the right place with the wrong label is wrong"
    assert (third.boxes, third.ap, third.to_json()["AP"]) == (0, None, None)
    assert overall_scores(comparison).ap == pytest.approx(0.5), "labels without a product are in no mean"


def test_sizes_are_scored_apart() -> None:
    small, medium, large = Box(0, 0, 10, 10), Box(20, 0, 70, 50), Box(80, 0, 180, 100)
    photo = labelled([small, medium, large], region=WHOLE)
    absolute, quarters = scores_by_size([photo], [predictions([small, large])], 1)
    assert [(group.name, group.boxes) for group in absolute] == [("small", 1), ("medium", 1), ("large", 1)]
    assert [group.ap for group in absolute] == [pytest.approx(1), 0, pytest.approx(1)]
    assert sum(group.boxes for group in quarters) == 3
    assert quarters[0].to_json()["from"] == 0
    assert quarters[-1].to_json()["to"] is None


def test_quarters_go_by_the_share_of_the_photo() -> None:
    near = labelled([Box(0, 0, 50, 50)] * 2, size=(100, 100))
    far = labelled([Box(0, 0, 100, 100)] * 2, size=(1000, 1000))
    _, quarters = scores_by_size([near, far], [predictions([Box(0, 0, 50, 50)] * 2), predictions([])], 1)
    assert [group.ap for group in quarters[:1]] == [0], "the small ones of the far photo, though they have more pixels"
    assert quarters[-1].ap == pytest.approx(1)


def test_a_curve_of_precision() -> None:
    photo = labelled([Box(0, 0, 20, 20), Box(40, 0, 60, 20)], region=WHOLE)
    comparison = compare([photo], [predictions([Box(0, 0, 20, 20)])])
    curve = precision_recall(comparison, 0.75)
    assert curve.precision[:51].tolist() == pytest.approx([1] * 51)
    assert curve.precision[51:].tolist() == [0] * 50


def test_what_cannot_be_scored_is_refused() -> None:
    photo = labelled([Box(0, 0, 1, 1)])
    with pytest.raises(ValueError, match="1 photos but 2"):
        compare([photo], [predictions([]), predictions([])])
    with pytest.raises(ValueError, match="without a labelled product"):
        compare([labelled([])], [predictions([Box(0, 0, 1, 1)])])
    with pytest.raises(ValueError, match="labels"):
        Predictions(photo.boxes, np.zeros(1, dtype=np.float32), np.zeros(2, dtype=np.int64))
