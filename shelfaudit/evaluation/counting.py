"""How far counts are off, and the threshold of the score at which boxes count best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shelfaudit.datasets.dataset import IntArray, LabelledPhoto
from shelfaudit.evaluation.predictions import Predictions, countable

THRESHOLDS: NDArray[np.float64] = np.round(np.arange(0.05, 0.905, 0.01), 2)
"""The counting thresholds that are tried."""

SMOOTHING = 2
"""Errors are averaged over this many thresholds to both sides before the least is taken."""


@dataclass(frozen=True)
class CountError:
    """The error of counts over some photos, in facings unless said otherwise.

    mae: mean of |counted − true|. rmse: root of the mean square.
    bias: mean of counted − true: above 0 too many are counted.
    relative: Σ |counted − true| ÷ Σ true, so that one photo's surplus does not cancel another's lack; None without
        a product.
    images: photos counted.
    """

    mae: float
    rmse: float
    bias: float
    relative: float | None
    images: int

    @classmethod
    def of(cls, counted: IntArray, true: IntArray) -> CountError:
        """The error of counts (N,) against the truth (N,), one a photo.

        Raises:
            ValueError: there is no photo.
        """
        if not len(true):
            raise ValueError("without a photo there is no count error")
        off = (counted - true).astype(np.float64)
        total = int(true.sum())
        return cls(
            mae=float(np.abs(off).mean()),
            rmse=float(np.sqrt(np.square(off).mean())),
            bias=float(off.mean()),
            relative=float(np.abs(off).sum() / total) if total else None,
            images=len(true),
        )


def true_counts(photos: Sequence[LabelledPhoto]) -> IntArray:
    """Labelled products of each photo, (N,)."""
    return np.array([len(photo.boxes) for photo in photos], dtype=np.int64)


def counts_at(
    photos: Sequence[LabelledPhoto], predictions: Sequence[Predictions], thresholds: NDArray[np.float64]
) -> IntArray:
    """What each photo would be counted as at each threshold, (thresholds, photos)."""
    counts = np.zeros((len(thresholds), len(photos)), dtype=np.int64)
    # In single precision, as the detector compares: a score equal to the threshold counts.
    limits = thresholds.astype(np.float32)
    for column, (photo, found) in enumerate(zip(photos, predictions, strict=True)):
        scores = np.sort(countable(found, photo).scores)
        counts[:, column] = len(scores) - np.searchsorted(scores, limits, side="left")
    return counts


def count_error(photos: Sequence[LabelledPhoto], predictions: Sequence[Predictions], threshold: float) -> CountError:
    """The count error over the photos' regions at one threshold of the score."""
    return CountError.of(counts_at(photos, predictions, np.array([threshold]))[0], true_counts(photos))


def choose_threshold(photos: Sequence[LabelledPhoto], predictions: Sequence[Predictions]) -> tuple[float, float]:
    """The one of `THRESHOLDS` that counts best, and its relative count error.

    Errors are averaged over ± 0.02 before the least is taken: on few photos a single dip is luck. Where several
    thresholds are equally good it is the middle one of them.

    Raises:
        ValueError: no photo has a product.
    """
    true = true_counts(photos)
    if not true.sum():
        raise ValueError("without a labelled product no threshold counts best")
    errors = np.abs(counts_at(photos, predictions, THRESHOLDS) - true).sum(axis=1) / true.sum()
    window = 2 * SMOOTHING + 1
    smooth = np.convolve(np.pad(errors, SMOOTHING, mode="edge"), np.full(window, 1 / window), "valid")
    best = np.flatnonzero(np.isclose(smooth, smooth.min()))
    chosen = int(best[len(best) // 2])
    return float(THRESHOLDS[chosen]), float(errors[chosen])
