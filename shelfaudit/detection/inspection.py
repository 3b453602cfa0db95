"""Is this file a detector that shelfaudit can run? Found out by running it, in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shelfaudit.detection.flatbuffer import PostprocessOp, read_normalisation, read_postprocess_op
from shelfaudit.detection.isolation import run_isolated
from shelfaudit.detection.model_file import ASSUMED_RANGE, Interface, ModelInfo, parse_model_info
from shelfaudit.detection.postprocess_op import INPUT_TYPES, RAW_OUTPUTS, PostprocessedNetwork, to_input
from shelfaudit.detection.tflite import TfliteNetwork
from shelfaudit.domain.geometry import FloatArray
from shelfaudit.tflite.associated_files import detach_files
from shelfaudit.tflite.content import METADATA_NAME, read_model_bytes
from shelfaudit.tflite.runtime import SIGNATURE, make_interpreter, refuse, square_side

SECONDS = 120.0
"""A model that has not answered two pictures by then is of no use."""

_WHAT_FITS = (
    "shelfaudit runs its own detectors and SSDs with the four outputs of TFLite_Detection_PostProcess "
    "(boxes, classes, scores, count)"
)
_NAMES = {
    "boxes": ("box", "location"),
    "classes": ("class", "categor"),
    "scores": ("score",),
    "count": ("num", "count"),
}
"""What the names of outputs have in them."""


@dataclass(frozen=True)
class Inspection:
    """What running a model showed.

    input_size: side of the square input in pixels. input_type: of its numbers, as NumPy names it.
    label_count: how many labels it tells apart; None where the file does not say.
    labels: their names, where the file carries them; else empty.
    most_boxes: most boxes it gives for one input; None: no limit.
    input_range: what black and white are for the input, where the file says so.
    outputs: see `ModelInfo.outputs`.
    feature_depth: numbers that describe a place; 0 where it does not describe any.
    described: whether the file carries metadata of ours.
    """

    interface: Interface
    input_size: int
    input_type: str
    label_count: int | None
    labels: tuple[str, ...]
    most_boxes: int | None
    input_range: tuple[float, float] | None
    outputs: tuple[int, ...]
    feature_depth: int
    described: bool


def inspect_model(file: Path) -> Inspection:
    """Run a model in a process of its own and find out what it is.

    Raises:
        ModelError: it is no detector that shelfaudit can run, in plain words; running it broke the process down or took
            too long; or the file cannot be read.
    """
    read_model_bytes(file)
    return run_isolated(inspect_here, file, SECONDS)


def inspect_here(file: Path) -> Inspection:
    """As `inspect_model`, in this process: a hostile file may bring it down."""
    content = read_model_bytes(file)
    flatbuffer, files = detach_files(content)
    found = _inspected(content, flatbuffer, files, file)
    if found.described and not _agrees(parse_model_info(content, file), found):
        raise refuse("its metadata describes another network", file)
    return found


def _agrees(info: ModelInfo, found: Inspection) -> bool:
    """Whether metadata says what running the model showed."""
    return (
        info.interface is found.interface
        and info.input_size == found.input_size
        and found.label_count in {None, len(info.labels)}
        and info.outputs == found.outputs
    )


def _inspected(content: bytes, flatbuffer: bytes, files: Mapping[str, bytes], file: Path) -> Inspection:
    interpreter = make_interpreter(content, 1, file)
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    try:
        operator = read_postprocess_op(flatbuffer)
    except Exception:  # the runtime took the file, so it is whole; it only does not say what could be known
        operator = None
    if operator is None and _is_ours(interpreter):
        return _decoded(file, METADATA_NAME in files, label_names(files))
    if len(inputs) != 1 or len(outputs) != len(RAW_OUTPUTS):
        raise refuse(f"{_outputs_in_words(inputs, outputs)}; {_WHAT_FITS}", file)
    if inputs[0]["dtype"] not in INPUT_TYPES:
        raise refuse(f"its input is {np.dtype(inputs[0]['dtype']).name}, not float32, uint8 or int8", file)
    size = square_side(_fixed_shape(inputs[0], file), file)
    places = (operator.outputs if operator is not None else None) or _places(interpreter, inputs[0], outputs, file)
    return _postprocessed(file, size, places, operator, inputs[0], flatbuffer, files)


def label_names(files: Mapping[str, bytes]) -> tuple[str, ...]:
    """The labels in a model's associated files; empty where there are none."""
    for name, data in files.items():
        if name.lower().endswith(".txt") and "label" in name.lower():
            try:
                return read_labels(data)
            except ValueError:
                return ()
    return ()


