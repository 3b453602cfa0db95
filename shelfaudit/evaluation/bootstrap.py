"""How sure the scores are: intervals by the bootstrap over photos (Efron and Tibshirani, 1993, chapter 13).

Photos are drawn again and again with replacement, because boxes of one photo succeed and fail together. COCO's
average precision of such a draw needs no new matching: a photo drawn twice counts twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shelfaudit.datasets.dataset import IntArray
from shelfaudit.evaluation.coco import IOUS
from shelfaudit.evaluation.matching import MatchedPhoto

DRAWS = 500
LEVEL = 0.95
RECALLS: NDArray[np.float64] = np.linspace(0, 1, 101)

Interval = tuple[float, float]


@dataclass(frozen=True)
class Intervals:
    """95 % intervals (percentiles of `DRAWS` draws of photos); None where too few photos have a product."""

    ap: Interval | None
    ap50: Interval | None
    count_error: Interval | None

    def to_json(self) -> dict[str, object]:
        named = {"AP": self.ap, "AP50": self.ap50, "count_error": self.count_error}
        return {name: None if pair is None else [round(end, 4) for end in pair] for name, pair in named.items()}


def bootstrap(
    matched: Sequence[MatchedPhoto], counted: IntArray, true: IntArray, *, draws: int = DRAWS, seed: int = 1
) -> Intervals:
    """Intervals of AP, AP50 and the relative count error; the same seed gives the same ones.

    Args:
        counted, true: facings of each photo at the threshold, (photos,).
    """
    if len(matched) < 2:
        return Intervals(None, None, None)
    random = np.random.default_rng(seed)
    ranking = Ranking(matched)
    precisions, errors = [], []
    for _ in range(draws):
        times = np.bincount(random.integers(len(matched), size=len(matched)), minlength=len(matched))
        if total := int((times * true).sum()):
            precisions.append(ranking.average_precision(times))
            errors.append(float((times * np.abs(counted - true)).sum() / total))
    if not precisions:
        return Intervals(None, None, None)
    per_iou = np.array(precisions)
    return Intervals(_interval(per_iou.mean(axis=1)), _interval(per_iou[:, 0]), _interval(np.array(errors)))


class Ranking:
    """All judged boxes of some photos by label, best score first, ready to be averaged with photos weighted anew."""

    def __init__(self, matched: Sequence[MatchedPhoto]) -> None:
        scores = np.concatenate([photo.predictions.scores for photo in matched])
        # As COCO ranks: a stable sort from the best down.
        order = np.argsort(-scores, kind="mergesort")
        photos = np.repeat(np.arange(len(matched)), [len(photo.predictions) for photo in matched])[order]
        labels = np.concatenate([photo.predictions.labels for photo in matched])[order]
        right = np.concatenate([photo.right for photo in matched], axis=1)[:, order]
        excused = np.concatenate([photo.excused for photo in matched], axis=1)[:, order]
        known = np.unique(np.concatenate([photo.product_labels for photo in matched]))
        self._labels = [
            (
                photos[labels == label],
                right[:, labels == label],
                ~(right | excused)[:, labels == label],
                np.array([np.count_nonzero(photo.product_labels == label) for photo in matched]),
            )
            for label in known.tolist()
        ]

    def average_precision(self, times: IntArray) -> NDArray[np.float64]:
        """COCO's AP at each of `IOUS`, the mean of the labels that have a product, each photo counted `times` times."""
        found = [
            _interpolated(times[photos] * right, times[photos] * wrong, int((times * products).sum()))
            for photos, right, wrong, products in self._labels
            if (times * products).any()
        ]
        return np.mean(found, axis=0) if found else np.zeros(len(IOUS))


def _interpolated(right: NDArray[np.int64], wrong: NDArray[np.int64], products: int) -> NDArray[np.float64]:
    """Average precision over `RECALLS` for each row of ranked right and wrong boxes (IoU, N)."""
    hits, misses = np.cumsum(right, axis=1), np.cumsum(wrong, axis=1)
    recall = hits / products
    precision = hits / np.maximum(hits + misses, 1)
    # The best precision at this recall or a higher one.
    envelope = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    averages = np.zeros(len(right))
    for row in range(len(right)):
        places = np.searchsorted(recall[row], RECALLS, side="left")
        averages[row] = envelope[row, places[places < recall.shape[1]]].sum() / len(RECALLS)
    return averages


def _interval(values: NDArray[np.float64]) -> Interval:
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
    return low, high
