"""The backbone: MobileNetV2 (Sandler et al., CVPR 2018) without batch norms, and its pretrained weights.

The pretrained weights come with their batch norms folded into kernel and bias, so there are none.
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
from keras import layers

from shelfaudit.training.architecture import GROUPS, Architecture
from shelfaudit.training.losses import Tensor

_EXPANSION_TAPS = (3, 5)
"""The expansions that begin these groups are the last layers of stride 8 and 16."""


def build_backbone(image: Tensor, size: Architecture) -> list[Tensor]:
    """The levels of stride 8, 16 and 32 of an image (B, S, S, 3) in 0..255."""
    x = layers.Rescaling(1 / 127.5, offset=-1.0, name="normalise")(image)
    # Decided here and not afterwards: TensorFlow gives no gradients to what was made to keep its weights.
    trainable = size.frozen_groups == 0
    x = layers.Conv2D(scaled_channels(32, size.width), 3, 2, "same", name="Conv1", trainable=trainable)(x)
    x = layers.ReLU(6.0, name="Conv1_relu")(x)
    taps: list[Tensor] = []
    for group, (expansion, channels, repeats, first_stride) in enumerate(GROUPS):
        for repeat in range(min(repeats, size.repeats)):
            index = size.first_block(group) + repeat
            stride = first_stride if repeat == 0 else 1
            trainable = group >= size.frozen_groups
            expanded = _expand(x, index, expansion, trainable)
            if group in _EXPANSION_TAPS and repeat == 0:
                taps.append(expanded)
            projected = _project(expanded, index, scaled_channels(channels, size.width), stride, trainable)
            residual = stride == 1 and x.shape[-1] == projected.shape[-1]
            x = layers.Add(name=f"{_block(index)}_add")([x, projected]) if residual else projected
    return [*taps, x]


def _block(index: int) -> str:
    return f"block_{index}" if index else "expanded_conv"


def _expand(x: Tensor, index: int, expansion: int, trainable: bool) -> Tensor:
    if expansion == 1:
        return x
    x = layers.Conv2D(expansion * x.shape[-1], 1, name=f"{_block(index)}_expand", trainable=trainable)(x)
    return layers.ReLU(6.0, name=f"{_block(index)}_expand_relu")(x)


def _project(x: Tensor, index: int, channels: int, stride: int, trainable: bool) -> Tensor:
    x = layers.DepthwiseConv2D(3, stride, "same", name=f"{_block(index)}_depthwise", trainable=trainable)(x)
    x = layers.ReLU(6.0, name=f"{_block(index)}_depthwise_relu")(x)
    return layers.Conv2D(channels, 1, name=f"{_block(index)}_project", trainable=trainable)(x)


def scaled_channels(count: int, width: float) -> int:
    """The channels scaled by `width`: a multiple of 8, never more than a tenth below, as in the paper's code."""
    scaled = max(8, int(count * width + 4) // 8 * 8)
    return scaled + 8 if scaled < 0.9 * count * width else scaled


def load_backbone(network: keras.Model, weights_file: Path) -> None:
    """Set the backbone to pretrained weights: an npz with `<layer>/q` int8 kernels, `/s` scales and `/b` biases.

    Raises:
        ValueError: a kernel does not fit, or a layer of the backbone is missing from the file.
    """
    with np.load(weights_file) as weights:
        for layer in network.layers:
            if layer.weights and is_backbone(layer.name):
                if f"{layer.name}/q" not in weights:
                    raise ValueError(f"{weights_file.name} has no weights for the layer {layer.name}")
                kernel = weights[f"{layer.name}/q"].astype(np.float32) * weights[f"{layer.name}/s"]
                layer.set_weights([kernel, weights[f"{layer.name}/b"]])


def is_backbone(path: str) -> bool:
    """Whether a layer's name or a variable's path (`layer/variable`) belongs to the pretrained part."""
    return path.startswith(("Conv1", "expanded_conv", "block_", "Conv_1"))
