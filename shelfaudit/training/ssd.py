"""The classic SSD (Liu et al., ECCV 2016) of MobileNetV2, at 320 pixels: six maps, separable heads (SSDLite, Sandler et
al., CVPR 2018).

The first map is the last expansion of stride 16, the second the backbone's end; four more, each half as wide, follow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import keras
from keras import layers, ops

from shelfaudit.training.architecture import Architecture
from shelfaudit.training.backbone import build_backbone, scaled_channels
from shelfaudit.training.default_boxes import CODE_WEIGHTS, make_default_boxes, shapes_per_cell
from shelfaudit.training.losses import Tensor
from shelfaudit.training.normalisation import batch_norm

_EXTRA_CHANNELS = (512, 256, 256, 128)
_MAX_LOG = 4.0
"""Sides reach at most e^4 default boxes: far more than an input is wide, and exp never overflows."""


def ssd_outputs(image: Tensor, classes: int, size: Architecture) -> dict[str, Tensor]:
    """`logits` (B, N, C), `boxes` (B, N, 4) in input pixels and the `codes` (B, N, 4) they are decoded from, of an
    image (B, S, S, 3), in the order of `default_boxes`."""
    _, finest, end = build_backbone(image, size)
    last = layers.Conv2D(scaled_channels(1280, size.width), 1, name="Conv_1")(end)
    maps = [finest, layers.ReLU(6.0, name="out_relu")(last)]
    for index, channels in enumerate(_EXTRA_CHANNELS):
        maps.append(_extra(maps[-1], f"extra_{index}", scaled_channels(channels, size.width)))
    logits = _heads(maps, "scores", classes, bias=-math.log((1 - 0.01) / 0.01))
    codes = _heads(maps, "codes", 4, bias=0.0)
    return {"logits": logits, "codes": codes, "boxes": DecodeCodes(image.shape[1], name="decode")(codes)}


@keras.saving.register_keras_serializable("shelfaudit")
class DecodeCodes(layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Codes of centre and size relative to the default boxes (B, N, 4) → boxes (B, N, 4) in input pixels."""

    def __init__(self, input_size: int, **options: object) -> None:
        super().__init__(**options)
        self.input_size = input_size
        default = make_default_boxes(input_size)
        self._centers, self._sizes = default.centers[None], default.sizes[None]

    def call(self, codes: Tensor) -> Tensor:
        # In functions, not operators: NumPy and torch do not add to each other.
        codes = ops.divide(codes, CODE_WEIGHTS)
        centers = ops.add(self._centers, ops.multiply(codes[..., :2], self._sizes))
        half = ops.multiply(ops.exp(ops.clip(codes[..., 2:], -_MAX_LOG, _MAX_LOG)), self._sizes / 2)
        return ops.concatenate([centers - half, centers + half], axis=-1)

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "input_size": self.input_size}


def _extra(x: Tensor, name: str, channels: int) -> Tensor:
    """A map of half the side."""
    x = layers.Conv2D(channels // 2, 1, use_bias=False, name=f"{name}_squeeze")(x)
    x = layers.ReLU(6.0, name=f"{name}_squeeze_relu")(batch_norm(x, f"{name}_squeeze_norm"))
    x = layers.Conv2D(channels, 3, 2, "same", use_bias=False, name=name)(x)
    return layers.ReLU(6.0, name=f"{name}_relu")(batch_norm(x, f"{name}_norm"))


def _heads(maps: Sequence[Tensor], name: str, outputs: int, bias: float) -> Tensor:
    """(B, N, outputs): a head of its own for each map."""
    levels = []
    for level, (x, shapes) in enumerate(zip(maps, shapes_per_cell(), strict=True)):
        part = f"{name}_{level}"
        x = layers.DepthwiseConv2D(3, 1, "same", use_bias=False, name=f"{part}_depthwise")(x)
        x = layers.ReLU(6.0, name=f"{part}_relu")(batch_norm(x, f"{part}_norm"))
        x = layers.Conv2D(
            shapes * outputs,
            1,
            name=f"{part}_out",
            kernel_initializer=keras.initializers.RandomNormal(stddev=0.01),
            bias_initializer=keras.initializers.Constant(bias),
        )(x)
        levels.append(layers.Reshape((-1, outputs), name=part)(x))
    return layers.Concatenate(axis=1, name=name)(levels)
