"""Checkpoints: everything a training run needs to go on where it stopped, in one npz file."""

from __future__ import annotations

import json
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from shelfaudit.domain.geometry import FloatArray
from shelfaudit.errors import UserError

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
    """How far a run is, over all its starts.

    step: steps made. seconds: of training behind it. evaluated_step, evaluated_seconds: these at the last evaluation.
    best: the best value of the metric that early stopping watches, found at `best_step`; stale: evaluations since then.
    losses: sums of the losses of the `summed` steps since the last line of the history.
    """

    step: int = 0
    seconds: float = 0.0
    evaluated_step: int = 0
    evaluated_seconds: float = 0.0
    best: float | None = None
    best_step: int = 0
    stale: int = 0
    losses: dict[str, float] = field(default_factory=dict)
    summed: int = 0


def save_checkpoint(
    file: Path,
    network: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    average: WeightAverage,
    progress: Progress,
    labels: tuple[str, ...],
) -> None:
    """Write the state so that an interruption leaves the previous checkpoint whole.

    Raises:
        UserError: the file cannot be written.
    """
    # The optimizer's own paths repeat (one per variable it follows), so its variables go by number.
    state = {str(number): keras.ops.convert_to_numpy(variable) for number, variable in enumerate(optimizer.variables)}
    arrays = {
        "step": np.array(progress.step),
        "seconds": np.array(progress.seconds),
        "progress": np.array(json.dumps(asdict(progress))),
        "labels": np.array(labels),
        "updates": np.array(average.updates),
        **{f"network:{name}": value for name, value in get_weights(network).items()},
        **{f"average:{name}": value for name, value in average.values.items()},
        **{f"optimizer:{name}": value for name, value in state.items()},
    }
    partial = file.with_suffix(".partial.npz")
    try:
        np.savez(partial, **arrays)
        partial.replace(file)
    except OSError as error:
        raise UserError(
            f"The checkpoint cannot be written ({error.strerror or type(error).__name__}).",
            file=file,
            advice="Make room and start the run again: it goes on from its last checkpoint.",
        ) from error


def load_checkpoint(
    file: Path, network: keras.Model, optimizer: keras.optimizers.Optimizer, average: WeightAverage
) -> Progress:
    """Set network, optimizer and average to a checkpoint's state.

    Raises:
        UserError: the file is damaged or no checkpoint to go on from.
        ValueError: the checkpoint belongs to another network.
    """
    arrays = read_arrays(file)
    state = _named(arrays, "optimizer")
    optimizer.build(network.trainable_variables)
    if len(state) != len(optimizer.variables) or "updates" not in arrays:
        raise UserError("This checkpoint has no state of the optimizer to go on from.", file=file)
    set_weights(network, _named(arrays, "network"))
    for number, variable in enumerate(optimizer.variables):
        variable.assign(state[str(number)])
    average.values = _named(arrays, "average")
    average.updates = int(arrays["updates"])
    return _progress(arrays)


def load_average(file: Path) -> tuple[Weights, Progress]:
    """The averaged weights of a checkpoint and how long they were trained.

    Raises:
        UserError: the file is missing, damaged or no checkpoint.
    """
    arrays = read_arrays(file)
    weights = _named(arrays, "average")
    if not weights or "step" not in arrays:
        raise UserError("This is not a checkpoint of shelfaudit.", file=file)
    return weights, _progress(arrays)


def save_average(checkpoint: Path, file: Path) -> None:
    """Write what is needed to convert or train the network further, a third of the checkpoint: its averaged weights.

    Raises:
        UserError: the checkpoint is missing or damaged, or the file cannot be written.
    """
    arrays = read_arrays(checkpoint)
    kept: dict[str, Any] = {
        name: value
        for name, value in arrays.items()
        if name in {"step", "seconds", "labels"} or name.startswith("average:")
    }
    partial = file.with_suffix(".partial.npz")
    try:
        np.savez_compressed(partial, **kept)
        partial.replace(file)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UserError(f"The weights cannot be written ({reason}).", file=file, advice="Make room.") from error


def load_labels(file: Path) -> tuple[str, ...]:
    """The labels that a checkpoint's network tells apart (checkpoints of the first version know one, `product`)."""
    arrays = read_arrays(file)
    return tuple(arrays["labels"].tolist()) if "labels" in arrays else ("product",)


def read_arrays(file: Path) -> dict[str, FloatArray]:
    """All arrays of an npz file.

    Raises:
        UserError: the file is missing or damaged.
    """
    try:
        with np.load(file) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UserError(f"The weights cannot be read ({reason}).", file=file) from error
    except (ValueError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise UserError("This is not a file of weights, or it is damaged.", file=file) from error


def _progress(arrays: dict[str, FloatArray]) -> Progress:
    if "progress" in arrays:
        return Progress(**json.loads(str(arrays["progress"])))
    return Progress(int(arrays["step"]), float(arrays["seconds"]))


def _named(arrays: dict[str, FloatArray], prefix: str) -> Weights:
    return {name.partition(":")[2]: value for name, value in arrays.items() if name.startswith(f"{prefix}:")}
