"""A network in memory, evaluated through the detector that the laptop runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import keras
import numpy as np
from numpy.typing import NDArray

from shelfaudit.datasets.dataset import LabelledPhoto
from shelfaudit.detection.detector import Detector
from shelfaudit.domain.geometry import FloatArray
from shelfaudit.errors import Cancelled
from shelfaudit.evaluation.evaluate import candidate, evaluate
from shelfaudit.training.checkpoint import Weights, set_weights
from shelfaudit.training.config import TrainingConfig
from shelfaudit.training.convert import inference_network
from shelfaudit.training.data import load_data


class KerasNetwork:
    """A network in memory in the place of a model file (see `detection.tflite.Network`)."""

    def __init__(self, network: keras.Model, cancelled: Callable[[], bool] = lambda: False) -> None:
        """network: of `convert.inference_network`. cancelled: asked before each image; `run` then raises Cancelled."""
        self._network = network
        self._cancelled = cancelled

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
        if self._cancelled():
            raise Cancelled
        return {name: np.asarray(value)[0] for name, value in self._network.predict_on_batch(image).items()}


class Validator:
    """Evaluates weights of a run on its validation photos, one pass a photo."""

    def __init__(self, config: TrainingConfig, labels: Sequence[str], photos: Sequence[LabelledPhoto]) -> None:
        self._config = config
        self._photos = photos
        self._info = dataclasses.replace(candidate(config.evaluation_size), labels=tuple(labels))
        self._network: keras.Model | None = None

    def scores(self, weights: Weights, cancelled: Callable[[], bool] = lambda: False) -> dict[str, float]:
        """AP, AP50, AP75, AR300, and the counting threshold that is best with its count error.

        Raises:
            ValueError: there are no validation photos.
            Cancelled: `cancelled` said so.
        """
        if not self._photos:
            raise ValueError("the run has no validation photos")
        self._set(weights)
        evaluation = evaluate(KerasNetwork(self._network, cancelled), self._info, self._photos)
        if cancelled():
            raise Cancelled
        threshold = evaluation.best_threshold()
        return {**evaluation.scores(), "threshold": threshold, "count_error": evaluation.count_error(threshold)}

    def find(self, photo: LabelledPhoto, threshold: float) -> FloatArray:
        """The boxes (N, 4) that the weights scored last find in a photo."""
        return Detector(KerasNetwork(self._network), self._info).detect(photo.read(), min_score=threshold).boxes

    def _set(self, weights: Weights) -> None:
        if self._network is not None:
            # Building it again would be compiled again.
            set_weights(self._network, weights)
            return
        self._network = inference_network(
            weights, self._config.evaluation_size, classes=len(self._info.labels), size=self._config.network
        )


def evaluate_weights(weights: Weights, config: TrainingConfig) -> dict[str, float]:
    """Scores of these weights on the run's validation photos.

    Raises:
        ValueError: the run has no validation photos.
    """
    data = load_data(config)
    return Validator(config, data.labels, data.validation).scores(weights)
