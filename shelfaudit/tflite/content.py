"""What is in a model file of ours: the flatbuffer, and the metadata that says what the weights cannot."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from shelfaudit.errors import ModelError
from shelfaudit.tflite.associated_files import detach_files

METADATA_NAME = "metadata.json"

MOST_BYTES = 1 << 30
"""No model for a laptop comes near it; a larger file is something else."""

ONE_LINE = r"[^\x00-\x1f\x7f]{1,200}"
GET_IT_AGAIN = "Install the model again, or name another one."


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
        raise ModelError("The model is missing.", advice=GET_IT_AGAIN, file=file) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ModelError(f"The model cannot be read ({reason}).", advice=GET_IT_AGAIN, file=file) from error
    if len(content) > MOST_BYTES:
        raise ModelError("The file is larger than any model.", advice="Name another file.", file=file)
    return content


def _parse(data: bytes, file: Path) -> dict[str, object]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ModelError("The model's metadata is not JSON.", advice=GET_IT_AGAIN, file=file) from error
    if not isinstance(document, dict):
        raise ModelError("The model's metadata is not a JSON object.", advice=GET_IT_AGAIN, file=file)
    return document


class MetadataFields:
    """Reads the fields of a metadata object; a missing or wrong one is a `ModelError` that names it."""

    def __init__(self, metadata: Mapping[str, object], file: Path) -> None:
        self._metadata = metadata
        self._file = file

    def text(self, name: str, pattern: str = ONE_LINE) -> str:
        value = self._metadata.get(name)
        if not isinstance(value, str) or re.fullmatch(pattern, value) is None:
            raise self.bad(name)
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """One or more texts."""
        value = self._metadata.get(name)
        if not isinstance(value, list) or not value:
            raise self.bad(name)
        if not all(isinstance(text, str) and re.fullmatch(ONE_LINE, text) for text in value):
            raise self.bad(name)
        return tuple(value)

    def number(self, name: str, *, below: float = math.inf, whole: bool = False) -> float:
        """A number above 0 and below `below`."""
        value = self._metadata.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.bad(name)
        if not 0 < value < below or (whole and value != int(value)):
            raise self.bad(name)
        return float(value)

    def scores(self, name: str) -> dict[str, float | str]:
        """Names and values; a missing field is none."""
        value = self._metadata.get(name, {})
        if not isinstance(value, dict) or not all(isinstance(score, int | float | str) for score in value.values()):
            raise self.bad(name)
        return dict(value)

    def flag(self, name: str, *, default: bool) -> bool:
        """True or false."""
        value = self._metadata.get(name, default)
        if not isinstance(value, bool):
            raise self.bad(name)
        return value

    def numbers(self, name: str, default: Sequence[float], count: int) -> list[float]:
        """So many finite numbers."""
        value = self._metadata.get(name, default)
        if not isinstance(value, list | tuple) or len(value) != count:
            raise self.bad(name)
        if not all(isinstance(number, int | float) and math.isfinite(number) for number in value):
            raise self.bad(name)
        return [float(number) for number in value]

    def bad(self, name: str) -> ModelError:
        """The error of a missing or wrong field."""
        return ModelError(f"The model's metadata has no valid {name!r}.", advice=GET_IT_AGAIN, file=self._file)
