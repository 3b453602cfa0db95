from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("pycocotools", reason="needs the extra `train`")
pytestmark = pytest.mark.training

from shelfaudit.domain.geometry import Box, FloatArray  # noqa: E402
from shelfaudit.evaluation.scoring import (  # noqa: E402
    Predictions,
    choose_threshold,
    count_error,
    countable,
    detection_scores,
)
from tests.training.makers import labelled  # noqa: E402


def predictions(boxes: list[Box], scores: list[float] | None = None) -> Predictions:
    array: FloatArray = np.array([box.as_tuple() for box in boxes], dtype=np.float32).reshape(-1, 4)
    return array, np.array(scores if scores is not None else [0.9] * len(boxes), dtype=np.float32)


GRID = [Box(x, y, x + 8, y + 8) for y in range(0, 300, 10) for x in range(0, 300, 10)]


def test_perfect_boxes_score_one_even_beyond_every_usual_limit() -> None:
    photo = labelled(GRID, size=(300, 300), region=Box(0, 0, 300, 300))
    assert len(GRID) == 900
    scores = detection_scores([photo], [predictions(GRID)])
    assert scores.ap == scores.ap50 == scores.ap75 == pytest.approx(1)
    assert scores.ar300 == pytest.approx(1 / 3)


def test_boxes_are_not_read_as_corner_and_size() -> None:
    boxes = [Box(100, 50, 140, 90)]
    photo = labelled(boxes, region=Box(0, 0, 200, 100))
    shifted = [Box(104, 50, 144, 90)]  # IoU 36 / 44 = .82: right at .50 to .80, wrong at .85 to .95
    assert detection_scores([photo], [predictions(shifted)]).ap == pytest.approx(0.7)


def test_no_predictions_score_zero() -> None:
    photo = labelled([Box(0, 0, 10, 10)], region=Box(0, 0, 200, 100))
    assert detection_scores([photo], [predictions([])]).ap == 0


def test_predictions_outside_the_region_are_not_judged() -> None:
    photo = labelled([Box(0, 0, 20, 20)], region=Box(0, 0, 50, 100))
    found = [Box(60, 0, 80, 20), Box(0, 0, 20, 20), Box(120, 50, 150, 90)]
    assert detection_scores([photo], [predictions(found, [0.99, 0.5, 0.98])]).ap == pytest.approx(1)
    assert countable(predictions(found), photo).tolist() == pytest.approx([0.9])


def test_a_false_box_in_the_region_costs() -> None:
    photo = labelled([Box(0, 0, 20, 20)], region=Box(0, 0, 200, 100))
    found = [Box(60, 0, 80, 20), Box(0, 0, 20, 20)]
    assert detection_scores([photo], [predictions(found, [0.99, 0.5])]).ap == pytest.approx(0.5)


def test_areas_to_ignore_excuse_what_lies_in_them() -> None:
    photo = labelled([Box(0, 0, 20, 20)], ignored=[Box(50, 0, 100, 50)], region=Box(0, 0, 200, 100))
    found = [Box(60, 5, 80, 25), Box(0, 0, 20, 20)]
    assert detection_scores([photo], [predictions(found, [0.99, 0.5])]).ap == pytest.approx(1)
    assert len(countable(predictions(found), photo)) == 1


def test_count_error_adds_up_photo_by_photo() -> None:
    first = labelled([Box(0, 0, 10, 10), Box(20, 0, 30, 10)])
    second = labelled([Box(0, 0, 10, 10), Box(20, 0, 30, 10)])
    found = [predictions([Box(0, 0, 10, 10)]), predictions([Box(0, 0, 10, 10)] * 3)]
    # One too few and one too many do not cancel each other.
    assert count_error([first, second], found, 0.5) == pytest.approx(0.5)


def test_the_threshold_counts_best() -> None:
    photo = labelled([Box(0, 0, 10, 10), Box(20, 0, 30, 10)])
    found = predictions([Box(0, 0, 10, 10), Box(20, 0, 30, 10), Box(50, 0, 60, 10)], [0.9, 0.6, 0.3])
    threshold, error = choose_threshold([photo], [found])
    assert 0.3 < threshold <= 0.6
    assert error == 0


def test_a_single_lucky_threshold_is_not_taken() -> None:
    photo = labelled([Box(0, 0, 10, 10)] * 10)
    # Exactly ten boxes count at .31 alone: below it are 18, and then 7 up to .60.
    scores = [0.305] * 8 + [0.315] * 3 + [0.6] * 7
    threshold, error = choose_threshold([photo], [predictions([Box(0, 0, 10, 10)] * len(scores), scores)])
    assert 0.31 < threshold < 0.6
    assert error == pytest.approx(0.3)


def test_mismatched_lists_are_refused() -> None:
    with pytest.raises(ValueError, match="1 photos but 2"):
        detection_scores([labelled([Box(0, 0, 1, 1)])], [predictions([]), predictions([])])
