"""Batch norms as our networks use them."""

from __future__ import annotations

from keras import layers

from shelfaudit.training.devices import mirrored_replicas
from shelfaudit.training.losses import Tensor

MOMENTUM = 0.97


def batch_norm(x: Tensor, name: str) -> Tensor:
    """A batch norm over the whole batch, also where the batch is split over several devices."""
    return layers.BatchNormalization(name=name, momentum=MOMENTUM, synchronized=mirrored_replicas() > 1)(x)
