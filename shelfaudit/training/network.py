"""The network that a configuration asks for."""

from __future__ import annotations

import keras

from shelfaudit.training.architecture import Architecture
from shelfaudit.training.fpn import fpn_outputs
from shelfaudit.training.ssd import ssd_outputs


def build_network(
    input_size: int, classes: int, architecture: Architecture | None = None, batch: int | None = None
) -> keras.Model:
    """The detector for square inputs.

    Input `image`: float32 (B, S, S, 3), RGB in 0..255. Outputs by name: `logits` (B, N, C) and `boxes` (B, N, 4) as
    x1 y1 x2 y2 in input pixels, and what else the architecture's loss needs.

    Args:
        input_size: S, a multiple of 32.
        classes: C.
        batch: B where it is fixed.
    """
    architecture = architecture or Architecture()
    image = keras.Input(batch_shape=(batch, input_size, input_size, 3), name="image")
    outputs = fpn_outputs if architecture.kind == "fpn" else ssd_outputs
    return keras.Model(image, outputs(image, classes, architecture), name="shelf_photo")
