"""The configuration of an embedder's training: a TOML file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from shelfaudit.training.architecture import Architecture
from shelfaudit.training.config import Count, Fraction, InputSize, Positive, read_toml
from shelfaudit.training.embedding.augment import CropVariation

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class CropSource:
    """Where named crops come from: one of `photos` (COCO with `product`), `pictures` (JSON, picture → label), `drawn`
    (so many sample photos of each aisle).

    share: of the pairs, relative to the other sources. together: products drawn at once from one shelf.
    leave_out: products of `pictures` kept back for measuring. shared_names: whether equal names in two photos mean the
    same product.
    """

    photos: Path | None = None
    pictures: Path | None = None
    drawn: int = 0
    seed: int = 3000
    share: Positive = 1.0
    together: Count = 14
    leave_out: tuple[str, ...] = ()
    shared_names: bool = True
    variation: CropVariation = field(default_factory=CropVariation)

    __pydantic_config__ = _STRICT

    def __post_init__(self) -> None:
        if (self.photos is not None) + (self.pictures is not None) + (self.drawn > 0) != 1:
            raise ValueError("a source has one of photos, pictures and drawn")


@dataclass(frozen=True)
class EmbedderConfig:
    """One training run. Paths are relative to the working directory; the meaning of the rates is that of
    `training.config.TrainingConfig`.

    pairs: products in a batch, each with two views. input_size: side of a crop. length: of a vector. temperature: of
    the loss. terms, about: for the model card, Markdown.
    """

    name: str
    run_dir: Path
    data: tuple[CropSource, ...]
    steps: Count
    version: str = "0"
    start_weights: Path | None = None
    input_size: InputSize = 96
    length: Count = 256
    pairs: Count = 48
    temperature: Positive = 0.08
    learning_rate: Positive = 1e-3
    final_rate: Fraction = 0.02
    backbone_rate: Fraction = 0.15
    warmup_steps: Count = 100
    weight_decay: float = 1e-3
    gradient_norm: Positive = 5.0
    average_decay: Fraction = 0.995
    checkpoint_steps: Count = 200
    seed: int = 1
    network: Architecture = field(default_factory=lambda: Architecture(frozen_groups=3))
    terms: str = ""
    about: str = ""

    __pydantic_config__ = _STRICT


_ADAPTER: TypeAdapter[EmbedderConfig] = TypeAdapter(EmbedderConfig)


def read_embedder_config(file: Path) -> EmbedderConfig:
    """The run described by a TOML file.

    Raises:
        UserError: the file is missing, no TOML, or a setting does not exist, is missing or has a wrong value.
    """
    return read_toml(_ADAPTER, file)


def plain(config: EmbedderConfig) -> dict[str, Any]:
    """The configuration as JSON takes it, for the metadata; settings without a value are left out."""
    values: dict[str, Any] = _ADAPTER.dump_python(config, mode="json", exclude_none=True)
    return values
