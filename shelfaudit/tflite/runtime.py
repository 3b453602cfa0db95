"""The TFLite runtime: picks the one that is installed and makes interpreters of model files."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shelfaudit.errors import ModelError

try:
    from ai_edge_litert.interpreter import Interpreter
except ImportError:  # the older runtime, for machines that LiteRT has no wheel for; it has the same API
    from tflite_runtime.interpreter import Interpreter

SIGNATURE = "serving_default"
"""The name under which our own models say what goes in and what comes out."""


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


def square_side(shape: Sequence[int], file: Path) -> int:
    """Side S of an input (1, S, S, 3). Raises ModelError for any other shape."""
    sides = tuple(int(side) for side in shape)
    if len(sides) == 4 and sides[0] == 1 and sides[3] == 3 and sides[1] != sides[2]:
        raise refuse(f"its input is not square: {sides[2]} × {sides[1]} pixels", file)
    if len(sides) != 4 or sides[0] != 1 or sides[3] != 3 or sides[1] < 2:
        raise refuse(f"its input has shape {sides}, not (1, S, S, 3)", file)
    return sides[1]
