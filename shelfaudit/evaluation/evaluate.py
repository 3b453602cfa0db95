"""A detector over labelled photos, by the very path on which the laptop counts: decoding, passes, suppression."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from shelfaudit.datasets.dataset import Dataset, DatasetError, LabelledPhoto
from shelfaudit.detection.detector import Detector
from shelfaudit.detection.model_file import ModelInfo
from shelfaudit.detection.tflite import Network
from shelfaudit.errors import Cancelled, UserError
from shelfaudit.evaluation.coco import compare
from shelfaudit.evaluation.counting import choose_threshold, count_error
from shelfaudit.evaluation.labels import LabelMatch, match_labels
from shelfaudit.evaluation.latency import PhotoSeconds
from shelfaudit.evaluation.predictions import Predictions
from shelfaudit.evaluation.scores import overall_scores
from shelfaudit.photos.decode import DecodedPhoto
from shelfaudit.photos.detection_input import in_photo_pixels, read_for_detection, usable_detections

LEAST_SCORE = 0.02
"""Predictions below it change no score by more than .001 and cost most of the time."""

FIRST_THRESHOLD = 0.4
"""Counting threshold of a model for which none was chosen yet; it selects the boxes that decide the second pass."""

FIRST_NMS_IOU = 0.6


@dataclass(frozen=True)
class Failure:
    """A photo that could not be read, and why."""

    photo: LabelledPhoto
    error: UserError


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a detector found in labelled photos, down to a least score, in the photos' order.

    photos: those that could be read, with the labels that are judged. predictions, seconds: one a photo.
    labels: how the model's labels and the data set's belong together. min_score: the least score looked at.
    failures: the photos that could not be read. stopped: whether the person ended it before the last photo.
    """

    photos: Sequence[LabelledPhoto]
    predictions: Sequence[Predictions]
    seconds: Sequence[PhotoSeconds]
    labels: LabelMatch
    min_score: float = LEAST_SCORE
    failures: Sequence[Failure] = ()
    stopped: bool = False

    def scores(self) -> dict[str, float]:
        """AP, AP50, AP75 and AR300."""
        found = overall_scores(compare(self.photos, self.predictions, len(self.labels.names))).to_json()
        return {name: found[name] for name in ("AP", "AP50", "AP75", "AR300")}

    def count_error(self, threshold: float) -> float:
        """The relative count error; see `counting.CountError`.

        Raises:
            ValueError: no photo has a product.
        """
        relative = count_error(self.photos, self.predictions, threshold).relative
        if relative is None:
            raise ValueError("without a labelled product there is no count error")
        return round(relative, 4)

    def best_threshold(self) -> float:
        """The counting threshold with the least count error."""
        return choose_threshold(self.photos, self.predictions)[0]


def candidate(input_size: int, target_side: float | None = None) -> ModelInfo:
    """The metadata of a network that has not been chosen yet."""
    return ModelInfo(
        name="candidate",
        version="",
        file=Path("candidate"),
        sha256="",
        input_size=input_size,
        labels=("product",),
        counting_threshold=FIRST_THRESHOLD,
        nms_iou=FIRST_NMS_IOU,
        target_side=target_side,
        scores=MappingProxyType({}),
    )


def evaluate(network: Network, info: ModelInfo, photos: Sequence[LabelledPhoto]) -> Evaluation:
    """Run a network over photos whose labels are the network's own (or any, where it knows one label only).

    Raises:
        UserError: a photo cannot be read.
        Cancelled: the network said so.
    """
    known = max((int(photo.labels.max(initial=0)) + 1 for photo in photos), default=1)
    names = info.labels if known <= len(info.labels) else tuple(map(str, range(known)))
    evaluation = evaluate_detector(Detector(network, info), Dataset(names, tuple(photos)))
    if evaluation.failures:
        raise evaluation.failures[0].error
    if evaluation.stopped:
        raise Cancelled
    return evaluation


def evaluate_detector(
    detector: Detector,
    dataset: Dataset,
    *,
    class_agnostic: bool = False,
    min_score: float = LEAST_SCORE,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Evaluation:
    """Run a detector over a data set; photos that cannot be read are left out and named.

    Args:
        class_agnostic: judge boxes whatever their label.
        min_score: lowest score kept.

    Raises:
        DatasetError: the model and the data set share no label.
    """
    labels = match_labels(detector.info.labels, dataset.labels, class_agnostic=class_agnostic)
    photos, predictions, seconds, failures = [], [], [], []
    stopped = False
    for done, photo in enumerate(dataset.photos):
        progress(done, len(dataset.photos))
        try:
            if stopped := cancelled():
                break
            started = time.perf_counter()
            decoded = _read(photo)
            read = time.perf_counter()
            found = usable_detections(
                detector.detect(decoded.pixels, min_score=min_score, cancelled=cancelled), decoded
            )
            seconds.append(PhotoSeconds(read - started, time.perf_counter() - read))
        except Cancelled:
            stopped = True
            break
        except UserError as error:
            failures.append(Failure(photo, error))
        else:
            photos.append(labels.photo(photo))
            predictions.append(labels.predictions(in_photo_pixels(found.boxes, decoded), found.scores, found.labels))
    progress(len(dataset.photos), len(dataset.photos))
    return Evaluation(photos, predictions, seconds, labels, min_score, failures, stopped)


def _read(photo: LabelledPhoto) -> DecodedPhoto:
    """The photo as the laptop reads it. Raises UserError: it cannot be read, or its labels are for another size."""
    decoded = read_for_detection(photo.file)
    if (decoded.width, decoded.height) != (photo.width, photo.height):
        raise DatasetError(
            f"The upright photo has {decoded.width} × {decoded.height} pixels, "
            f"its labels say {photo.width} × {photo.height}.",
            advice="Check the orientation of photo and labels.",
            file=photo.file,
        )
    return decoded
