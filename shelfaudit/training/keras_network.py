"""A network in memory, evaluated through the detector that the laptop runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import keras
import numpy as np
from numpy.typing import NDArray

from shelfaudit.datasets.coco import load_coco
from shelfaudit.domain.geometry import FloatArray
from shelfaudit.evaluation.evaluate import candidate, evaluate
from shelfaudit.training.checkpoint import Weights
from shelfaudit.training.convert import inference_network

if TYPE_CHECKING:
    from shelfaudit.training.train import TrainingConfig


class KerasNetwork:
    """A network in memory in the place of a model file (see `detection.tflite.Network`)."""

    def __init__(self, network: keras.Model) -> None:
        """network: of `convert.inference_network`."""
        self._network = network

    @property
    def input_size(self) -> int:
        """Side of the square input in pixels."""
        return int(self._network.input_shape[1])

    @property
    def feature_depth(self) -> int:
        """Numbers that describe a place in the image."""
        return int(self._network.output["features"].shape[-1])

    @property
    def label_count(self) -> int:
        """Number C of labels that a prior is scored for."""
        return int(self._network.output["scores"].shape[-1])

    def run(self, image: NDArray[np.float32]) -> Mapping[str, FloatArray]:
        """`image` (1, S, S, 3) → `scores`, `boxes` and `features` without the batch axis."""
        return {name: np.asarray(value)[0] for name, value in self._network(image, training=False).items()}


def evaluate_weights(weights: Weights, config: TrainingConfig) -> dict[str, float]:
    """Scores of these weights on the run's validation photos, one pass a photo, and the best threshold.

    Raises:
        ValueError: the run has no validation photos.
    """
    if config.validation is None:
        raise ValueError("the run has no validation photos")
    network = KerasNetwork(inference_network(weights, config.evaluation_size, size=config.network))
    evaluation = evaluate(network, candidate(config.evaluation_size), load_coco(config.validation).photos)
    threshold = evaluation.best_threshold()
    return {**evaluation.scores(), "threshold": threshold, "count_error": evaluation.count_error(threshold)}
