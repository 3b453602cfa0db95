"""A detector's file: a TFLite flatbuffer with its description appended.

As the TFLite metadata tools do it, a ZIP archive follows the flatbuffer, and the runtime does not mind. Its
`metadata.json` says what the weights cannot: name, version, labels, the threshold at which boxes are counted, what the
model scored, and the SHA-256 of the flatbuffer, so that a half-copied or exchanged file is noticed before it counts;
`labels.txt` names the labels once more for other programs.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from shelfaudit.detection.associated_files import attach_files, detach_files
from shelfaudit.errors import ModelError

FORMAT = 2
METADATA_NAME, LABELS_NAME = "metadata.json", "labels.txt"

MOST_BYTES = 1 << 30
"""No detector for a laptop comes near it; a larger file is something else."""

MOST_PIXELS = 4096
"""Longest side of an input."""

ASSUMED_RANGE = (-1.0, 1.0)
"""What the TF object detection API's float models take for black and white."""

_ONE_LINE = r"[^\x00-\x1f\x7f]{1,200}"
_GET_IT_AGAIN = "Install the model again, or name another one."


class Interface(StrEnum):
    """How a network is spoken to.

    DECODED: our own, see `detection.tflite.TfliteNetwork`. POSTPROCESSED: the four outputs of the operator
    `TFLite_Detection_PostProcess`, see `detection.postprocess_op.PostprocessedNetwork`.
    """

    DECODED = "decoded"
    POSTPROCESSED = "postprocessed"


@dataclass(frozen=True)
class ModelInfo:
    """What is known about a detector without running it.

    file: the TFLite file. sha256: of its flatbuffer, in hexadecimal.
    input_size: side of the square input in pixels.
    labels: names of the classes, by index.
    counting_threshold: a box counts as a facing from this score on, in (0, 1); chosen on validation photos.
    nms_iou: IoU above which two boxes are the same product, in (0, 1].
    target_side: median √area, in input pixels, at which products are found best; None: the whole photo is one input.
    scores: what it reached in its evaluation, name to value.
    precision: of the weights ("float32", "float16", "int8"); "" where it is not known.
    threshold_known: whether the threshold was measured or given, rather than assumed.
    interface: how the network is spoken to; the last three belong to POSTPROCESSED alone.
    most_boxes: most boxes in one input; None: no limit.
    input_range: what a float network takes for black and for white.
    outputs: the places of boxes, classes, scores and count among the model's outputs.
    """

    name: str
    version: str
    file: Path
    sha256: str
    input_size: int
    labels: tuple[str, ...]
    counting_threshold: float
    nms_iou: float
    target_side: float | None
    scores: Mapping[str, float | str]
    precision: str = ""
    threshold_known: bool = True
    interface: Interface = Interface.DECODED
    most_boxes: int | None = None
    input_range: tuple[float, float] = ASSUMED_RANGE
    outputs: tuple[int, ...] = (0, 1, 2, 3)


def describe_model(weights: bytes, metadata: Mapping[str, object]) -> bytes:
    """A model file: the flatbuffer with the metadata and its labels appended.

    metadata: as `parse_metadata` takes it; `format` and `sha256` are filled in.

    Raises:
        ModelError: a field is missing or wrong.
    """
    document = {"format": FORMAT, **metadata, "sha256": hashlib.sha256(weights).hexdigest()}
    info = parse_metadata(document, Path(f"{metadata.get('name')}.tflite"))
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    labels = "".join(f"{label}\n" for label in info.labels)
    return attach_files(weights, {METADATA_NAME: text.encode("utf-8"), LABELS_NAME: labels.encode("utf-8")})


def read_model_info(file: Path) -> ModelInfo:
    """Read a model file's description and check the file against it.

    Raises:
        ModelError: the file is missing, unreadable or damaged, or carries no description of ours.
    """
    return parse_model_info(read_model_bytes(file), file)


def parse_model_info(content: bytes, file: Path) -> ModelInfo:
    """As `read_model_info`, for a file that is read already."""
    weights, metadata = split_model(content, file)
    info = parse_metadata(metadata, file)
    if hashlib.sha256(weights).hexdigest() != info.sha256:
        raise ModelError("The model is not the one its metadata describes.", advice=_GET_IT_AGAIN, file=file)
    return info


def read_metadata(file: Path) -> dict[str, object]:
    """The whole metadata of a model file, training and terms included; raises as `read_model_info`."""
    return split_model(read_model_bytes(file), file)[1]


def split_model(content: bytes, file: Path) -> tuple[bytes, dict[str, object]]:
    """The flatbuffer and the metadata of a model file (its fields are not checked yet).

    Raises:
        ModelError: there is none of ours, or it is no JSON object.
    """
    weights, files = detach_files(content)
    if METADATA_NAME not in files:
        raise ModelError(
            "The model carries no metadata: it was cut short, or not made for shelfaudit.",
            advice="Get it again; a model of others is installed with `shelfaudit models add`.",
            file=file,
        )
    return weights, _parse(files[METADATA_NAME], file)


