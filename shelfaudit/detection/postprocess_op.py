"""Detectors of others: TFLite SSDs that end in the operator `TFLite_Detection_PostProcess`.

The operator (tensorflow/lite/kernels/detection_postprocess.cc) decodes and suppresses inside the graph and gives a
fixed number of boxes, the best first: boxes (1, K, 4) as y1 x1 y2 x2 in parts of the input, classes (1, K), scores
(1, K) and how many of them are valid (1,).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shelfaudit.detection.model_file import ModelInfo
from shelfaudit.detection.tflite import NO_FEATURES
from shelfaudit.domain.geometry import FloatArray
from shelfaudit.tflite.content import read_model_bytes
from shelfaudit.tflite.runtime import OneThread, make_interpreter, refuse, square_side

RAW_OUTPUTS = ("boxes", "classes", "scores", "count")
"""In the order of the operator; a file may give its outputs in another one (`ModelInfo.outputs`)."""

INPUT_TYPES = (np.float32, np.uint8, np.int8)


class PostprocessedNetwork:
    """A file with the operator's four outputs in the place of a network (see `detection.tflite.Network`).

    It belongs to the thread that runs it first. It has no features: products are told apart by colour and shape.

    Raises:
        ModelError: the file cannot be read, or has another input or other outputs.
    """

    def __init__(self, info: ModelInfo, threads: int) -> None:
        self._thread = OneThread()
        self._interpreter = make_interpreter(read_model_bytes(info.file), threads, info.file)
        inputs, outputs = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        if len(inputs) != 1 or len(outputs) != len(RAW_OUTPUTS):
            raise refuse(f"it has {len(inputs)} inputs and {len(outputs)} outputs, not one and four", info.file)
        self._input = inputs[0]
        if self._input["dtype"] not in INPUT_TYPES:
            raise refuse(f"its input is {np.dtype(self._input['dtype']).name}, not float32, uint8 or int8", info.file)
        self._input_size = square_side(self._input["shape"], info.file)
        self._places = {name: outputs[place] for name, place in zip(RAW_OUTPUTS, info.outputs, strict=True)}
        self._range = info.input_range
        self._label_count = len(info.labels)

    @property
    def input_size(self) -> int:
        """Side of the square input in pixels."""
        return self._input_size

    @property
    def label_count(self) -> int:
        """Number C of labels."""
        return self._label_count

    @property
    def feature_depth(self) -> int:
        """0: there are no features."""
        return 0

    def run(self, image: NDArray[np.float32]) -> Mapping[str, FloatArray]:
        """See `Network.run`; a box has a score for its own label only, the others are 0.

        Raises:
            RuntimeError: called from a second thread, which is a bug.
        """
        raw = self.run_raw(image)
        # Only the first `count` of the K boxes are valid; some files give 0 or rubbish behind them.
        valid = np.arange(len(raw["scores"])) < raw["count"]
        # Rubbish need not be a number that an integer can hold; no label is -1.
        finite = np.nan_to_num(np.rint(raw["classes"]), nan=-1.0)
        labels = np.clip(finite, -1, self._label_count).astype(np.int64)
        kept = np.flatnonzero(valid & (labels >= 0) & (labels < self._label_count))
        scores = np.zeros((len(kept), self._label_count), dtype=np.float32)
        scores[np.arange(len(kept)), labels[kept]] = np.clip(raw["scores"][kept], 0, 1)
        boxes = raw["boxes"][kept][:, [1, 0, 3, 2]] * np.float32(self._input_size)
        return {"scores": scores, "boxes": boxes.astype(np.float32), "features": NO_FEATURES}

    def run_raw(self, image: NDArray[np.float32]) -> Mapping[str, FloatArray]:
        """The operator's outputs as they are, without the batch axis: boxes (K, 4), classes (K,), scores (K,), count.

        image: float32 (1, S, S, 3), RGB, 0..255.
        """
        self._thread.check()
        self._interpreter.set_tensor(self._input["index"], to_input(image, self._input, self._range))
        self._interpreter.invoke()
        raw = {name: self._value(detail) for name, detail in self._places.items()}
        boxes = raw["boxes"].reshape(-1, 4)
        most = len(boxes)
        return {
            "boxes": boxes,
            "classes": raw["classes"].reshape(-1)[:most],
            "scores": raw["scores"].reshape(-1)[:most],
            "count": raw["count"].reshape(-1)[:1],
        }

    def _value(self, detail: Mapping[str, Any]) -> FloatArray:
        value = np.asarray(self._interpreter.get_tensor(detail["index"]))
        if value.dtype.kind == "f":
            return value.astype(np.float32)
        scale, zero = detail["quantization"]
        real: FloatArray = ((value.astype(np.float32) - zero) * (scale or 1.0)).astype(np.float32)
        return real


def to_input(
    image: NDArray[np.float32], detail: Mapping[str, Any], input_range: tuple[float, float]
) -> NDArray[np.float32] | NDArray[np.uint8] | NDArray[np.int8]:
    """Pixels 0..255 as an input takes them.

    A uint8 input takes pixels as they are (its quantisation says what they stand for); a float one is scaled to
    `input_range`; an int8 one is scaled to that range and quantised.

    Args:
        image: float32 (1, S, S, 3).
        detail: the interpreter's description of the input.
        input_range: what black and white are.
    """
    if detail["dtype"] is np.uint8:
        return np.clip(np.rint(image), 0, 255).astype(np.uint8)
    low, high = input_range
    scaled: NDArray[np.float32] = image * np.float32((high - low) / 255) + np.float32(low)
    if detail["dtype"] is np.int8:
        scale, zero = detail["quantization"]
        levels: NDArray[np.int8] = np.clip(np.rint(scaled / (scale or 1.0)) + zero, -128, 127).astype(np.int8)
        return levels
    return scaled
