"""Everything that is known after an evaluation, as plain data: what the report draws and `--json` prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shelfaudit.datasets.dataset import LabelledPhoto
from shelfaudit.detection.model_file import ModelInfo
from shelfaudit.errors import UserError
from shelfaudit.evaluation.bootstrap import Intervals, bootstrap
from shelfaudit.evaluation.calibration import Calibration, calibrate
from shelfaudit.evaluation.coco import compare
from shelfaudit.evaluation.counting import CountError, choose_threshold, counts_at, true_counts
from shelfaudit.evaluation.evaluate import Evaluation
from shelfaudit.evaluation.latency import Latency
from shelfaudit.evaluation.matching import MatchedPhoto, ThresholdScores, matched_photos, scores_at
from shelfaudit.evaluation.predictions import is_partly_judged
from shelfaudit.evaluation.scores import (
    DetectionScores,
    GroupScores,
    PrecisionRecall,
    overall_scores,
    precision_recall,
    scores_by_label,
    scores_by_size,
)

CURVE_THRESHOLDS = np.round(np.arange(0.05, 0.955, 0.01), 2)
"""The thresholds of the curves."""


@dataclass(frozen=True)
class PhotoResult:
    """One photo at the counting threshold: labelled and counted products, products missed and boxes on none."""

    photo: LabelledPhoto
    match: MatchedPhoto
    true: int
    counted: int
    missed: int
    false: int

    def to_json(self) -> dict[str, object]:
        return {
            "file": str(self.photo.file),
            "true": self.true,
            "counted": self.counted,
            "missed": self.missed,
            "false": self.false,
        }


@dataclass(frozen=True)
class ThresholdPoint:
    """One threshold of the curves."""

    scores: ThresholdScores
    count: CountError


@dataclass(frozen=True)
class EvaluationResult:
    """What an evaluation says about a model; see the fields' types.

    by_size: COCO's classes, then quarters of the products. best_threshold: the one that counts best on these photos,
    and its relative count error: to be compared with the model's own, not to be quoted as its error.
    """

    model: ModelInfo
    dataset: Path
    evaluation: Evaluation
    scores: DetectionScores
    intervals: Intervals
    by_label: tuple[GroupScores, ...]
    by_size: tuple[GroupScores, ...]
    at_threshold: ThresholdScores
    count: CountError
    best_threshold: tuple[float, float]
    calibration: Calibration
    latency: Latency
    curves: tuple[PrecisionRecall, PrecisionRecall]
    thresholds: tuple[ThresholdPoint, ...]
    photos: tuple[PhotoResult, ...]

    def to_json(self) -> dict[str, object]:
        """The whole result but for the curves, as JSON takes it."""
        evaluation, labels = self.evaluation, self.evaluation.labels
        threshold, error = self.best_threshold
        return {
            "model": {
                "name": self.model.name,
                "version": self.model.version,
                "sha256": self.model.sha256,
                "file": str(self.model.file),
            },
            "dataset": {
                "file": str(self.dataset),
                "images": len(evaluation.photos),
                "boxes": sum(len(photo.boxes) for photo in evaluation.photos),
                "regions": sum(map(is_partly_judged, evaluation.photos)),
            },
            "labels": {
                "judged": list(labels.names),
                "class_agnostic": labels.class_agnostic,
                "note": labels.note or None,
            },
            "scores": self.scores.to_json(),
            "intervals": self.intervals.to_json(),
            "per_size": {group.name: group.to_json() for group in self.by_size},
            "per_class": {
                "mean": {"AP": self.scores.to_json()["AP"], "AP50": self.scores.to_json()["AP50"]},
                "labels": {group.name: group.to_json() for group in self.by_label},
            },
            "at_threshold": self.at_threshold.to_json(),
            "count": {
                "mae": round(self.count.mae, 4),
                "rmse": round(self.count.rmse, 4),
                "relative": round(self.count.relative or 0.0, 4),
                "bias": round(self.count.bias, 4),
                "images": self.count.images,
            },
            "best_threshold": {"threshold": threshold, "relative": round(error, 4)},
            "calibration": self.calibration.to_json(),
            "latency": self.latency.to_json(),
            "min_score": evaluation.min_score,
            "photos": [entry.to_json() for entry in self.photos],
            "failures": [
                {"file": str(failure.photo.file), "error": failure.error.message} for failure in evaluation.failures
            ],
            "stopped": evaluation.stopped,
        }

    def worst_photos(self, at_most: int) -> list[PhotoResult]:
        """The photos to look at first: the largest count error, then the most misses and false boxes."""
        wrong = [entry for entry in self.photos if entry.missed or entry.false or entry.counted != entry.true]
        wrong.sort(key=lambda entry: (abs(entry.counted - entry.true), entry.missed + entry.false), reverse=True)
        return wrong[:at_most]


def summarise(evaluation: Evaluation, model: ModelInfo, dataset: Path, *, seed: int = 1) -> EvaluationResult:
    """The result of an evaluation at the model's own counting threshold.

    Raises:
        UserError: no photo could be read, or none has a product.
    """
    photos, predictions = evaluation.photos, evaluation.predictions
    if not photos:
        first = evaluation.failures[0].error.message if evaluation.failures else "The data set is empty."
        raise UserError(f"None of the photos could be judged. {first}", file=dataset)
    if not any(len(photo.boxes) for photo in photos):
        raise UserError(
            "No product is labelled in these photos.", advice="Without labels there is nothing to score.", file=dataset
        )
    labels = evaluation.labels.names
    comparison = compare(photos, predictions, len(labels))
    matched = matched_photos(comparison, photos)
    threshold = model.counting_threshold
    true, counted = true_counts(photos), counts_at(photos, predictions, np.array([threshold]))[0]
    absolute, quarters = scores_by_size(photos, predictions, len(labels))
    curve_counts = counts_at(photos, predictions, CURVE_THRESHOLDS)
    return EvaluationResult(
        model=model,
        dataset=dataset,
        evaluation=evaluation,
        scores=overall_scores(comparison),
        intervals=bootstrap(matched, counted, true, seed=seed),
        by_label=scores_by_label(comparison, photos, labels),
        by_size=(*absolute, *quarters),
        at_threshold=scores_at(matched, np.array([threshold]))[0],
        count=CountError.of(counted, true),
        best_threshold=choose_threshold(photos, predictions),
        calibration=calibrate(matched),
        latency=Latency.of(evaluation.seconds),
        curves=(precision_recall(comparison, 0.5), precision_recall(comparison, 0.75)),
        thresholds=tuple(
            ThresholdPoint(scores, CountError.of(row, true))
            for scores, row in zip(scores_at(matched, CURVE_THRESHOLDS), curve_counts, strict=True)
        ),
        photos=_photo_results(photos, matched, true.tolist(), counted.tolist(), threshold),
    )


def _photo_results(
    photos: Sequence[LabelledPhoto],
    matched: Sequence[MatchedPhoto],
    true: Sequence[int],
    counted: Sequence[int],
    threshold: float,
) -> tuple[PhotoResult, ...]:
    return tuple(
        PhotoResult(
            photo, match, products, count, int(match.missed_at(threshold).sum()), int(match.false_at(threshold).sum())
        )
        for photo, match, products, count in zip(photos, matched, true, counted, strict=True)
    )