def read_model_bytes(file: Path) -> bytes:
    """The content of a model file.

    Raises:
        ModelError: it is missing, cannot be read, or is larger than any model.
    """
    try:
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise ModelError("The model is missing.", advice=_GET_IT_AGAIN, file=file) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ModelError(f"The model cannot be read ({reason}).", advice=_GET_IT_AGAIN, file=file) from error
    if len(content) > MOST_BYTES:
        raise ModelError("The file is larger than any model.", advice="Name another file.", file=file)
    return content


def _parse(data: bytes, file: Path) -> dict[str, object]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ModelError("The model's metadata is not JSON.", advice=_GET_IT_AGAIN, file=file) from error
    if not isinstance(document, dict):
        raise ModelError("The model's metadata is not a JSON object.", advice=_GET_IT_AGAIN, file=file)
    return document


def parse_metadata(metadata: Mapping[str, object], file: Path) -> ModelInfo:
    """What a model's metadata says.

    Raises:
        ModelError: another format, or a field is missing or wrong.
    """
    if metadata.get("format") != FORMAT:
        raise ModelError(
            f"The model's metadata has format {metadata.get('format')!r}; this program reads {FORMAT}.",
            advice="Update shelfaudit, or name another model.",
            file=file,
        )
    fields = _Fields(metadata, file)
    return ModelInfo(
        name=fields.text("name"),
        version=fields.text("version"),
        file=file,
        sha256=fields.text("sha256", r"[0-9a-f]{64}"),
        input_size=int(fields.number("input_size", below=MOST_PIXELS + 1, whole=True)),
        labels=fields.texts("labels"),
        counting_threshold=fields.number("counting_threshold", below=1),
        nms_iou=fields.number("nms_iou", below=1),
        target_side=None if metadata.get("target_side") is None else fields.number("target_side"),
        scores=MappingProxyType(fields.scores("scores")),
        precision=fields.text("precision") if metadata.get("precision") else "",
        threshold_known=fields.flag("threshold_known", default=True),
        interface=fields.interface("interface"),
        most_boxes=None if metadata.get("most_boxes") is None else int(fields.number("most_boxes", whole=True)),
        input_range=fields.range("input_range", default=ASSUMED_RANGE),
        outputs=fields.places("outputs", default=(0, 1, 2, 3)),
    )


class _Fields:
    """Reads the fields of a metadata object; a missing or wrong one is a `ModelError` that names it."""

    def __init__(self, metadata: Mapping[str, object], file: Path) -> None:
        self._metadata = metadata
        self._file = file

    def text(self, name: str, pattern: str = _ONE_LINE) -> str:
        value = self._metadata.get(name)
        if not isinstance(value, str) or re.fullmatch(pattern, value) is None:
            raise self._bad(name)
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """One or more texts."""
        value = self._metadata.get(name)
        if not isinstance(value, list) or not value:
            raise self._bad(name)
        if not all(isinstance(text, str) and re.fullmatch(_ONE_LINE, text) for text in value):
            raise self._bad(name)
        return tuple(value)

    def number(self, name: str, *, below: float = math.inf, whole: bool = False) -> float:
        """A number above 0 and below `below`."""
        value = self._metadata.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._bad(name)
        if not 0 < value < below or (whole and value != int(value)):
            raise self._bad(name)
        return float(value)

    def scores(self, name: str) -> dict[str, float | str]:
        """Names and values; a missing field is none."""
        value = self._metadata.get(name, {})
        if not isinstance(value, dict) or not all(isinstance(score, int | float | str) for score in value.values()):
            raise self._bad(name)
        return dict(value)

    def flag(self, name: str, *, default: bool) -> bool:
        """True or false."""
        value = self._metadata.get(name, default)
        if not isinstance(value, bool):
            raise self._bad(name)
        return value

    def interface(self, name: str) -> Interface:
        """How the network is spoken to; a missing field is our own way."""
        value = self._metadata.get(name, Interface.DECODED)
        if not isinstance(value, str) or value not in set(Interface):
            raise self._bad(name)
        return Interface(value)

    def range(self, name: str, *, default: tuple[float, float]) -> tuple[float, float]:
        """Two different numbers."""
        low, high = self._numbers(name, default, 2)
        if low == high:
            raise self._bad(name)
        return low, high

    def places(self, name: str, *, default: tuple[int, ...]) -> tuple[int, ...]:
        """The numbers 0, 1, 2 … in some order."""
        numbers = self._numbers(name, default, len(default))
        if sorted(numbers) != list(range(len(default))):
            raise self._bad(name)
        return tuple(int(number) for number in numbers)

    def _numbers(self, name: str, default: Sequence[float], count: int) -> list[float]:
        value = self._metadata.get(name, default)
        if not isinstance(value, list | tuple) or len(value) != count:
            raise self._bad(name)
        if not all(isinstance(number, int | float) and math.isfinite(number) for number in value):
            raise self._bad(name)
        return [float(number) for number in value]

    def _bad(self, name: str) -> ModelError:
        return ModelError(f"The model's metadata has no valid {name!r}.", advice=_GET_IT_AGAIN, file=self._file)
