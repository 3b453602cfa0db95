"""From trained weights to the TFLite file that the laptop runs."""

from __future__ import annotations

import tempfile

import keras
from keras import layers

from shelfaudit.training.architecture import Architecture
from shelfaudit.training.checkpoint import Weights, set_weights
from shelfaudit.training.features import Projection, projected, raw_features
from shelfaudit.training.network import build_network


def inference_network(
    weights: Weights,
    input_size: int,
    projection: Projection | None = None,
    classes: int = 1,
    size: Architecture | None = None,
) -> keras.Model:
    """The network as it ships: `image` (1, S, S, 3) → `scores` (1, N, C) probabilities, `boxes` (1, N, 4) in input
    pixels, `features` (1, S/16, S/16, D). The batch is fixed to 1 because a dynamic one is slower on the laptop.

    Args:
        weights: of `build_network`, at any input size.
        input_size: S, a multiple of 32.
        projection: makes the features; without one they are the raw ones.
    """
    network = build_network(input_size, classes, size, batch=1)
    set_weights(network, weights)
    raw = raw_features(network, size)
    outputs = {
        "scores": layers.Activation("sigmoid", name="probabilities")(network.output["logits"]),
        "boxes": network.output["boxes"],
        "features": projected(raw, projection) if projection is not None else raw,
    }
    return keras.Model(network.input, outputs)


def to_tflite(network: keras.Model, half_precision: bool = True) -> bytes:
    """A TFLite model with the signature `serving_default` and the network's input and output names.

    Needs the TensorFlow backend.

    Args:
        network: of `inference_network`.
        half_precision: store weights as float16: half the file, the same speed.
    """
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as folder:
        network.export(folder, format="tf_saved_model", verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=["serving_default"])
        if half_precision:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.target_spec.supported_types = [tf.float16]
        return bytes(converter.convert())
