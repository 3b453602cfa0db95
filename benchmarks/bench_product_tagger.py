"""How often a product tagger names the main product of a photo, and its average precision.

    python -m benchmarks.bench_product_tagger RUN_FOLDER

RUN_FOLDER: of `shelfaudit train shelfaudit/training/configs/product-tagger.toml`; the photos it held back are judged.
The main product of a photo is the label with the largest sum of scores; right is the label that most of its boxes
have. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from shelfaudit.datasets.dataset import Dataset, LabelledPhoto
from shelfaudit.detection.detector import Detector
from shelfaudit.domain.detections import Detections
from shelfaudit.evaluation.evaluate import candidate, evaluate_detector
from shelfaudit.evaluation.results import summarise
from shelfaudit.training.convert import inference_network
from shelfaudit.training.keras_network import KerasNetwork
from shelfaudit.training.trained import TrainedRun, load_run

LEAST_SCORE = 0.1


def open_tagger(run: TrainedRun) -> Detector:
    """The run's averaged weights as a detector of one pass."""
    size = run.config.evaluation_size
    network = inference_network(run.weights, size, classes=len(run.labels), size=run.config.network)
    return Detector(KerasNetwork(network), replace(candidate(size), labels=run.labels))


def main_label(found: Detections, labels: int) -> int | None:
    """The label with the largest sum of scores; None where nothing was found."""
    if not len(found):
        return None
    return int(np.bincount(found.labels, found.scores, labels).argmax())


def true_label(photo: LabelledPhoto) -> int:
    """The label that most boxes have."""
    return int(np.bincount(photo.labels).argmax())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    run = load_run(parser.parse_args().run)
    tagger = open_tagger(run)
    photos = [photo for photo in run.validation if len(photo.boxes)]
    right, wrong = Counter[str](), Counter[str]()
    for photo in photos:
        said = main_label(tagger.detect(photo.read(), min_score=LEAST_SCORE), len(run.labels))
        (right if said == true_label(photo) else wrong)[run.labels[true_label(photo)]] += 1
    print(f"{len(photos)} photos held back, {len(run.labels)} classes")
    print(f"main product right: {right.total() / len(photos):.1%}")
    for label in sorted(run.labels, key=lambda name: right[name] / max(right[name] + wrong[name], 1)):
        if right[label] + wrong[label]:
            print(f"  {label:<12} {right[label]:>4} of {right[label] + wrong[label]:>4}")
    evaluation = evaluate_detector(tagger, Dataset(run.labels, tuple(photos)))
    scores = summarise(evaluation, tagger.info, Path(run.validation_name)).to_json()["scores"]
    print(f"average precision (boxes of other products count as false, though many are unlabelled): {scores}")


if __name__ == "__main__":
    main()
