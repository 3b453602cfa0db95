"""From trained weights to the TFLite file that the laptop runs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path

import keras
import numpy as np
from keras import layers

from shelfaudit.domain.geometry import FloatArray
from shelfaudit.tflite.runtime import make_interpreter
from shelfaudit.training.architecture import Architecture
from shelfaudit.training.checkpoint import Weights, set_weights
from shelfaudit.training.features import Projection, projected, raw_features
from shelfaudit.training.losses import Tensor
from shelfaudit.training.network import build_network
from shelfaudit.training.quantise import Image, quantise
from shelfaudit.training.quiet import quietly

Inputs = Callable[[], Iterator[Image]]


class Precision(StrEnum):
    """How the numbers of a model are kept.

    FLOAT16 stores weights in half: half the file, the same speed. INT8 calculates in whole numbers: a quarter of the
    file, less than half of the time.
    """

    FLOAT32 = "float32"
    FLOAT16 = "float16"
    INT8 = "int8"


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


def to_tflite(network: keras.Model, precision: Precision = Precision.FLOAT16, inputs: Inputs | None = None) -> bytes:
    """A TFLite model with the signature `serving_default` and the network's input and output names.

    Needs the TensorFlow backend.

    Args:
        network: of `inference_network`, or another one with an input `image` of a fixed shape and named outputs.
        inputs: gives what int8 is calibrated on, each time anew; the other precisions need none.

    Raises:
        ValueError: int8 without calibration inputs.
    """
    import tensorflow as tf

    if precision is Precision.INT8 and inputs is None:
        raise ValueError("int8 needs inputs to calibrate on")
    with tempfile.TemporaryDirectory() as folder, quietly():
        _save(network, folder)
        if precision is Precision.INT8 and inputs is not None:
            return quantise(folder, inputs)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=["serving_default"])
        if precision is Precision.FLOAT16:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.target_spec.supported_types = [tf.float16]
        return bytes(converter.convert())


def feature_maps(network: keras.Model, size: Architecture | None, threads: int) -> Callable[[Image], FloatArray]:
    """What gives the raw features (S/16, S/16, R) of an input: several times faster than the network in Keras.

    network: of `build_network` with a batch of 1.
    """
    early = keras.Model(network.input, {"features": raw_features(network, size)})
    interpreter = make_interpreter(to_tflite(early, Precision.FLOAT32), threads, Path("features"))
    runner = interpreter.get_signature_runner("serving_default")

    def run(image: Image) -> FloatArray:
        return np.asarray(runner(image=image)["features"][0], dtype=np.float32)

    return run


@keras.saving.register_keras_serializable("shelfaudit")
class NearestUpSampling(layers.Layer):  # type: ignore[misc]  # Keras has no types
    """`UpSampling2D` by 2 as one TFLite operator, where Keras makes a dozen of it."""

    def call(self, x: Tensor) -> Tensor:
        import tensorflow as tf

        size = (2 * x.shape[1], 2 * x.shape[2])
        return tf.raw_ops.ResizeNearestNeighbor(images=x, size=size, half_pixel_centers=True)


def _save(network: keras.Model, folder: str) -> None:
    """Save the network as a SavedModel whose shapes are all known: with an open batch, as `Model.export` leaves it,
    TFLite calculates shapes at each run."""
    import tensorflow as tf

    fixed = keras.models.clone_model(network, clone_function=_for_tflite)
    fixed.set_weights(network.get_weights())
    archive = keras.export.ExportArchive()
    archive.track(fixed)
    specification = tf.TensorSpec(network.input_shape, tf.float32, name="image")
    archive.add_endpoint("serving_default", lambda image: fixed(image, training=False), input_signature=[specification])
    archive.write_out(folder, verbose=False)


def _for_tflite(layer: layers.Layer) -> layers.Layer:
    if isinstance(layer, layers.UpSampling2D) and layer.size == (2, 2) and layer.interpolation == "nearest":
        return NearestUpSampling(name=layer.name)
    return layer.__class__.from_config(layer.get_config())
