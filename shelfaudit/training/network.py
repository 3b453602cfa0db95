"""The network: an SSD of MobileNetV2 (Sandler et al., CVPR 2018) with a feature pyramid (Lin et al., CVPR 2017).

Fully convolutional: the same weights fit every input size that is a multiple of 32. The pretrained weights come with
their batch norms folded into kernel and bias, so the backbone has none. The pyramid and the heads have batch norms;
the heads share their convolutions over the levels but keep a norm per level, because the levels' statistics differ.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from shelfaudit.detection.priors import STRIDES, make_priors
from shelfaudit.training.losses import Tensor

PYRAMID_CHANNELS = 96
HEAD_CONVOLUTIONS = 2
FIRST_TRAINED_GROUP = 2
"""Groups before it keep their ImageNet weights: edges and colours need no retraining, and they are the dearest."""

# (expansion, channels, repeats, first stride) of each group of inverted residuals, table 2 of the paper.
_GROUPS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
_EXPANSION_TAPS = (3, 5)
"""The expansions that begin these groups are the last layers of stride 8 and 16."""

_NORM_MOMENTUM = 0.97
_MAX_LOG = 4.0
"""Boxes reach at most e^4 half priors from their cell: far more than an input is wide, and exp never overflows."""


@dataclass(frozen=True)
class NetworkSize:
    """How large the network is; tests use a narrow and shallow one.

    width: factor on the backbone's channels. repeats: most blocks of a group.
    """

    width: float = 1.0
    pyramid_channels: int = PYRAMID_CHANNELS
    repeats: int = 4

    def first_block(self, group: int) -> int:
        """Number of the block that begins a group."""
        return sum(min(repeats, self.repeats) for _, _, repeats, _ in _GROUPS[:group])

    def expansion(self, group: int) -> str:
        """Name of the activation that begins a group (from the second one on): the richest layer of its stride."""
        return f"block_{self.first_block(group)}_expand_relu"


def build_network(
    input_size: int, classes: int, size: NetworkSize | None = None, batch: int | None = None
) -> keras.Model:
    """The detector for square inputs.

    Input `image`: float32 (B, S, S, 3), RGB in 0..255. Outputs by name: `logits` (B, N, C) and `boxes` (B, N, 4) as
    x1 y1 x2 y2 in input pixels. N is in the order of `make_priors`.

    Args:
        input_size: S, a multiple of 32.
        classes: C.
        batch: B where it is fixed.
    """
    size = size or NetworkSize()
    image = keras.Input(batch_shape=(batch, input_size, input_size, 3), name="image")
    taps = _backbone(layers.Rescaling(1 / 127.5, offset=-1.0, name="normalise")(image), size)
    pyramid = _pyramid(taps, size.pyramid_channels)
    logits = _head(pyramid, "scores", classes, size.pyramid_channels, bias=-math.log((1 - 0.01) / 0.01))
    sides = _head(pyramid, "sides", 4, size.pyramid_channels, bias=0.0)
    boxes = DecodeBoxes(input_size, name="decode")(sides)
    return keras.Model(image, {"logits": logits, "boxes": boxes}, name="shelf_photo")


@keras.saving.register_keras_serializable("shelfaudit")
class DecodeBoxes(layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Distances to the four sides, as logarithms of half priors (B, N, 4), → boxes (B, N, 4) in input pixels."""

    def __init__(self, input_size: int, **options: object) -> None:
        super().__init__(**options)
        self.input_size = input_size
        priors = make_priors(input_size, input_size)
        self._centers = np.tile(priors.centers, 2)[None]
        # The left and top sides lie on the negative side of the centre.
        self._reach = priors.sides[None, :, None] / 2 * np.array([-1, -1, 1, 1], dtype=np.float32)

    def call(self, sides: Tensor) -> Tensor:
        distances = ops.exp(ops.clip(sides, -_MAX_LOG, _MAX_LOG))
        return self._centers + distances * self._reach

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "input_size": self.input_size}


def _backbone(x: Tensor, size: NetworkSize) -> list[Tensor]:
    """The levels of stride 8, 16 and 32."""
    x = layers.Conv2D(_channels(32, size.width), 3, 2, "same", name="Conv1", trainable=False)(x)
    x = layers.ReLU(6.0, name="Conv1_relu")(x)
    taps: list[Tensor] = []
    for group, (expansion, channels, repeats, first_stride) in enumerate(_GROUPS):
        for repeat in range(min(repeats, size.repeats)):
            index = size.first_block(group) + repeat
            stride = first_stride if repeat == 0 else 1
            trainable = group >= FIRST_TRAINED_GROUP
            expanded = _expand(x, index, expansion, trainable)
            if group in _EXPANSION_TAPS and repeat == 0:
                taps.append(expanded)
            projected = _project(expanded, index, _channels(channels, size.width), stride, trainable)
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


def _channels(count: int, width: float) -> int:
    """The channels scaled by `width`, a multiple of 8 as in the paper's code."""
    return max(8, int(count * width + 4) // 8 * 8)


def _pyramid(taps: Sequence[Tensor], channels: int) -> list[Tensor]:
    lateral = [
        layers.BatchNormalization(name=f"lateral_{stride}_norm", momentum=_NORM_MOMENTUM)(
            layers.Conv2D(channels, 1, use_bias=False, name=f"lateral_{stride}")(tap)
        )
        for tap, stride in zip(taps, STRIDES, strict=True)
    ]
    merged = [lateral[-1]]
    for finer in reversed(lateral[:-1]):
        merged.append(layers.Add()([finer, layers.UpSampling2D()(merged[-1])]))
    return [
        _separable(x, layers.SeparableConv2D(channels, 3, padding="same", use_bias=False, name=f"pyramid_{stride}"))
        for x, stride in zip(reversed(merged), STRIDES, strict=True)
    ]


def _separable(x: Tensor, convolution: layers.Layer, suffix: str = "") -> Tensor:
    x = layers.BatchNormalization(name=f"{convolution.name}{suffix}_norm", momentum=_NORM_MOMENTUM)(convolution(x))
    return layers.ReLU(name=f"{convolution.name}{suffix}_relu")(x)


def _head(pyramid: Sequence[Tensor], name: str, outputs: int, channels: int, bias: float) -> Tensor:
    tower = [
        layers.SeparableConv2D(channels, 3, padding="same", use_bias=False, name=f"{name}_{index}")
        for index in range(HEAD_CONVOLUTIONS)
    ]
    last = layers.Conv2D(
        outputs,
        3,
        padding="same",
        name=f"{name}_out",
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.01),
        bias_initializer=keras.initializers.Constant(bias),
    )
    levels = []
    for x, stride in zip(pyramid, STRIDES, strict=True):
        for convolution in tower:
            x = _separable(x, convolution, f"_{stride}")
        levels.append(layers.Reshape((-1, outputs), name=f"{name}_{stride}")(last(x)))
    return layers.Concatenate(axis=1, name=name)(levels)


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
    return path.startswith(("Conv1", "expanded_conv", "block_"))
