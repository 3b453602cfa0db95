"""Evaluation of weights or of a model file on labelled regions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np

from shelfaudit.domain.geometry import FloatArray
from shelfaudit.training.datasets.coco import load_coco
from shelfaudit.training.detect import Forward, detect_whole
from shelfaudit.training.network import build_network
from shelfaudit.training.scoring import choose_threshold, detection_scores

if TYPE_CHECKING:
    from shelfaudit.training.train import TrainingConfig

LEAST_SCORE = 0.02
EVALUATION_IOU = 0.6


def keras_forward(network: keras.Model) -> Forward:
    """The forward function of a network with `logits` and `boxes`."""

    def forward(image: FloatArray) -> tuple[FloatArray, FloatArray]:
        outputs = network(image, training=False)
        logits = keras.ops.convert_to_numpy(outputs["logits"])[0]
        scores: FloatArray = 1 / (1 + np.exp(-logits))
        return scores, keras.ops.convert_to_numpy(outputs["boxes"])[0]

    return forward


def evaluate_weights(weights: list[FloatArray], config: TrainingConfig) -> dict[str, float]:
    """Scores of these weights on the validation photos, one pass per photo."""
    assert config.validation is not None
    network = build_network(config.evaluation_size, 1, config.network)
    network.set_weights(weights)
    forward = keras_forward(network)
    photos = load_coco(config.validation)
    found = [
        detect_whole(forward, photo.read(), config.evaluation_size, LEAST_SCORE, EVALUATION_IOU) for photo in photos
    ]
    threshold, error = choose_threshold(photos, found)
    return {**detection_scores(photos, found).as_dict(), "threshold": threshold, "count_error": round(error, 4)}
