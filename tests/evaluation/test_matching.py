from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("pycocotools", reason="needs the extra `train`")

from shelfaudit.domain.geometry import Box
from shelfaudit.evaluation.calibration import calibrate
from shelfaudit.evaluation.coco import compare
from shelfaudit.evaluation.matching import matched_photos, scores_at
from tests.evaluation.makers import predictions
from tests.training.makers import labelled

WHOLE = Box(0, 0, 200, 100)
FIRST, SECOND, ELSEWHERE = Box(0, 0, 20, 20), Box(40, 0, 60, 20), Box(150, 50, 170, 70)


def test_who_found_whom() -> None:
    photo = labelled([FIRST, SECOND], ignored=[Box(80, 0, 120, 50)], region=WHOLE)
    found = predictions([ELSEWHERE, SECOND, Box(90, 5, 110, 25), Box(40, 2, 60, 22)], [0.3, 0.8, 0.7, 0.6])
    (match,) = matched_photos(compare([photo], [found]), [photo])
    assert match.right_at(0.0).tolist() == [False, True, False, False]
    assert match.false_at(0.0).tolist() == [True, False, False, True], "a second box on a product is on none"
    assert match.false_at(0.5).tolist() == [False, False, False, True]
    assert match.excused[0].tolist() == [False, False, True, False]
    assert match.missed_at(0.0).tolist() == [True, False]
    assert match.missed_at(0.8).tolist() == [True, False], "a score that equals the threshold counts"
    assert match.missed_at(0.81).tolist() == [True, True]


def test_precision_and_recall_at_a_fixed_threshold() -> None:
    photos = [labelled([FIRST, SECOND], region=WHOLE), labelled([], region=WHOLE), labelled([FIRST], region=WHOLE)]
    found = [
        predictions([FIRST, SECOND, ELSEWHERE], [0.9, 0.4, 0.6]),
        predictions([FIRST], [0.55]),
        predictions([]),
    ]
    at = scores_at(matched_photos(compare(photos, found), photos), np.array([0.5, 0.95]))
    assert [at[0].precision, at[0].recall, at[0].f1] == pytest.approx([1 / 3] * 3)
    assert (at[1].precision, at[1].recall, at[1].f1) == (None, 0, 0)


def test_matches_belong_to_their_label() -> None:
    photo = replace(labelled([FIRST, SECOND], region=WHOLE), labels=np.array([0, 1]))
    found = predictions([FIRST, SECOND], [0.9, 0.8], [0, 0])
    (match,) = matched_photos(compare([photo], [found], 2), [photo])
    assert match.right_at(0.5).tolist() == [True, False]
    assert match.missed_at(0.5).tolist() == [False, True]


def test_calibration() -> None:
    photo = labelled([FIRST, SECOND], ignored=[Box(80, 0, 120, 50)], region=WHOLE)
    found = predictions([FIRST, ELSEWHERE, SECOND, Box(90, 5, 110, 25)], [0.95, 0.85, 0.81, 0.83])
    calibration = calibrate(matched_photos(compare([photo], [found]), [photo]))
    low, high = calibration.bins
    assert (low.low, low.high, low.count, low.precision) == (0.8, 0.9, 2, 0.5), "what is excused is not counted"
    assert (high.count, high.precision) == (1, 1)
    assert calibration.error == pytest.approx((2 * 0.33 + 1 * 0.05) / 3, abs=1e-5)


def test_a_score_of_one_is_in_the_last_bin() -> None:
    photo = labelled([FIRST], region=WHOLE)
    calibration = calibrate(matched_photos(compare([photo], [predictions([FIRST], [1.0])]), [photo]))
    assert [(entry.low, entry.count) for entry in calibration.bins] == [(0.9, 1)]
    assert calibration.error == 0
    nothing = calibrate(matched_photos(compare([photo], [predictions([])]), [photo]))
    assert (nothing.error, nothing.bins) == (None, ())
