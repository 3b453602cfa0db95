"""The configuration of a training run: a TOML file, every setting with its type, default and meaning here."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import tomli_w
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from shelfaudit.errors import UserError
from shelfaudit.training.architecture import Architecture
from shelfaudit.training.augment import Variation

_STRICT = ConfigDict(extra="forbid")

Config = TypeVar("Config")

Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, le=1)]
InputSize = Annotated[int, Field(ge=64, le=4096, multiple_of=32)]


@dataclass(frozen=True)
class SampleShelves:
    """Shelves drawn by `shelfaudit.samples`, made once and kept in `folder`.

    difficulty: from 0 (straight on, tidy) to 1 (steep, untidy, blurred). Each four photos show a range of their own.
    """

    photos: Count = 40
    seed: Annotated[int, Field(ge=0)] = 1
    width: Annotated[int, Field(ge=64, le=4096)] = 1600
    height: Annotated[int, Field(ge=64, le=4096)] = 1200
    difficulty: Fraction = 0.3
    folder: Path = Path("runs/samples")

    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class DataSource:
    """Where samples come from: a label file (COCO) or sample shelves, one of the two.

    share: how many of the samples, relative to the other sources' shares. weight: how much their loss counts.
    complete: "regions": every product is labelled, inside `images[].region` where there is one, else in the whole
        photo. "boxes": only the boxes are known; nothing is concluded from the absence of one.
    sampling: "crops": at varied scale around the region; "whole": whole photos, for close-ups; "ssd": SSD's random
        crops; "mosaics": close-ups side by side, `mosaic_sides` along a side (one of them is drawn).
    """

    file: Path | None = None
    samples: SampleShelves | None = None
    share: Positive = 1.0
    weight: Positive = 1.0
    complete: Literal["regions", "boxes"] = "regions"
    sampling: Literal["crops", "whole", "ssd", "mosaics"] = "crops"
    mosaic_sides: Annotated[tuple[Annotated[int, Field(ge=1, le=16)], ...], Field(min_length=1)] = (2, 3, 4)

    __pydantic_config__ = _STRICT

    def __post_init__(self) -> None:
        if (self.file is None) == (self.samples is None):
            raise ValueError("a source has either a file or samples")


@dataclass(frozen=True)
class EarlyStopping:
    """The run ends early when `metric` has not risen by `least_gain` in `patience` evaluations.

    metric: AP, AP50, AP75, AR300, count_error or loss (for the last two less is better); `best.npz` is kept by it too.
    patience: None never stops.
    """

    metric: Literal["AP", "AP50", "AP75", "AR300", "count_error", "loss"] = "AP"
    patience: Count | None = None
    least_gain: Annotated[float, Field(ge=0)] = 0.0

    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class ExportConfig:
    """How a run ships; see the fields of the same names in `detection.model_file.ModelInfo`.

    terms: under which terms the model may be used. about: what its card says of its data and limits, Markdown.
    features_of: "" where the features are the run's own.
    """

    version: str = "0"
    nms_iou: Positive = 0.6
    target_side: Positive | None = None
    terms: str = ""
    about: str = ""
    features_of: str = ""

    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class TrainingConfig:
    """One training run. Paths are relative to the working directory.

    Budget: the run ends after `steps` steps, or after `minutes` of training by the clock, whichever comes first; at
    least one of them is needed. The learning rate follows the share of the budget that is used up.

    data: where samples come from. validation: a label file of photos for choosing; without one, `validation_share` of
        the photos of all sources is held back (drawn by `seed`). single_class: everything labelled is a "product";
        else labels are told apart by their names, in the order in which the sources name them.
    start_weights: pretrained weights of the backbone, or one of our checkpoints; what fits of it is taken.
    optimizer: "adamw", or "momentum" (SGD). Rates are those at the end of the warm-up; the backbone moves by
        `backbone_rate` times the rate, because it is pretrained. final_rate: the last rate as a part of the first.
    average_decay: of the exponential moving average of the weights, which is what is evaluated and shipped.
    evaluations: how often the validation photos are evaluated, evenly over the budget.
    log_steps: steps between two lines of the history.
    devices: how many accelerators share a batch, or "all".
    cache_megabytes: memory for decoded photos.
    """

    name: str
    run_dir: Path
    data: Annotated[tuple[DataSource, ...], Field(min_length=1)]
    minutes: Positive | None = None
    steps: Count | None = None
    validation: Path | None = None
    validation_share: Annotated[float, Field(ge=0, le=0.9)] = 0.0
    single_class: bool = True
    start_weights: Path | None = None
    input_size: InputSize = 416
    evaluation_size: InputSize = 960
    batch_size: Count = 8
    optimizer: Literal["adamw", "momentum"] = "adamw"
    learning_rate: Positive = 1e-3
    final_rate: Fraction = 0.01
    backbone_rate: Annotated[float, Field(ge=0)] = 0.25
    warmup_steps: Count = 200
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.9
    weight_decay: Annotated[float, Field(ge=0)] = 0.02
    gradient_norm: Positive = 10.0
    average_decay: Annotated[float, Field(ge=0, lt=1)] = 0.998
    evaluations: Count = 6
    log_steps: Count = 50
    checkpoint_minutes: Positive = 4.0
    devices: Count | Literal["all"] = 1
    seed: Annotated[int, Field(ge=0)] = 1
    cache_megabytes: Count = 6000
    variation: Variation = field(default_factory=Variation)
    network: Architecture = field(default_factory=Architecture)
    early_stopping: EarlyStopping = field(default_factory=EarlyStopping)
    export: ExportConfig = field(default_factory=ExportConfig)

    __pydantic_config__ = _STRICT

    def __post_init__(self) -> None:
        if self.minutes is None and self.steps is None:
            raise ValueError("a run needs a budget: minutes, steps, or both")

    @property
    def label_files(self) -> list[Path]:
        """The label files that samples come from (drawn shelves have none)."""
        return [source.file for source in self.data if source.file is not None]


_ADAPTER: TypeAdapter[TrainingConfig] = TypeAdapter(TrainingConfig)


def make_config(settings: Mapping[str, object]) -> TrainingConfig:
    """The run with these settings, as TOML would hold them; those that are None have no value.

    Raises:
        UserError: a setting does not exist, is missing or has a wrong value.
    """
    try:
        return _ADAPTER.validate_python({name: value for name, value in settings.items() if value is not None})
    except ValidationError as error:
        raise UserError(f"Not a training configuration: {_in_words(error)}.") from error


def read_config(file: Path) -> TrainingConfig:
    """The run described by a TOML file.

    Raises:
        UserError: the file is missing, no TOML, or a setting does not exist, is missing or has a wrong value.
    """
    return read_toml(_ADAPTER, file)


def read_toml(adapter: TypeAdapter[Config], file: Path) -> Config:
    """A configuration of any kind; raises as `read_config` does."""
    try:
        return adapter.validate_python(tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise UserError(f"The configuration cannot be read ({error.strerror}).", file=file) from error
    except ValidationError as error:
        raise UserError(f"Not a training configuration: {_in_words(error)}.", file=file) from error
    except ValueError as error:
        raise UserError(f"The configuration is not TOML: {error}.", file=file) from error


def config_text(config: TrainingConfig) -> str:
    """The configuration as TOML with every setting; `read_config` gives it back."""
    return tomli_w.dumps(plain(config))


def plain(config: TrainingConfig) -> dict[str, Any]:
    """The configuration as JSON and TOML take it; settings without a value are left out."""
    values: dict[str, Any] = _ADAPTER.dump_python(config, mode="json", exclude_none=True)
    # Slashes on every system, so that a run may move between them.
    return _with_slashes(values, _ADAPTER.dump_python(config))


def _with_slashes(values: dict[str, Any], typed: Mapping[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in values.items():
        original = typed[name]
        if isinstance(original, Path):
            result[name] = original.as_posix()
        elif isinstance(value, dict):
            result[name] = _with_slashes(value, original)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            result[name] = [_with_slashes(*pair) for pair in zip(value, original, strict=True)]
        else:
            result[name] = value
    return result


def _in_words(error: ValidationError) -> str:
    """The first mistake: where, and what is wrong."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] in {"extra_forbidden", "unexpected_keyword_argument"}:
        message = "there is no such setting"
    return f"{place}: {message}" if place else message
