"""Scores of a detector on labelled regions: `python -m shelfaudit.evaluation.evaluate MODEL.tflite LABELS.json`.

Photos go through the very detector that the laptop runs, both passes of it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from shelfaudit.datasets.coco import load_coco
from shelfaudit.datasets.dataset import LabelledPhoto
from shelfaudit.detection.detector import Detector
from shelfaudit.detection.model_file import ModelInfo, read_model_info
from shelfaudit.detection.tflite import Network, TfliteNetwork
from shelfaudit.evaluation.scoring import Predictions, choose_threshold, count_error, detection_scores

LEAST_SCORE = 0.02
"""Predictions below it change no score by more than .001 and cost most of the time."""

FIRST_THRESHOLD = 0.4
"""Counting threshold of a model for which none was chosen yet; it selects the boxes that decide the second pass."""

FIRST_NMS_IOU = 0.6


@dataclass(frozen=True)
class Evaluation:
    """What a detector found in labelled photos, down to `LEAST_SCORE`, in the photos' order."""

    photos: Sequence[LabelledPhoto]
    predictions: list[Predictions]

    def scores(self) -> dict[str, float]:
        """AP, AP50, AP75 and AR300."""
        found = detection_scores(self.photos, self.predictions)
        return {
            "AP": round(found.ap, 4),
            "AP50": round(found.ap50, 4),
            "AP75": round(found.ap75, 4),
            "AR300": round(found.ar300, 4),
        }

    def count_error(self, threshold: float) -> float:
        """See `scoring.count_error`."""
        return round(count_error(self.photos, self.predictions, threshold), 4)

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
    """Run the detector over the photos."""
    detector = Detector(network, info)
    predictions = []
    for photo in photos:
        found = detector.detect(photo.read(), min_score=LEAST_SCORE)
        predictions.append((found.boxes, found.scores))
    return Evaluation(photos, predictions)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Scores of a model file on labelled regions.")
    parser.add_argument("model", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--one-pass", action="store_true", help="each whole photo as one input only")
    options = parser.parse_args(arguments)
    info = read_model_info(options.model)
    if options.one_pass:
        info = replace(info, target_side=None)
    evaluation = evaluate(TfliteNetwork(options.model, 2), info, load_coco(options.labels).photos)
    result = {**evaluation.scores(), "count_error": evaluation.count_error(info.counting_threshold)}
    print(json.dumps(result))  # noqa: T201  # the command's answer


if __name__ == "__main__":
    main()
