"""`python -m tests.training.step_report`: what a few training steps on a fixed batch give under this Keras backend.

Prints one JSON object: for each architecture the losses of the steps and the weights' average, on one device and, where
the backend can, on two simulated ones. The backend is that of KERAS_BACKEND.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Literal

import numpy as np

from shelfaudit.training.architecture import Architecture
from shelfaudit.training.augment import Sample
from shelfaudit.training.batches import Batch
from shelfaudit.training.checkpoint import WeightAverage, get_weights, set_weights
from shelfaudit.training.config import DataSource, TrainingConfig
from shelfaudit.training.devices import choose_devices
from shelfaudit.training.learner import Learner
from shelfaudit.training.targets import target_maker

BATCH, SIZE, CLASSES, STEPS = 4, 96, 3, 3


def config_of(kind: Literal["fpn", "ssd"], optimizer: Literal["adamw", "momentum"] = "momentum") -> TrainingConfig:
    return TrainingConfig(
        name="steps",
        run_dir=Path("none"),
        data=(DataSource(file=Path("none.json")),),
        steps=STEPS,
        input_size=SIZE,
        batch_size=BATCH,
        optimizer=optimizer,
        network=Architecture(kind, width=0.25, pyramid_channels=16, repeats=1, frozen_groups=0),
    )


def fixed_batch(config: TrainingConfig) -> Batch:
    """Pictures of noise, four products in each, the last picture with one more: its half of the batch has more."""
    random = np.random.default_rng(0)
    make_targets = target_maker(config.network, SIZE)
    targets = []
    for index in range(BATCH):
        count = 4 + (index == BATCH - 1)
        corner = random.uniform(0, 60, (count, 2))
        boxes = np.concatenate([corner, corner + random.uniform(12, 36, (count, 2))], axis=1).astype(np.float32)
        whole = np.array([[0, 0, SIZE, SIZE]], dtype=np.float32)
        labels = random.integers(0, CLASSES, count)
        pixels = np.zeros((SIZE, SIZE, 3), dtype=np.uint8)
        targets.append(make_targets(Sample(pixels, boxes, labels, whole[:0], whole)))
    return random.uniform(0, 255, (BATCH, SIZE, SIZE, 3)).astype(np.float32), np.stack(targets)


def fixed_weights(learner: Learner) -> None:
    """The same weights under every backend, whose own random numbers differ.

    Kernels by their fan-in, so that signals keep their size: on small ones the norms would blow up rounding errors.
    """
    random = np.random.default_rng(1)
    weights = {}
    for name, value in get_weights(learner.network).items():
        drawn = random.standard_normal(value.shape)
        if name.endswith("kernel"):
            inputs = np.prod(value.shape[:2]) if value.shape[-1] == 1 else np.prod(value.shape[:-1])
            weights[name] = (drawn * np.sqrt(2 / inputs)).astype(np.float32)
        else:
            centre = 1.0 if name.endswith(("gamma", "moving_variance")) else 0.0
            weights[name] = (centre + 0.05 * drawn).astype(np.float32)
    set_weights(learner.network, weights)


def report(config: TrainingConfig, devices: int = 1) -> dict[str, list[float]]:
    learner = Learner(config, CLASSES, choose_devices(devices, BATCH))
    fixed_weights(learner)
    average = WeightAverage(learner.network, 0.9)
    batch = fixed_batch(config)
    losses = []
    for _ in range(STEPS):
        losses.append(learner.step(batch, config.learning_rate)["loss"])
        average.update()
    losses.append(learner.loss(batch)["loss"])
    return {"losses": losses, "average": [float(np.abs(value).mean()) for value in average.values.values()]}


def main() -> None:
    import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        processor = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * 2)
    documents = {
        "fpn": report(config_of("fpn")),
        "ssd": report(config_of("ssd")),
        "AdamW": report(config_of("fpn", "adamw")),
    }
    if backend != "torch":
        documents["fpn on two devices"] = report(config_of("fpn"), 2)
    sys.stdout.write(json.dumps({"backend": backend, **documents}) + "\n")


if __name__ == "__main__":
    main()