def read_labels(data: bytes) -> tuple[str, ...]:
    """One label a line. A first line `???` is the place that some tools keep for the background: it is left out.

    Raises:
        ValueError: it is not UTF-8 text.
    """
    lines = [line.strip() for line in data.decode("utf-8-sig").splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    if lines and lines[0] in {"???", "background", "__background__"}:
        lines = lines[1:]
    return tuple(line or "???" for line in lines)


def _is_ours(interpreter: Any) -> bool:
    signature = interpreter.get_signature_list().get(SIGNATURE)
    return signature is not None and {"boxes", "scores"} <= set(signature["outputs"])


def _decoded(file: Path, described: bool, labels: tuple[str, ...]) -> Inspection:
    network = TfliteNetwork(file, 1)
    size = network.input_size
    farthest = 0.0
    for image in _pictures(size):
        found = network.run(image)
        scores, boxes = found["scores"], found["boxes"]
        if not np.isfinite(scores).all() or scores.min(initial=0) < 0 or scores.max(initial=0) > 1:
            raise refuse("its scores are not between 0 and 1", file)
        farthest = max(farthest, float(np.nan_to_num(boxes).max(initial=0)))
    if farthest <= 2:
        raise refuse("its boxes are parts of the input, where shelfaudit expects pixels", file)
    return Inspection(
        interface=Interface.DECODED,
        input_size=size,
        input_type="float32",
        label_count=network.label_count,
        labels=labels,
        most_boxes=None,
        input_range=None,
        outputs=(0, 1, 2, 3),
        feature_depth=network.feature_depth,
        described=described,
    )


def _postprocessed(
    file: Path,
    size: int,
    places: tuple[int, ...],
    operator: PostprocessOp | None,
    detail: Mapping[str, Any],
    flatbuffer: bytes,
    files: Mapping[str, bytes],
) -> Inspection:
    most = 0
    for image in _pictures(size):
        raw = _network(file, size, places).run_raw(image)
        _check_raw(raw, file)
        most = max(most, len(raw["scores"]))
    return Inspection(
        interface=Interface.POSTPROCESSED,
        input_size=size,
        input_type=np.dtype(detail["dtype"]).name,
        label_count=operator.classes if operator is not None else None,
        labels=label_names(files),
        most_boxes=most,
        input_range=_input_range(detail, flatbuffer),
        outputs=places,
        feature_depth=0,
        described=METADATA_NAME in files,
    )


def _network(file: Path, size: int, places: tuple[int, ...]) -> PostprocessedNetwork:
    info = ModelInfo(
        name=file.stem,
        version="",
        file=file,
        sha256="",
        input_size=size,
        labels=("product",),
        counting_threshold=0.5,
        nms_iou=0.5,
        target_side=None,
        scores=MappingProxyType({}),
        interface=Interface.POSTPROCESSED,
        outputs=places,
    )
    return PostprocessedNetwork(info, 1)


def _check_raw(raw: Mapping[str, FloatArray], file: Path) -> None:
    """See that the four outputs hold what they should. Raises ModelError."""
    boxes, classes, scores = raw["boxes"], raw["classes"], raw["scores"]
    if not len(boxes) == len(classes) == len(scores) or not len(raw["count"]):
        raise refuse(f"its outputs do not belong together: {len(boxes)} boxes, {len(scores)} scores", file)
    count = int(np.clip(np.nan_to_num(raw["count"][0]), 0, len(scores)))
    if not _are_scores(scores[:count]):
        raise refuse("its scores are not between 0 and 1", file)
    if not _are_classes(classes[:count]):
        raise refuse("its classes are not whole numbers", file)
    if not np.isfinite(boxes[:count]).all() or np.abs(boxes[:count]).max(initial=0) > 10:
        raise refuse("its boxes are not parts of the input", file)


def _are_scores(values: FloatArray) -> bool:
    return bool(np.isfinite(values).all() and (values >= 0).all() and (values <= 1).all())


def _are_classes(values: FloatArray) -> bool:
    return bool(np.isfinite(values).all() and (values >= 0).all() and np.allclose(values, np.rint(values)))


def _places(interpreter: Any, detail: Mapping[str, Any], outputs: list[dict[str, Any]], file: Path) -> tuple[int, ...]:
    """Which output is which, in a file without the operator: by names, else by shapes and what is in them.

    Raises:
        ModelError: it cannot be told.
    """
    named = _by_name([str(output["name"]) for output in outputs])
    if named is not None:
        return named
    values = []
    for image in _pictures(int(detail["shape"][1])):
        interpreter.set_tensor(detail["index"], to_input(image, detail, ASSUMED_RANGE))
        interpreter.invoke()
        values.append([np.asarray(interpreter.get_tensor(output["index"])).astype(np.float32) for output in outputs])
    shapes = [value.shape for value in values[0]]
    boxes = [place for place, shape in enumerate(shapes) if len(shape) >= 2 and shape[-1] == 4]
    count = [place for place, shape in enumerate(shapes) if int(np.prod(shape)) == 1 and place not in boxes]
    rest = [place for place in range(len(outputs)) if place not in boxes and place not in count]
    if len(boxes) == len(count) == 1 and len(rest) == 2:
        whole = [all(_are_classes(given[place]) for given in values) for place in rest]
        if whole.count(True) == 1:
            classes = rest[whole.index(True)]
            return boxes[0], classes, next(place for place in rest if place != classes), count[0]
    raise refuse(f"which of its outputs are boxes, classes, scores and count cannot be told; {_WHAT_FITS}", file)


def _by_name(names: list[str]) -> tuple[int, ...] | None:
    """The places of boxes, classes, scores and count, where the names of the outputs say so."""
    places = []
    for role in RAW_OUTPUTS:
        found = [place for place, name in enumerate(names) if any(part in name.lower() for part in _NAMES[role])]
        if len(found) != 1:
            return None
        places += found
    return tuple(places) if len(set(places)) == len(places) else None


def _fixed_shape(detail: Mapping[str, Any], file: Path) -> tuple[int, ...]:
    """The input's shape. Raises ModelError where it is left open, or colours come first."""
    signature = tuple(int(side) for side in detail.get("shape_signature", detail["shape"]))
    if any(side < 0 for side in signature[1:]):
        raise refuse("its input has no fixed size; convert it with one", file)
    shape = tuple(int(side) for side in detail["shape"])
    if len(shape) == 4 and shape[1] == 3 and shape[3] != 3:
        raise refuse("its input has the colours first (1, 3, S, S); convert it with the colours last", file)
    return shape


def _outputs_in_words(inputs: list[dict[str, Any]], outputs: list[dict[str, Any]]) -> str:
    shapes = ", ".join("×".join(str(int(side)) for side in output["shape"]) or "1" for output in outputs[:6])
    more = ", …" if len(outputs) > 6 else ""
    of_inputs = "" if len(inputs) == 1 else f"{len(inputs)} inputs and "
    return f"it has {of_inputs}{len(outputs)} output{'s' if len(outputs) != 1 else ''} ({shapes}{more})"


def _input_range(detail: Mapping[str, Any], flatbuffer: bytes) -> tuple[float, float] | None:
    """What black and white are for a float or int8 input, as far as the file says it."""
    if detail["dtype"] is np.int8:
        scale, zero = detail["quantization"]
        return ((-128 - zero) * scale, (127 - zero) * scale) if scale else None
    try:
        return read_normalisation(flatbuffer)
    except Exception:  # what cannot be read is not known
        return None


def _pictures(size: int) -> list[NDArray[np.float32]]:
    """Two inputs (1, S, S, 3) in 0..255 that give a detector something to answer: rectangles, and noise."""
    rectangles = np.full((1, size, size, 3), 40, dtype=np.float32)
    step = max(4, size // 4)
    for number, (y, x) in enumerate(np.ndindex(size // step, size // step)):
        colour = np.array([255, 60 + 40 * (number % 5), 230 - 50 * (number % 4)], dtype=np.float32)
        rectangles[0, y * step + step // 8 : (y + 1) * step - step // 8, x * step + step // 5 : (x + 1) * step] = colour
    noise = np.random.default_rng(7).integers(0, 256, (1, size, size, 3)).astype(np.float32)
    return [rectangles, noise]
