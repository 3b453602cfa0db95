"""Checkpoints: everything a training run needs to go on where it stopped, in one npz file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from shelfaudit.domain.geometry import FloatArray

Weights = dict[str, FloatArray]
"""The weights of a network by the paths of its variables (`layer/variable`)."""


def get_weights(network: keras.Model) -> Weights:
    """A copy of the network's weights."""
    return {variable.path: np.array(keras.ops.convert_to_numpy(variable)) for variable in network.weights}


def set_weights(network: keras.Model, weights: Weights) -> None:
    """Set all weights of the network.

    Raises:
        ValueError: the weights belong to another network.
    """
    names = {variable.path for variable in network.weights}
    if names != weights.keys():
        raise ValueError(f"weights of another network: they differ in {sorted(names ^ weights.keys())[:4]}")
    for variable in network.weights:
        variable.assign(weights[variable.path])


class WeightAverage:
    """An exponential moving average of the network's weights: it generalises better than the last step's weights.

    With few steps behind it the average follows faster, so that it does not keep the initial weights.
    """

    def __init__(self, network: keras.Model, decay: float) -> None:
        self._network = network
        self._decay = decay
        self.updates = 0
        self.values = get_weights(network)

    def update(self, steps: int = 1) -> None:
        """Take in the current weights, `steps` steps after the last update."""
        self.updates += steps
        decay = min(self._decay, (1 + self.updates) / (10 + self.updates)) ** steps
        for name, value in get_weights(self._network).items():
            self.values[name] += (1 - decay) * (value - self.values[name])


@dataclass(frozen=True)
class Progress:
    """How far a run is: steps made and seconds of training behind it, over all its starts."""

    step: int
    seconds: float


def save_checkpoint(
    file: Path, network: keras.Model, optimizer: keras.optimizers.Optimizer, average: WeightAverage, progress: Progress
) -> None:
    """Write the state so that an interruption leaves the previous checkpoint whole."""
    # The optimizer's own paths repeat (one per variable it follows), so its variables go by number.
    state = {str(number): keras.ops.convert_to_numpy(variable) for number, variable in enumerate(optimizer.variables)}
    arrays = {
        "step": np.array(progress.step),
        "seconds": np.array(progress.seconds),
        "updates": np.array(average.updates),
        **{f"network:{name}": value for name, value in get_weights(network).items()},
        **{f"average:{name}": value for name, value in average.values.items()},
        **{f"optimizer:{name}": value for name, value in state.items()},
    }
    partial = file.with_suffix(".partial.npz")
    np.savez(partial, **arrays)
    partial.replace(file)


def load_checkpoint(
    file: Path, network: keras.Model, optimizer: keras.optimizers.Optimizer, average: WeightAverage
) -> Progress:
    """Set network, optimizer and average to a checkpoint's state.

    Raises:
        ValueError: the checkpoint belongs to another network.
    """
    with np.load(file) as arrays:
        set_weights(network, _named(arrays, "network"))
        optimizer.build(network.trainable_variables)
        state = _named(arrays, "optimizer")
        for number, variable in enumerate(optimizer.variables):
            variable.assign(state[str(number)])
        average.values = _named(arrays, "average")
        average.updates = int(arrays["updates"])
        return Progress(int(arrays["step"]), float(arrays["seconds"]))


def load_average(file: Path) -> tuple[Weights, Progress]:
    """The averaged weights of a checkpoint and how long they were trained."""
    with np.load(file) as arrays:
        return _named(arrays, "average"), Progress(int(arrays["step"]), float(arrays["seconds"]))


def _named(arrays: np.lib.npyio.NpzFile, prefix: str) -> Weights:
    return {name.partition(":")[2]: arrays[name] for name in arrays.files if name.startswith(f"{prefix}:")}
