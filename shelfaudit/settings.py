"""Every setting once: its type, its default, one line of help.

A setting is changed by an environment variable named after it (`SHELFAUDIT_THREADS=4`); `shelfaudit doctor` lists
the values in force.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any

from shelfaudit.errors import UserError

ENVIRONMENT_PREFIX = "SHELFAUDIT_"


def _setting(default: float, help_line: str, *, at_least: float, at_most: float = math.inf) -> Any:
    return field(default=default, metadata={"help": help_line, "at_least": at_least, "at_most": at_most})


@dataclass(frozen=True, slots=True)
class Settings:
    """The values in force; each field carries its line of help and its limits in its metadata."""

    threads: int = _setting(2, "Threads of the detector.", at_least=1, at_most=64)
    decode_long_side: int = _setting(
        2000, "Long side in pixels that is enough for detection; larger photos are decoded smaller.", at_least=320
    )
    prefetched_photos: int = _setting(2, "Photos decoded ahead of the detector.", at_least=1, at_most=64)
    name_similarity: float = _setting(
        0.9,
        "Least similarity, the shelf's evidence included, at which a facing takes a known product's name.",
        at_least=0,
        at_most=1,
    )
    name_margin: float = _setting(
        0.1,
        "By how much the best product must beat the next other one before a facing is named.",
        at_least=0,
        at_most=1,
    )
    look_alike_similarity: float = _setting(
        0.6,
        "Least cosine similarity at which a facing is proposed as a look-alike of one that was named.",
        at_least=0,
        at_most=1,
    )
    look_alike_sure: float = _setting(
        0.88,
        "Least cosine similarity at which a look-alike of a facing without a name is marked from the start.",
        at_least=0,
        at_most=1,
    )
    reference_allowance: float = _setting(
        0.0,
        "Added to the similarity to a catalogue's reference picture, beyond what every picture taken elsewhere gets.",
        at_least=0,
        at_most=1,
    )
    locked_share: float = _setting(
        0.25,
        "Share of the corrected photos that `learn` locks away to compare detectors on.",
        at_least=0.05,
        at_most=0.5,
    )
    learning_photos: int = _setting(
        16, "Least number of corrected photos to train on before `learn` trains the detector.", at_least=2
    )
    locked_photos: int = _setting(6, "Least number of locked photos before `learn` compares detectors.", at_least=2)
    report_long_side: int = _setting(1600, "Long side in pixels of the photos in the report.", at_least=320)

    def __post_init__(self) -> None:
        for entry in fields(self):
            value, low, high = getattr(self, entry.name), entry.metadata["at_least"], entry.metadata["at_most"]
            if not low <= value <= high:
                limits = f"at least {low}" if high == math.inf else f"between {low} and {high}"
                raise ValueError(f"{entry.name} must be {limits}, got {value}")


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The defaults, and what the environment changes.

    Raises:
        UserError: a variable holds no number, or one outside the setting's limits.
    """
    values: dict[str, Any] = {}
    for entry in fields(Settings):
        variable = ENVIRONMENT_PREFIX + entry.name.upper()
        text = environment.get(variable, "").strip()
        if not text:
            continue
        try:
            values[entry.name] = _number(text, whole=isinstance(entry.default, int))
            Settings(**values)
        except ValueError as error:
            raise UserError(
                f"The environment variable {variable} is {text!r}: {error}.", advice=f"Remove or correct {variable}."
            ) from error
    return Settings(**values)


def _number(text: str, *, whole: bool) -> float:
    try:
        return int(text) if whole else float(text)
    except ValueError:
        raise ValueError(f"it must be a {'whole ' if whole else ''}number") from None


@lru_cache(maxsize=1)
def current() -> Settings:
    """The settings of this process (the environment is read once)."""
    return read_settings(os.environ)
