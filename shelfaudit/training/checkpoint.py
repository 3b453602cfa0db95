"""Checkpoints: everything a training run needs to go on where it stopped, in one npz file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from shelfaudit.domain.geometry import FloatArray


class WeightAverage:
    """An exponential moving average of the network's weights: it generalises better than the last step's weights.

    With few steps behind it the average follows faster, so that it does not keep the initial weights.
    """

    def __init__(self, network: keras.Model, decay: float) -> None:
        self._network = network
        self._decay = decay
        self._updates = 0
        self.values: list[FloatArray] = [np.array(value) for value in network.get_weights()]

    def update(self, steps: int = 1) -> None:
        """Take in the current weights, `steps` steps after the last update."""
        self._updates += steps
        decay = min(self._decay, (1 + self._updates) / (10 + self._updates)) ** steps
        for average, value in zip(self.values, self._network.get_weights(), strict=True):
            average += (1 - decay) * (value - average)


@dataclass(frozen=True)
class Progress:
    """How far a run is: steps made and seconds of training behind it, over all its starts."""

    step: int
    seconds: float


def save_checkpoint(
    file: Path, network: keras.Model, optimizer: keras.optimizers.Optimizer, average: WeightAverage, progress: Progress
) -> None:
    """Write the state so that an interruption leaves the previous checkpoint whole."""
    arrays: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]] = {
        "step": np.array(progress.step),
        "seconds": np.array(progress.seconds),
    }
    for prefix, values in (
        ("network", network.get_weights()),
        ("optimizer", [keras.ops.convert_to_numpy(variable) for variable in optimizer.variables]),
        ("average", average.values),
    ):
        arrays.update({f"{prefix}/{index}": np.asarray(value) for index, value in enumerate(values)})
    partial = file.with_suffix(".partial.npz")
    np.savez(partial, **arrays)  # type: ignore[arg-type]  # numpy's stub takes the keywords for its own options
    os.replace(partial, file)


def load_checkpoint(
    file: Path, network: keras.Model, optimizer: keras.optimizers.Optimizer, average: WeightAverage
) -> Progress:
    """Set network, optimizer and average to a checkpoint's state."""
    with np.load(file) as arrays:
        network.set_weights(_numbered(arrays, "network"))
        optimizer.build(network.trainable_variables)
        for variable, value in zip(optimizer.variables, _numbered(arrays, "optimizer"), strict=True):
            variable.assign(value)
        average.values = _numbered(arrays, "average")
        return Progress(int(arrays["step"]), float(arrays["seconds"]))


def load_average(file: Path) -> list[FloatArray]:
    """The averaged weights of a checkpoint, in the order of `network.get_weights()`."""
    with np.load(file) as arrays:
        return _numbered(arrays, "average")


def _numbered(arrays: np.lib.npyio.NpzFile, prefix: str) -> list[FloatArray]:
    count = sum(name.startswith(f"{prefix}/") for name in arrays.files)
    return [arrays[f"{prefix}/{index}"] for index in range(count)]
