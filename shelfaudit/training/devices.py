"""Several accelerators for one run: every batch is spread over them, by the means of the Keras backend in use.

JAX: `keras.distribution.DataParallel`; TensorFlow: `tf.distribute.MirroredStrategy`; torch: one device only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Literal, Protocol

import keras

from shelfaudit.errors import UserError
from shelfaudit.training.losses import Tensor


class Devices(Protocol):
    """Where a run computes."""

    @property
    def replicas(self) -> int:
        """How many copies of the network see a part of the batch each."""

    def scope(self) -> AbstractContextManager[object]:
        """In it networks and optimizers are made and trained."""

    def split(self, *arrays: Any) -> tuple[Tensor, ...]:
        """Arrays (B, …) as the training step takes them."""


class OneDevice:
    """The backend's own choice: the first accelerator, or the processor."""

    replicas = 1

    def scope(self) -> AbstractContextManager[object]:
        return nullcontext()

    def split(self, *arrays: Any) -> tuple[Tensor, ...]:
        # torch's training step takes arrays as they are, which do not mix with its tensors.
        return tuple(keras.ops.convert_to_tensor(array) for array in arrays)


class JaxDevices:
    """A batch is one array over all devices, so that the network is the same as on one."""

    replicas = 1

    def __init__(self, names: list[str]) -> None:
        self._distribution = keras.distribution.DataParallel(devices=names)

    @contextmanager
    def scope(self) -> Iterator[None]:
        previous = keras.distribution.distribution()
        keras.distribution.set_distribution(self._distribution)
        try:
            yield
        finally:
            keras.distribution.set_distribution(previous)

    def split(self, *arrays: Any) -> tuple[Tensor, ...]:
        return arrays  # Keras lays them out


class MirroredDevices:
    """A copy of the network on each device; gradients are summed over them."""

    def __init__(self, names: list[str]) -> None:
        import tensorflow as tf

        self._tf = tf
        self._strategy = tf.distribute.MirroredStrategy(names)

    @property
    def replicas(self) -> int:
        return int(self._strategy.num_replicas_in_sync)

    def scope(self) -> AbstractContextManager[object]:
        scope: AbstractContextManager[object] = self._strategy.scope()
        return scope

    def split(self, *arrays: Any) -> tuple[Tensor, ...]:
        return tuple(self._split(array) for array in arrays)

    def _split(self, array: Any) -> Tensor:
        part = len(array) // self.replicas

        def part_of(context: Any) -> Tensor:
            first = context.replica_id_in_sync_group * part
            return self._tf.constant(array[first : first + part])

        return self._strategy.experimental_distribute_values_from_function(part_of)


def choose_devices(wanted: int | Literal["all"], batch_size: int) -> Devices:
    """The devices for a run: that many accelerators (or, where there is none, logical processors), or all of them.

    Raises:
        UserError: there are not so many, the backend cannot share a batch, or the batch cannot be divided evenly.
    """
    if wanted == 1:
        return OneDevice()
    backend = keras.backend.backend()
    if backend not in {"jax", "tensorflow"}:
        if wanted == "all":
            return OneDevice()
        raise UserError(
            f"The Keras backend {backend} trains on one device.",
            advice="Set devices = 1, or KERAS_BACKEND=jax or tensorflow.",
        )
    names = _available()
    count = len(names) if wanted == "all" else wanted
    if count > len(names):
        raise UserError(f"There are {len(names)} devices, not {count}.", advice='Set devices = "all".')
    if batch_size % count:
        raise UserError(
            f"A batch of {batch_size} cannot be divided by {count} devices.", advice="Change batch_size or devices."
        )
    if count == 1:
        return OneDevice()
    return JaxDevices(names[:count]) if backend == "jax" else MirroredDevices(names[:count])


def _available() -> list[str]:
    """Names of the accelerators, or of the processors where there is none."""
    for kind in ("gpu", "tpu"):
        try:
            names = list(keras.distribution.list_devices(kind))
        except RuntimeError:  # JAX: no such platform
            names = []
        if names:
            return names
    return list(keras.distribution.list_devices("cpu"))


def mirrored_replicas() -> int:
    """How many replicas `tf.distribute` splits a batch over, in whose scope this is called; else 1.

    Under JAX a batch that is spread over devices is still one array, so what is computed of it is of the whole.
    """
    if keras.backend.backend() != "tensorflow":
        return 1
    import tensorflow as tf

    return int(tf.distribute.get_strategy().num_replicas_in_sync)
