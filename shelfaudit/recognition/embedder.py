"""The embedder: a TFLite network that turns the crop of a product into a vector, near those of the same product."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shelfaudit import paths, settings
from shelfaudit.domain.geometry import FloatArray
from shelfaudit.errors import ModelError
from shelfaudit.recognition.crops import cut_crops
from shelfaudit.tflite.associated_files import attach_files
from shelfaudit.tflite.content import GET_IT_AGAIN, METADATA_NAME, MetadataFields, read_model_bytes, split_model
from shelfaudit.tflite.runtime import SIGNATURE, OneThread, make_interpreter, refuse

FORMAT = "embedder 1"
INPUT, OUTPUT = "image", "vectors"

_of_this_thread = threading.local()


@dataclass(frozen=True)
class EmbedderInfo:
    """What is known about an embedder without running it.

    sha256: of its flatbuffer, in hexadecimal.
    """

    name: str
    version: str
    file: Path
    sha256: str


def describe_embedder(weights: bytes, metadata: Mapping[str, object]) -> bytes:
    """An embedder's file: the flatbuffer with its metadata (`name`, `version` and what else is to be kept) appended."""
    document = {"format": FORMAT, **metadata, "sha256": hashlib.sha256(weights).hexdigest()}
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return attach_files(weights, {METADATA_NAME: text.encode("utf-8")})


class Embedder:
    """An embedder's file, ready to run. It belongs to the thread that runs it first.

    Signature `serving_default`: `image` float32 (B, S, S, 3), RGB, 0..255 → `vectors` float32 (B, D), unit vectors.

    Raises:
        ModelError: the file cannot be read, is damaged, or is no embedder.
    """

    def __init__(self, file: Path, threads: int) -> None:
        content = read_model_bytes(file)
        weights, metadata = split_model(content, file)
        self.info = _parse_info(weights, metadata, file)
        self._thread = OneThread()
        self._interpreter = make_interpreter(content, threads, file)
        try:
            self._runner: Any = self._interpreter.get_signature_runner(SIGNATURE)
            takes, gives = self._runner.get_input_details()[INPUT], self._runner.get_output_details()[OUTPUT]
        except (ValueError, RuntimeError, KeyError) as error:
            raise refuse(f"it has no input {INPUT!r} and output {OUTPUT!r}", file) from error
        shape, depth = tuple(map(int, takes["shape"])), tuple(map(int, gives["shape"]))
        if len(shape) != 4 or shape[1] != shape[2] or shape[3] != 3 or len(depth) != 2 or depth[0] != shape[0]:
            raise refuse(f"it makes {depth} of {shape}, not (B, D) of (B, S, S, 3)", file)
        self._batch, self._side = shape[0], shape[1]
        self.length = depth[1]
        """Length D of a vector."""

    def embed(self, pixels: NDArray[np.uint8], boxes: FloatArray) -> FloatArray:
        """Unit vectors (N, D) of the products in boxes (N, 4), x1 y1 x2 y2, of upright RGB pixels (H, W, 3).

        Raises:
            RuntimeError: called from a second thread, which is a bug.
        """
        return self.embed_crops(cut_crops(pixels, boxes, self._side))

    def embed_crops(self, crops: NDArray[np.uint8]) -> FloatArray:
        """As `embed`, for crops (N, S, S, 3) as `cut_crops` makes them."""
        self._thread.check()
        vectors = np.zeros((len(crops), self.length), dtype=np.float32)
        batch = np.zeros((self._batch, self._side, self._side, 3), dtype=np.float32)
        for start in range(0, len(crops), self._batch):
            some = crops[start : start + self._batch]
            batch[: len(some)] = some
            vectors[start : start + len(some)] = self._runner(**{INPUT: batch})[OUTPUT][: len(some)]
        return vectors


def bundled_embedder() -> Embedder:
    """The embedder that ships with the program, loaded once for each thread that uses it.

    Raises:
        ModelError: its file is missing or damaged.
    """
    embedder: Embedder | None = getattr(_of_this_thread, "embedder", None)
    if embedder is None:
        embedder = Embedder(paths.embedder_file(), settings.current().threads)
        _of_this_thread.embedder = embedder
    return embedder


def bundled_embedder_info() -> EmbedderInfo:
    """What is known about `bundled_embedder` without running it; raises ModelError as it does."""
    return _read_info(paths.embedder_file())


@lru_cache(maxsize=4)
def _read_info(file: Path) -> EmbedderInfo:
    return _parse_info(*split_model(read_model_bytes(file), file), file)


def _parse_info(weights: bytes, metadata: Mapping[str, object], file: Path) -> EmbedderInfo:
    if metadata.get("format") != FORMAT:
        raise ModelError(
            f"This is no embedder of the format {FORMAT!r}.",
            advice="Update shelfaudit, or install it again.",
            file=file,
        )
    fields = MetadataFields(metadata, file)
    info = EmbedderInfo(
        name=fields.text("name"),
        version=fields.text("version"),
        file=file,
        sha256=fields.text("sha256", r"[0-9a-f]{64}"),
    )
    if hashlib.sha256(weights).hexdigest() != info.sha256:
        raise ModelError("The model is not the one its metadata describes.", advice=GET_IT_AGAIN, file=file)
    return info
