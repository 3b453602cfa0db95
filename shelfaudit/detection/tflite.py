"""The TFLite runtime: picks the one that is installed and runs a detector's file by its signature."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from shelfaudit.domain.geometry import FloatArray
from shelfaudit.errors import ModelError

try:
    from ai_edge_litert.interpreter import Interpreter
except ImportError:  # the older runtime, for machines that LiteRT has no wheel for; it has the same API
    from tflite_runtime.interpreter import Interpreter

SIGNATURE = "serving_default"
INPUT = "image"
OUTPUTS = ("scores", "boxes", "features")


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
    """A detector's TFLite file, ready to run. It belongs to the thread that runs it first.

    Raises:
        ModelError: the file cannot be read, or is no detector with these inputs and outputs.
    """

    def __init__(self, file: Path, threads: int) -> None:
        self._file = file
        self._owner: int | None = None
        # From memory: the runtime cannot open every path (non-ASCII ones on Windows).
        try:
            content = file.read_bytes()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ModelError(
                f"The model cannot be read ({reason}).", advice="Name another model.", file=file
            ) from error
        try:
            self._interpreter: Any = Interpreter(model_content=content, num_threads=threads)
        except (ValueError, RuntimeError) as error:
            raise self._refuse("it is damaged or not a TFLite model") from error
        try:
            self._runner: Any = self._interpreter.get_signature_runner(SIGNATURE)
            inputs, outputs = self._runner.get_input_details(), self._runner.get_output_details()
        except (ValueError, RuntimeError, KeyError) as error:
            raise self._refuse(f"it has no signature {SIGNATURE!r}, so it was not made for shelfaudit") from error
        if set(inputs) != {INPUT} or not set(OUTPUTS) <= set(outputs):
            raise self._refuse(f"it needs the input {INPUT!r} and the outputs {', '.join(map(repr, OUTPUTS))}")
        shape = tuple(int(side) for side in inputs[INPUT]["shape"])
        if len(shape) != 4 or shape[0] != 1 or shape[1] != shape[2] or shape[3] != 3:
            raise self._refuse(f"its input has shape {shape}, not (1, S, S, 3)")
        if inputs[INPUT]["dtype"] is not np.float32:
            raise self._refuse("its input is not float32")
        self._input_size = shape[1]
        self._label_count = int(outputs["scores"]["shape"][-1])
        self._feature_depth = int(outputs["features"]["shape"][-1])

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
        """Length D of a feature."""
        return self._feature_depth

    def run(self, image: NDArray[np.float32]) -> Mapping[str, FloatArray]:
        """See `Network.run`; the arrays are copies and stay valid.

        Raises:
            RuntimeError: called from a second thread, which is a bug.
        """
        thread = threading.get_ident()
        if self._owner is None:
            self._owner = thread
        if self._owner != thread:
            raise RuntimeError("an interpreter belongs to one thread; load a detector of your own")
        outputs = self._runner(**{INPUT: image})
        return {name: np.asarray(outputs[name][0], dtype=np.float32) for name in OUTPUTS}

    def _refuse(self, why: str) -> ModelError:
        return ModelError(f"This model cannot be run: {why}.", advice="Name another model.", file=self._file)
