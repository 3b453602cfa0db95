"""A detector's file: a TFLite flatbuffer with its description appended.

As the TFLite metadata tools do it, a ZIP archive follows the flatbuffer, and the runtime does not mind. Its
`metadata.json` says what the weights cannot: name, version, labels, the threshold at which boxes are counted, what the
model scored, and the SHA-256 of the flatbuffer, so that a half-copied or exchanged file is noticed before it counts;
`labels.txt` names the labels once more for other programs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from shelfaudit.errors import ModelError
from shelfaudit.tflite.associated_files import attach_files
from shelfaudit.tflite.content import GET_IT_AGAIN, METADATA_NAME, MetadataFields, read_model_bytes, split_model

FORMAT = 2
LABELS_NAME = "labels.txt"

MOST_PIXELS = 4096
"""Longest side of an input."""

ASSUMED_RANGE = (-1.0, 1.0)
"""What the TF object detection API's float models take for black and white."""


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
    features_of: the `sha256` of the model whose features this one kept when it was trained further; "": its own.
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
    features_of: str = ""

    @property
    def features_sha256(self) -> str:
        """Names the features: models with the same one describe a box alike."""
        return self.features_of or self.sha256


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
        raise ModelError("The model is not the one its metadata describes.", advice=GET_IT_AGAIN, file=file)
    return info


def read_metadata(file: Path) -> dict[str, object]:
    """The whole metadata of a model file, training and terms included; raises as `read_model_info`."""
    return split_model(read_model_bytes(file), file)[1]


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
    fields = _DetectorFields(metadata, file)
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
        features_of=fields.text("features_of", r"[0-9a-f]{64}") if metadata.get("features_of") else "",
    )


class _DetectorFields(MetadataFields):
    """The fields that only detectors have."""

    def interface(self, name: str) -> Interface:
        """How the network is spoken to; a missing field is our own way."""
        value = self._metadata.get(name, Interface.DECODED)
        if not isinstance(value, str) or value not in set(Interface):
            raise self.bad(name)
        return Interface(value)

    def range(self, name: str, *, default: tuple[float, float]) -> tuple[float, float]:
        """Two different numbers."""
        low, high = self.numbers(name, default, 2)
        if low == high:
            raise self.bad(name)
        return low, high

    def places(self, name: str, *, default: tuple[int, ...]) -> tuple[int, ...]:
        """The numbers 0, 1, 2 … in some order."""
        numbers = self.numbers(name, default, len(default))
        if sorted(numbers) != list(range(len(default))):
            raise self.bad(name)
        return tuple(int(number) for number in numbers)
