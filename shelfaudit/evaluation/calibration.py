"""Whether a score means what it says: of the boxes scored .8, are 80 % products?

Guo et al., "On Calibration of Modern Neural Networks" (ICML 2017): expected calibration error over bins of the score.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shelfaudit.evaluation.matching import AT_HALF, MatchedPhoto

BINS = 10


@dataclass(frozen=True)
class CalibrationBin:
    """The boxes whose score is in [low, high): their number, mean score, and the share that found a product."""

    low: float
    high: float
    count: int
    mean_score: float
    precision: float


@dataclass(frozen=True)
class Calibration:
    """error: Σ n ÷ N · |mean score − precision| over the bins that have a box; None without a box."""

    error: float | None
    bins: tuple[CalibrationBin, ...]

    def to_json(self) -> dict[str, object]:
        return {
            "error": None if self.error is None else round(self.error, 4),
            "bins": [
                {
                    "from": entry.low,
                    "to": entry.high,
                    "n": entry.count,
                    "mean_score": round(entry.mean_score, 4),
                    "precision": round(entry.precision, 4),
                }
                for entry in self.bins
            ],
        }


def calibrate(matched: Sequence[MatchedPhoto]) -> Calibration:
    """How well the scores of the judged boxes predict that a box is a product, at IoU .5; bins of equal width."""
    judged = [~photo.excused[AT_HALF] for photo in matched]
    scores = np.concatenate([photo.predictions.scores[kept] for photo, kept in zip(matched, judged, strict=True)])
    right = np.concatenate([photo.right[AT_HALF][kept] for photo, kept in zip(matched, judged, strict=True)])
    places = np.clip((scores.astype(np.float64) * BINS).astype(np.int64), 0, BINS - 1)
    bins = [
        CalibrationBin(
            place / BINS,
            (place + 1) / BINS,
            int(inside.sum()),
            float(scores[inside].mean()),
            float(right[inside].mean()),
        )
        for place in range(BINS)
        if (inside := places == place).any()
    ]
    if not bins:
        return Calibration(None, ())
    error = sum(entry.count * abs(entry.mean_score - entry.precision) for entry in bins) / len(scores)
    return Calibration(error, tuple(bins))
