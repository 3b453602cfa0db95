"""The network with its loss and optimizer: one training step on any Keras backend, on one device or several."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from shelfaudit.training.batches import Batch
from shelfaudit.training.config import TrainingConfig
from shelfaudit.training.devices import Devices
from shelfaudit.training.losses import DetectionLoss, Tensor, make_loss
from shelfaudit.training.matching import LABEL, WEIGHT
from shelfaudit.training.network import build_network
from shelfaudit.training.optimizers import make_optimizer

Losses = dict[str, float]
"""`loss` and its parts `score_loss` and `box_loss`, per product of the batch."""


class NetworkWithLoss(keras.Model):  # type: ignore[misc]  # Keras has no types
    """Keras's training loop over a detector.

    The batch's normaliser comes with each input as its sample weight, so that a batch that is split over devices is
    divided by the products of the whole of it.
    """

    def __init__(self, network: keras.Model, loss: DetectionLoss, replicas: int) -> None:
        super().__init__()
        self.network = network
        self.detection_loss = loss
        self.replicas = replicas
        self.score_loss = keras.metrics.Mean(name="score_loss")
        self.box_loss = keras.metrics.Mean(name="box_loss")
        self.built = True  # the network is; Keras could not tell the shape of a batch that is split already

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        return self.network(inputs, training=training)

    def compute_loss(
        self,
        x: Tensor = None,
        y: Tensor = None,
        y_pred: Tensor = None,
        sample_weight: Tensor = None,
        training: bool = True,
    ) -> Tensor:
        del x, training
        score_loss, box_loss = (ops.sum(part * sample_weight) for part in self.detection_loss(y, y_pred))
        # Keras reports the mean over replicas, each of which has a part of the sum.
        self.score_loss.update_state(ops.stop_gradient(score_loss) * self.replicas)
        self.box_loss.update_state(ops.stop_gradient(box_loss) * self.replicas)
        return score_loss + box_loss


class Learner:
    """What learns: `network` (of `build_network`) and its `optimizer`."""

    def __init__(self, config: TrainingConfig, classes: int, devices: Devices) -> None:
        self._devices = devices
        with devices.scope():
            self.network = build_network(config.input_size, classes, config.network)
            self.optimizer = make_optimizer(config)
            loss = make_loss(config.network, config.input_size)
            self.optimizer.build(self.network.trainable_variables)
            self._model = NetworkWithLoss(self.network, loss, devices.replicas)
            # XLA is what JAX runs on; for TensorFlow on a processor it gains nothing, and torch needs its own compiler.
            self._model.compile(optimizer=self.optimizer, jit_compile=keras.backend.backend() == "jax")

    def step(self, batch: Batch, learning_rate: float) -> Losses:
        """One step on a batch; its losses before the step."""
        self.optimizer.learning_rate = learning_rate
        pixels, targets = batch
        with self._devices.scope():
            found = self._model.train_on_batch(
                *self._devices.split(pixels, targets, _shares(targets)), return_dict=True
            )
        return _losses(found)

    def loss(self, batch: Batch) -> Losses:
        """The losses of a batch with the norms' moving statistics, nothing is learned."""
        pixels, targets = batch
        with self._devices.scope():
            found = self._model.test_on_batch(*self._devices.split(pixels, targets, _shares(targets)), return_dict=True)
        return _losses(found)


def _shares(targets: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """What each input's loss is multiplied with: 1 ÷ the positive priors of the batch, by weight."""
    positives = float(((targets[..., LABEL] >= 0) * targets[..., WEIGHT]).sum())
    return np.full(len(targets), 1 / max(1.0, positives), dtype=np.float32)


def _losses(found: dict[str, float]) -> Losses:
    score, box = float(found["score_loss"]), float(found["box_loss"])
    return {"loss": score + box, "score_loss": score, "box_loss": box}
