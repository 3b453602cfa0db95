"""A detector's file and the metadata beside it: `NAME.tflite` with `NAME.json`.

The JSON says what the weights cannot: name, version, labels, the threshold at which boxes are counted, what the
model scored, and the SHA-256 of the weights, so that a half-copied or exchanged file is noticed before it counts.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from shelfaudit.errors import ModelError

FORMAT = 1
_GET_IT_AGAIN = "Install the model again, or name another one."


@dataclass(frozen=True)
class ModelInfo:
    """What is known about a detector without running it.

    file: the TFLite file. sha256: of it, in hexadecimal.
    input_size: side of the square input in pixels.
    labels: names of the classes, by index.
    counting_threshold: a box counts as a facing from this score on, in (0, 1); chosen on validation photos.
    nms_iou: IoU above which two boxes are the same product, in (0, 1].
    target_side: median √area, in input pixels, at which products are found best; None: the whole photo is one input.
    scores: what it reached in its evaluation, name to value.
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


def metadata_file(file: Path) -> Path:
    """Where the metadata of a TFLite file is."""
    return file.with_suffix(".json")


def read_model_info(file: Path) -> ModelInfo:
    """Read the metadata beside a TFLite file and check the file against it.

    Raises:
        ModelError: a file is missing, unreadable or damaged, or the two do not belong together.
    """
    weights = _read(file, "model")
    metadata = _parse(_read(metadata_file(file), "model's metadata"), metadata_file(file))
    info = _model_info(metadata, file)
    if hashlib.sha256(weights).hexdigest() != info.sha256:
        raise ModelError("The model is not the one its metadata describes.", advice=_GET_IT_AGAIN, file=file)
    return info


def _read(file: Path, what: str) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise ModelError(f"The {what} is missing.", advice=_GET_IT_AGAIN, file=file) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ModelError(f"The {what} cannot be read ({reason}).", advice=_GET_IT_AGAIN, file=file) from error


def _parse(data: bytes, file: Path) -> dict[str, object]:
    try:
        document = json.loads(data)
    except ValueError as error:
        raise ModelError("The model's metadata is not JSON.", advice=_GET_IT_AGAIN, file=file) from error
    if not isinstance(document, dict):
        raise ModelError("The model's metadata is not a JSON object.", advice=_GET_IT_AGAIN, file=file)
    if document.get("format") != FORMAT:
        raise ModelError(
            f"The model's metadata has format {document.get('format')!r}; this program reads {FORMAT}.",
            advice="Update shelfaudit, or name another model.",
            file=file,
        )
    return document


def _model_info(metadata: Mapping[str, object], file: Path) -> ModelInfo:
    fields = _Fields(metadata, metadata_file(file))
    return ModelInfo(
        name=fields.text("name"),
        version=fields.text("version"),
        file=file,
        sha256=fields.text("sha256", r"[0-9a-f]{64}"),
        input_size=int(fields.number("input_size", whole=True)),
        labels=fields.texts("labels"),
        counting_threshold=fields.number("counting_threshold", below=1),
        nms_iou=fields.number("nms_iou", below=1),
        target_side=None if metadata.get("target_side") is None else fields.number("target_side"),
        scores=MappingProxyType(fields.scores("scores")),
    )


class _Fields:
    """Reads the fields of a metadata object; a missing or wrong one is a `ModelError` that names it."""

    def __init__(self, metadata: Mapping[str, object], file: Path) -> None:
        self._metadata = metadata
        self._file = file

    def text(self, name: str, pattern: str = r".+") -> str:
        value = self._metadata.get(name)
        if not isinstance(value, str) or re.fullmatch(pattern, value) is None:
            raise self._bad(name)
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """One or more texts."""
        value = self._metadata.get(name)
        if not isinstance(value, list) or not value or not all(isinstance(text, str) and text for text in value):
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

    def _bad(self, name: str) -> ModelError:
        return ModelError(f"The model's metadata has no valid {name!r}.", advice=_GET_IT_AGAIN, file=self._file)
