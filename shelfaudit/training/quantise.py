"""Full-integer quantisation after training (Jacob et al., CVPR 2018), with the heads' ends in float.

Weights are int8 per channel, activations int8 per tensor, their ranges taken from photos. What turns the last feature
maps into answers stays in float32: a box of 960 pixels has no room in 256 steps, and scores that fall together can no
longer be ranked. That is the last convolution of each head and everything behind it, and the scaling of the pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shelfaudit.datasets.dataset import LabelledPhoto
from shelfaudit.detection.postprocess import choose_scale
from shelfaudit.detection.preprocess import cut_tile, letterbox, plan_tiles, resize

Image = NDArray[np.float32]
"""One input of the network, (1, S, S, 3) in 0..255."""

CALIBRATION_PHOTOS = 24
MOST_ENLARGEMENT = 2.0


def calibration_inputs(
    photos: Sequence[LabelledPhoto], input_size: int, target_side: float | None, count: int = CALIBRATION_PHOTOS
) -> Iterator[Image]:
    """What the network will see of these photos, as the detector shows it: each one whole, and, where the model has a
    target size, a tile at the scale that brings the products there.

    count: how many of the photos are taken, evenly spread.
    """
    chosen = np.unique(np.linspace(0, len(photos) - 1, min(count, len(photos))).astype(int))
    random = np.random.default_rng(1)
    for number in chosen:
        photo = photos[number]
        pixels = photo.read()
        yield letterbox(pixels, input_size)[0]
        scale = choose_scale(photo.boxes, target_side) if target_side is not None else None
        if scale is not None:
            scale = min(scale, MOST_ENLARGEMENT)
            tiles = plan_tiles(pixels.shape[1], pixels.shape[0], scale, input_size, input_size // 4)
            yield cut_tile(resize(pixels, scale), tiles[int(random.integers(len(tiles)))])


def quantise(saved_model: str, inputs: Callable[[], Iterator[Image]]) -> bytes:
    """A saved model with the signature `serving_default` as an int8 TFLite model with float32 inputs and outputs.

    inputs: gives the calibration inputs, each time anew.
    """
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_saved_model(saved_model, signature_keys=["serving_default"])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ({"image": image} for image in inputs())
    # The debugger is TensorFlow's public way to leave some operators in float.
    debugger = tf.lite.experimental.QuantizationDebugger(
        converter=converter, debug_dataset=converter.representative_dataset
    )
    debugger.options = tf.lite.experimental.QuantizationDebugOptions(
        denylisted_nodes=float_nodes(debugger.calibrated_model), fully_quantize=False
    )
    return bytes(debugger.get_nondebug_quantized_model())


@dataclass(frozen=True)
class _Operator:
    """An operator of a TFLite graph, with the tensors it reads and makes by number; constants are left out."""

    name: str
    convolves: bool
    reads: tuple[int, ...]
    makes: tuple[int, ...]


def float_nodes(model: bytes) -> list[str]:
    """Names of the operators of a TFLite model that stay in float: those that only serve an output, back to and with
    the last convolution, and those between the input and the first convolution."""
    operators, inputs = _operators(model)
    readers: dict[int, list[int]] = {}
    for number, operator in enumerate(operators):
        for tensor in operator.reads:
            readers.setdefault(tensor, []).append(number)
    kept: set[int] = set()
    # A file has its operators in an order in which they can be run.
    for number, operator in reversed(list(enumerate(operators))):
        later = {reader for tensor in operator.makes for reader in readers.get(tensor, ())}
        if all(reader in kept and not operators[reader].convolves for reader in later):
            kept.add(number)
    raw = set(inputs)
    for number, operator in enumerate(operators):
        if not operator.convolves and operator.reads and set(operator.reads) <= raw:
            kept.add(number)
            raw |= set(operator.makes)
    return [operators[number].name for number in sorted(kept)]


def _operators(model: bytes) -> tuple[list[_Operator], list[int]]:
    """The operators of a model's main graph in their order, and its inputs."""
    from tensorflow.lite.python import schema_py_generated as schema

    codes = schema.BuiltinOperator
    convolutions = {codes.CONV_2D, codes.DEPTHWISE_CONV_2D, codes.TRANSPOSE_CONV, codes.FULLY_CONNECTED}
    content = schema.ModelT.InitFromPackedBuf(model, 0)
    graph = content.subgraphs[0]
    constants = {
        number for number, tensor in enumerate(graph.tensors) if content.buffers[tensor.buffer].data is not None
    }
    operators = [
        _Operator(
            name=graph.tensors[operator.outputs[0]].name.decode("utf-8"),
            convolves=content.operatorCodes[operator.opcodeIndex].builtinCode in convolutions,
            reads=tuple(int(tensor) for tensor in operator.inputs if tensor >= 0 and tensor not in constants),
            makes=tuple(int(tensor) for tensor in operator.outputs),
        )
        for operator in graph.operators
    ]
    return operators, [int(tensor) for tensor in graph.inputs]
