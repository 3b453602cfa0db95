"""The TFLite runtime: picks the one that is installed and runs our own detectors by their signature."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from shelfaudit.detection.model_file import read_model_bytes
from shelfaudit.domain.geometry import FloatArray
from shelfaudit.errors import ModelError

try:
    from ai_edge_litert.interpreter import Interpreter
except ImportError:  # the older runtime, for machines that LiteRT has no wheel for; it has the same API
    from tflite_runtime.interpreter import Interpreter

SIGNATURE = "serving_default"
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


def make_interpreter(content: bytes, threads: int, file: Path) -> Any:
    """The runtime's interpreter of a TFLite file's content.

    Raises:
        ModelError: it is damaged, no TFLite file, or needs operations that this runtime does not have.
    """
    try:
        # From memory: the runtime cannot open every path (non-ASCII ones on Windows).
        interpreter = Interpreter(model_content=content, num_threads=threads)
    except (ValueError, RuntimeError) as error:
        raise refuse(_why_not_made(str(error)), file) from error
    try:
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise refuse(_why_not_made(str(error)), file) from error
    return interpreter


def refuse(why: str, file: Path) -> ModelError:
    """The error of a model that is not one this program can run. why: a clause in plain words."""
    return ModelError(f"This model cannot be run: {why}.", advice="Name another model.", file=file)


def _why_not_made(message: str) -> str:
    """The runtime's own words in plain ones."""
    if "Select TensorFlow op" in message or "Flex" in message:
        return "it needs operations of TensorFlow itself; convert it with TFLite's own operations only"
    if "unresolved custom op" in message or "custom op" in message:
        name = message.partition("custom op: ")[2].split()
        return (
            f"it needs the operation {name[0].rstrip('.')!r}, which TFLite does not have"
            if name
            else ("it needs an operation that TFLite does not have")
        )
    if "op version" in message or "builtin opcode" in message or "Didn't find op" in message:
        return "it needs a newer TFLite runtime"
    return "it is damaged or not a TFLite model"


class OneThread:
    """Sees that an interpreter is used by the thread that used it first."""

    def __init__(self) -> None:
        self._owner: int | None = None

    def check(self) -> None:
        """Raises RuntimeError when called from a second thread, which is a bug."""
        thread = threading.get_ident()
        if self._owner is None:
            self._owner = thread
        if self._owner != thread:
            raise RuntimeError("an interpreter belongs to one thread; load a detector of your own")


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


def square_side(shape: Sequence[int], file: Path) -> int:
    """Side S of an input (1, S, S, 3). Raises ModelError for any other shape."""
    sides = tuple(int(side) for side in shape)
    if len(sides) == 4 and sides[0] == 1 and sides[3] == 3 and sides[1] != sides[2]:
        raise refuse(f"its input is not square: {sides[2]} × {sides[1]} pixels", file)
    if len(sides) != 4 or sides[0] != 1 or sides[3] != 3 or sides[1] < 2:
        raise refuse(f"its input has shape {sides}, not (1, S, S, 3)", file)
    return sides[1]
