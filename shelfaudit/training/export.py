"""A trained run as model files: converted, checked against the network they come from, measured and described.

What a file says about itself is measured on the file, in the detector that the laptop runs.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np

from shelfaudit.datasets.dataset import LabelledPhoto
from shelfaudit.detection.library import name_from
from shelfaudit.detection.model_file import ModelInfo, describe_model, read_model_info
from shelfaudit.detection.tflite import Network, TfliteNetwork
from shelfaudit.domain.geometry import Box, FloatArray
from shelfaudit.errors import UserError
from shelfaudit.evaluation.evaluate import FIRST_THRESHOLD, Evaluation, evaluate
from shelfaudit.output import replacing
from shelfaudit.training.card import model_card
from shelfaudit.training.checkpoint import set_weights
from shelfaudit.training.convert import Precision, feature_maps, inference_network, to_tflite
from shelfaudit.training.features import (
    Projection,
    describe,
    fit_projection,
    has_pairs,
    names_of,
    nearest_is_same,
)
from shelfaudit.training.keras_network import KerasNetwork
from shelfaudit.training.measuring import check_half_parity, check_parity, fastest_runs, features_of, measure
from shelfaudit.training.network import build_network
from shelfaudit.training.quantise import CALIBRATION_PHOTOS, calibration_inputs
from shelfaudit.training.trained import TrainedRun

PARITY_PHOTOS = 3
THREADS = 2


@dataclass(frozen=True)
class ConversionWishes:
    """What is to come out.

    precisions × sizes: the files; no size is the run's evaluation size.
    name: None takes the run's. one_pass: the whole photo as one input only, whatever the run's target size.
    """

    precisions: tuple[Precision, ...] = (Precision.FLOAT16,)
    input_sizes: tuple[int, ...] = ()
    name: str | None = None
    one_pass: bool = False
    calibration_photos: int = CALIBRATION_PHOTOS


@dataclass(frozen=True)
class Converted:
    """A model file that was made, and what it was measured at.

    milliseconds: of one input on `THREADS` threads, the fastest of some runs. float32: the same of the float32 network,
    run in turn, with its scores; only for int8.
    """

    info: ModelInfo
    milliseconds: float
    float32: Float32Reference | None = None


@dataclass(frozen=True)
class Float32Reference:
    """What int8 is compared with.

    ours: the time of the int8 file, measured in turn with this one's. cosine: mean similarity of the two networks'
    features of labelled boxes.
    """

    scores: dict[str, float]
    milliseconds: float
    ours: float
    cosine: float


Say = Callable[[str], None]
"""Told what is being done, one line a step."""


def convert_run(
    run: TrainedRun,
    wishes: ConversionWishes,
    folder: Path,
    say: Say = lambda _line: None,
    projection: Projection | None = None,
) -> list[Converted]:
    """Write one model file, and its card beside it, for each precision and size.

    projection: makes the features; None: one that is fitted on the training photos.

    Raises:
        UserError: an input size does not fit the network, or a file cannot be written.
        ValueError: a converted model does not answer as the network does.
    """
    sizes = wishes.input_sizes or (run.config.evaluation_size,)
    for size in sizes:
        if size % 32 or not 64 <= size <= 2048:
            raise UserError(f"An input of {size} pixels does not fit.", advice="Take a multiple of 32, 64 to 2048.")
    if projection is None:
        say("features: fitting the projection")
        projection = fit_features(run)
    made = []
    for size in sizes:
        conversion = _Conversion(run, wishes, size, projection)
        for precision in wishes.precisions:
            name = file_name(run, wishes, size, precision)
            say(f"{name}: converting")
            made.append(conversion.write(precision, folder / f"{name}.tflite", say))
    return made


def file_name(run: TrainedRun, wishes: ConversionWishes, size: int, precision: Precision) -> str:
    """NAME, with the size where there are several or it is not the run's own, and with the precision where there are
    several or it is not float16; a name that was wished for gets only what tells the files apart."""
    parts = [name_from(wishes.name or run.config.name)]
    if len(wishes.input_sizes) > 1 or (wishes.name is None and size != run.config.evaluation_size):
        parts.append(str(size))
    if len(wishes.precisions) > 1 or (wishes.name is None and precision is not Precision.FLOAT16):
        parts.append(precision.value)
    return "-".join(parts)


def fit_features(run: TrainedRun) -> Projection | None:
    """The projection fitted on the training photos; None where no products are named in them (the features are raw
    then)."""
    size = run.config.evaluation_size
    named = [photo for photo in run.training if any(photo.products)]
    if not has_pairs(named):
        return None
    network = build_network(size, len(run.labels), run.config.network, batch=1)
    set_weights(network, run.weights)
    maps = feature_maps(network, run.config.network, THREADS)
    return fit_projection(describe(maps, named, size))


class _Conversion:
    """The network at one input size, and its float32 file, which every precision is made from or compared with."""

    def __init__(self, run: TrainedRun, wishes: ConversionWishes, size: int, projection: Projection | None) -> None:
        self._run, self._wishes, self._size = run, wishes, size
        self._network = inference_network(
            run.weights, size, projection, classes=len(run.labels), size=run.config.network
        )
        self._float32 = to_tflite(self._network, Precision.FLOAT32)

    def write(self, precision: Precision, file: Path, say: Say) -> Converted:
        """Make, check, measure and write one file and its card."""
        run = self._run
        draft = _metadata(run, self._wishes, file.stem, self._size, precision)
        weights = self._weights(precision, cast("float | None", draft["target_side"]))
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            float32 = _opened(Path(folder) / "float32.tflite", self._float32, draft)
            made = Path(folder) / file.name
            converted = _opened(made, weights, draft)
            self._check(precision, float32, converted)
            say(f"{file.stem}: measuring on {len(run.validation)} photos")
            info = read_model_info(made)
            evaluation, threshold = measure(converted, info, run.validation)
            features = features_of(converted, run.validation)
            reference = None
            if precision is Precision.INT8:
                say(f"{file.stem}: measuring float32 beside it")
                reference = _reference(float32, converted, replace(info, counting_threshold=threshold), features, run)
            milliseconds = reference.ours if reference is not None else fastest_runs([converted])[0]
        metadata = draft | _measured(run, evaluation, threshold, features)
        if reference is not None:
            metadata["float32"] = {**reference.scores, "features_cosine": reference.cosine}
        with replacing(file) as temporary:
            temporary.write_bytes(describe_model(weights, metadata))
        with replacing(file.with_suffix(".md")) as temporary:
            temporary.write_text(model_card(metadata), encoding="utf-8")
        return Converted(read_model_info(file), milliseconds, reference)

    def _weights(self, precision: Precision, target_side: float | None) -> bytes:
        """The flatbuffer in this precision."""
        if precision is Precision.FLOAT32:
            return self._float32
        photos, count = self._run.training, self._wishes.calibration_photos
        return to_tflite(self._network, precision, lambda: calibration_inputs(photos, self._size, target_side, count))

    def _check(self, precision: Precision, float32: Network, converted: Network) -> None:
        """Raises ValueError where a file answers otherwise than it must; int8 is judged by its scores instead."""
        for photo in self._run.validation[:PARITY_PHOTOS]:
            check_parity(KerasNetwork(self._network), float32, photo)
            if precision is Precision.FLOAT16:
                check_half_parity(float32, converted, photo)


def _opened(file: Path, weights: bytes, metadata: Mapping[str, object]) -> TfliteNetwork:
    """The network in a model file that is written for it."""
    file.write_bytes(describe_model(weights, metadata))
    return TfliteNetwork(file, THREADS)


def _measured(run: TrainedRun, evaluation: Evaluation, threshold: float, features: FloatArray) -> dict[str, object]:
    """What is known of a file once it was measured."""
    same = nearest_is_same(features, names_of(run.validation))
    return {
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "counting_threshold": threshold,
        "scores": {
            **evaluation.scores(),
            "count_error": evaluation.count_error(threshold),
            **({"same_product": round(same, 4)} if same is not None else {}),
            "dataset": _dataset_in_words(run),
        },
        "training": run.facts(),
    }


def _metadata(
    run: TrainedRun, wishes: ConversionWishes, name: str, size: int, precision: Precision
) -> dict[str, object]:
    """A file's metadata before it is measured; everything in the run's `export` settings goes into it."""
    metadata: dict[str, object] = {
        "name": name,
        "input_size": size,
        "labels": list(run.labels),
        "counting_threshold": FIRST_THRESHOLD,
        **asdict(run.config.export),
        "scores": {},
        "precision": precision.value,
    }
    if wishes.one_pass:
        metadata["target_side"] = None
    return metadata


def _reference(
    float32: Network, converted: Network, info: ModelInfo, features: FloatArray, run: TrainedRun
) -> Float32Reference:
    """The float32 network measured as int8 was, at its threshold; both run in turn for the time."""
    evaluation = evaluate(float32, info, run.validation)
    others = features_of(float32, run.validation)
    milliseconds, ours = fastest_runs([float32, converted])
    return Float32Reference(
        scores={**evaluation.scores(), "count_error": evaluation.count_error(evaluation.best_threshold())},
        milliseconds=milliseconds,
        ours=ours,
        cosine=round(float(np.einsum("nd,nd->n", features, others).mean()), 4) if len(features) else 1.0,
    )


def _dataset_in_words(run: TrainedRun) -> str:
    products = sum(len(photo.boxes) for photo in run.validation)
    what = "regions" if any(_is_part(photo) for photo in run.validation) else "photos"
    return f"{run.validation_name}: {len(run.validation)} {what}, {products:,} products"


def _is_part(photo: LabelledPhoto) -> bool:
    return photo.region is not None and photo.region != Box(0, 0, photo.width, photo.height)
