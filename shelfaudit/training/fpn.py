"""Our detector: an SSD of MobileNetV2 with a feature pyramid (Lin et al., CVPR 2017).

Fully convolutional: the same weights fit every input size that is a multiple of 32. The pyramid and the heads have
batch norms; the heads share their convolutions over the levels but keep a norm per level, because the levels'
statistics differ.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import keras
import numpy as np
from keras import layers, ops

from shelfaudit.detection.priors import STRIDES, make_priors
from shelfaudit.training.architecture import Architecture
from shelfaudit.training.backbone import build_backbone
from shelfaudit.training.losses import Tensor
from shelfaudit.training.normalisation import batch_norm

HEAD_CONVOLUTIONS = 2

_MAX_LOG = 4.0
"""Boxes reach at most e^4 half priors from their cell: far more than an input is wide, and exp never overflows."""


def fpn_outputs(image: Tensor, classes: int, size: Architecture) -> dict[str, Tensor]:
    """`logits` (B, N, C) and `boxes` (B, N, 4) of an image (B, S, S, 3), in the order of `detection.priors`."""
    pyramid = _pyramid(build_backbone(image, size), size.pyramid_channels)
    logits = _head(pyramid, "scores", classes, size.pyramid_channels, bias=-math.log((1 - 0.01) / 0.01))
    sides = _head(pyramid, "sides", 4, size.pyramid_channels, bias=0.0)
    return {"logits": logits, "boxes": DecodeBoxes(image.shape[1], name="decode")(sides)}


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
        # In functions, not operators: NumPy and torch do not add to each other.
        return ops.add(self._centers, ops.multiply(distances, self._reach))

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "input_size": self.input_size}


def _pyramid(taps: Sequence[Tensor], channels: int) -> list[Tensor]:
    lateral = [
        batch_norm(layers.Conv2D(channels, 1, use_bias=False, name=f"lateral_{stride}")(tap), f"lateral_{stride}_norm")
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
    x = batch_norm(convolution(x), f"{convolution.name}{suffix}_norm")
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
