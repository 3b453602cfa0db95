"""The network: MobileNetV2 features of three depths, pooled with and without their place, into a unit vector."""

from __future__ import annotations

import keras
from keras import layers

from shelfaudit.training.architecture import Architecture
from shelfaudit.training.backbone import build_backbone, scaled_channels
from shelfaudit.training.losses import Tensor
from shelfaudit.training.normalisation import batch_norm

TOP_CHANNELS = 1280


def build_embedder(side: int, length: int, size: Architecture, batch: int | None = None) -> keras.Model:
    """`crops` (B, S, S, 3) in 0..255 → `vectors` (B, `length`), unit vectors.

    Packs of one brand differ in colour and in small print: shallow features see colour and print, deep ones the kind of
    pack. The pooled grid keeps what is where, which tells a red cap from a red label.

    Args:
        side: S, a multiple of 32.
        size: width, depth and frozen part of the backbone.
    """
    image = keras.Input((side, side, 3), batch_size=batch, name="crops")
    shallow, middle, deep = build_backbone(image, size)
    # As wide as the pretrained one whatever the width, like the paper's for widths up to 1.
    deep = layers.Conv2D(max(TOP_CHANNELS, scaled_channels(TOP_CHANNELS, size.width)), 1, name="Conv_1")(deep)
    deep = layers.ReLU(6.0, name="Conv_1_relu")(deep)
    maps = [
        layers.AveragePooling2D(2, name="shallow_pool")(layers.Conv2D(64, 1, name="shallow")(shallow)),
        layers.Conv2D(96, 1, name="middle")(middle),
        layers.UpSampling2D(2, interpolation="nearest", name="deep_up")(layers.Conv2D(96, 1, name="deep")(deep)),
    ]
    features = layers.ReLU(name="features")(layers.Concatenate(name="joined")(maps))
    pooled = layers.Concatenate(name="pooled")([_attended(features), _strongest(features), _grid(features)])
    vector = layers.Dense(length, use_bias=False, name="embed")(batch_norm(pooled, "neck"))
    return keras.Model(image, {"vectors": layers.UnitNormalization(name="vectors")(vector)})


def _attended(features: Tensor) -> Tensor:
    """The mean, where the network finds the product: a hand or a neighbour counts less."""
    attention = layers.Conv2D(1, 1, activation="sigmoid", name="attention")(features)
    return layers.GlobalAveragePooling2D(name="attended")(layers.Multiply(name="weighted")([features, attention]))


def _strongest(features: Tensor) -> Tensor:
    return layers.GlobalMaxPooling2D(name="strongest")(features)


def _grid(features: Tensor) -> Tensor:
    parts = layers.ReLU(name="parts_relu")(layers.Conv2D(48, 1, name="parts")(features))
    return layers.Flatten(name="grid")(layers.AveragePooling2D(2, name="grid_pool")(parts))
