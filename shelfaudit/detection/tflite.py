"""Our own detectors, run by their signature."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from shelfaudit.domain.geometry import FloatArray
from shelfaudit.tflite.content import read_model_bytes
from shelfaudit.tflite.runtime import SIGNATURE, OneThread, make_interpreter, refuse, square_side

INPUT = "image"
OUTPUTS = ("scores", "boxes")
FEATURES = "features"
"""An output that a model of others may do without: then products are told apart by colour and shape alone."""


class Network(Protocol):
    """What a detector runs: an image in, its named outputs out."""

    @property
    def input_size(self) -> int:
        """Side of the square input in pixels."""

    @property
    def label_count(self) -> int:
        """Number C of labels that each box has a score for."""

    @property
    def feature_depth(self) -> int:
        """Length D of a feature."""

    def run(self, image: NDArray[np.float32]) -> Mapping[str, FloatArray]:
        """`image` float32 (1, S, S, 3), RGB, 0..255. Without the batch axis come back: `scores` (N, C),
        `boxes` (N, 4) x1 y1 x2 y2 in input pixels, `features` (rows, columns, D)."""


class TfliteNetwork:
    """A detector's TFLite file with our own signature, ready to run. It belongs to the thread that runs it first.

    Signature `serving_default`: `image` (1, S, S, 3) → `scores` (1, N, C), `boxes` (1, N, 4) and, where the model has
    any, `features` (1, rows, columns, D).

    Raises:
        ModelError: the file cannot be read, or is no detector with these inputs and outputs.
    """

    def __init__(self, file: Path, threads: int) -> None:
        self._thread = OneThread()
        self._interpreter = make_interpreter(read_model_bytes(file), threads, file)
        try:
            self._runner: Any = self._interpreter.get_signature_runner(SIGNATURE)
            inputs, outputs = self._runner.get_input_details(), self._runner.get_output_details()
        except (ValueError, RuntimeError, KeyError) as error:
            raise refuse(f"it has no signature {SIGNATURE!r}, so it was not made for shelfaudit", file) from error
        if set(inputs) != {INPUT} or not set(OUTPUTS) <= set(outputs):
            raise refuse(f"it needs the input {INPUT!r} and the outputs {', '.join(map(repr, OUTPUTS))}", file)
        if inputs[INPUT]["dtype"] is not np.float32:
            raise refuse("its input is not float32", file)
        self._input_size = square_side(inputs[INPUT]["shape"], file)
        scores, boxes = (tuple(int(side) for side in outputs[name]["shape"]) for name in OUTPUTS)
        if len(scores) != 3 or boxes != (scores[0], scores[1], 4):
            raise refuse(f"its scores have shape {scores} and its boxes {boxes}, not (1, N, C) and (1, N, 4)", file)
        self._label_count = scores[2]
        self._feature_depth = int(outputs[FEATURES]["shape"][-1]) if FEATURES in outputs else 0

    @property
    def input_size(self) -> int:
        """Side of the square input in pixels."""
        return self._input_size

    @property
    def label_count(self) -> int:
        """Number C of labels that each box has a score for."""
        return self._label_count

    @property
    def feature_depth(self) -> int:
        """Length D of a feature; 0 where the model has none."""
        return self._feature_depth

    def run(self, image: NDArray[np.float32]) -> Mapping[str, FloatArray]:
        """See `Network.run`; the arrays are copies and stay valid.

        Raises:
            RuntimeError: called from a second thread, which is a bug.
        """
        self._thread.check()
        outputs = {
            name: np.asarray(value[0], dtype=np.float32) for name, value in self._runner(**{INPUT: image}).items()
        }
        outputs.setdefault(FEATURES, NO_FEATURES)
        return outputs


NO_FEATURES = np.zeros((1, 1, 0), dtype=np.float32)
"""The feature map of a network without features."""
