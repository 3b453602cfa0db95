from __future__ import annotations

import numpy as np
import pytest

from shelfaudit.domain.geometry import Box
from shelfaudit.evaluation.counting import CountError, choose_threshold, count_error, counts_at
from tests.evaluation.makers import predictions
from tests.training.makers import labelled

PAIR = [Box(0, 0, 10, 10), Box(20, 0, 30, 10)]


def test_count_error_adds_up_photo_by_photo() -> None:
    found = [predictions(PAIR[:1]), predictions(PAIR[:1] * 3)]
    error = count_error([labelled(PAIR), labelled(PAIR)], found, 0.5)
    # One too few and one too many do not cancel each other, but in the bias they do.
    assert error == CountError(mae=1, rmse=1, bias=0, relative=0.5, images=2)


def test_count_errors_of_several_sizes() -> None:
    error = CountError.of(np.array([10, 4, 0]), np.array([7, 4, 1]))
    assert error.mae == pytest.approx(4 / 3)
    assert error.rmse == pytest.approx(np.sqrt(10 / 3))
    assert error.bias == pytest.approx(2 / 3)
    assert error.relative == pytest.approx(4 / 12)


def test_without_products_there_is_no_relative_error() -> None:
    assert CountError.of(np.array([2]), np.array([0])) == CountError(2, 2, 2, None, 1)
    with pytest.raises(ValueError, match="without a photo"):
        CountError.of(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


def test_a_score_that_equals_the_threshold_counts() -> None:
    found = predictions(PAIR, [0.51, 0.5])
    assert counts_at([labelled(PAIR)], [found], np.array([0.5, 0.51, 0.52])).tolist() == [[2], [1], [0]]


def test_the_threshold_counts_best() -> None:
    found = predictions([*PAIR, Box(50, 0, 60, 10)], [0.9, 0.6, 0.3])
    threshold, error = choose_threshold([labelled(PAIR)], [found])
    assert 0.3 < threshold <= 0.6
    assert error == 0


def test_a_single_lucky_threshold_is_not_taken() -> None:
    photo = labelled([Box(0, 0, 10, 10)] * 10)
    # Exactly ten boxes count at .31 alone: below it are 18, and then 7 up to .60.
    scores = [0.305] * 8 + [0.315] * 3 + [0.6] * 7
    threshold, error = choose_threshold([photo], [predictions([Box(0, 0, 10, 10)] * len(scores), scores)])
    assert 0.31 < threshold < 0.6
    assert error == pytest.approx(0.3)


def test_without_products_no_threshold_is_best() -> None:
    with pytest.raises(ValueError, match="without a labelled product"):
        choose_threshold([labelled([])], [predictions([])])
