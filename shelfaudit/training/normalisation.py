"""Batch norms as our networks use them."""

from __future__ import annotations

import keras
from keras import layers

from shelfaudit.training.losses import Tensor

MOMENTUM = 0.97


def batch_norm(x: Tensor, name: str) -> Tensor:
    """A batch norm over the whole batch, also where the batch is split over several devices."""
    return layers.BatchNormalization(name=name, momentum=MOMENTUM, synchronized=_is_mirrored())(x)


def _is_mirrored() -> bool:
    """Whether this network is built for `tf.distribute`, whose replicas see a part of the batch each.

    Under JAX a batch that is spread over devices is still one array, so its mean is that of the whole.
    """
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return bool(tf.distribute.get_strategy().num_replicas_in_sync > 1)
