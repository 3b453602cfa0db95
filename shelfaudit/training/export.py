"""A trained run as model files: converted, checked against the network they come from, measured and described.

What a file says about itself is measured on the file, in the detector that the laptop runs.
"""

from __future__ import annotations

import datetime as dt
import logging
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import cast

import keras
import numpy as np

from shelfaudit.datasets.dataset import LabelledPhoto
from shelfaudit.detection.features import pool_features
from shelfaudit.detection.library import name_from, writing
from shelfaudit.detection.model_file import ModelInfo, describe_model, read_model_info, split_model
from shelfaudit.detection.preprocess import letterbox
from shelfaudit.detection.tflite import Network, TfliteNetwork
from shelfaudit.domain.geometry import FloatArray, pairwise_iou
from shelfaudit.errors import UserError
from shelfaudit.evaluation.evaluate import FIRST_THRESHOLD, Evaluation, evaluate
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
from shelfaudit.training.network import build_network
from shelfaudit.training.quantise import CALIBRATION_PHOTOS, calibration_inputs
from shelfaudit.training.trained import TrainedRun

log = logging.getLogger(__name__)

PARITY = (0.002, 0.2)
"""By how much a score, and a side of a box in input pixels, may differ between the network and its float32 file."""

HALF_PARITY = (0.06, 0.9)
"""By how much a score may differ between the float32 and the float16 file, and what IoU their boxes have at least."""

PARITY_PHOTOS = 3
THREADS = 2
THRESHOLD_ROUNDS = 3
TIMED_RUNS = 12


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
    run: TrainedRun, wishes: ConversionWishes, folder: Path, say: Say = lambda _line: None
) -> list[Converted]:
    """Write one model file, and its card beside it, for each precision and size.

    Raises:
        UserError: an input size does not fit the network, or a file cannot be written.
        ValueError: a converted model does not answer as the network does.
    """
    sizes = wishes.input_sizes or (run.config.evaluation_size,)
    for size in sizes:
        if size % 32 or not 64 <= size <= 2048:
            raise UserError(f"An input of {size} pixels does not fit.", advice="Take a multiple of 32, 64 to 2048.")
    say(f"features: {len(run.training)} photos")
    projection = fit_features(run)
    made = []
    for size in sizes:
        network = inference_network(run.weights, size, projection, classes=len(run.labels), size=run.config.network)
        for precision in wishes.precisions:
            name = file_name(run, wishes, size, precision)
            say(f"{name}: converting")
            made.append(_convert(run, wishes, network, precision, folder / f"{name}.tflite", say))
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
    if not has_pairs(run.training):
        return None
    network = build_network(size, len(run.labels), run.config.network, batch=1)
    set_weights(network, run.weights)
    maps = feature_maps(network, run.config.network, THREADS)
    return fit_projection(describe(maps, run.training, size))


def check_parity(expected: Network, actual: Network, photo: LabelledPhoto, least_score: float = 0.1) -> None:
    """Check that a float32 file answers as the network it came from. Boxes are compared where a product was found.

    Raises:
        ValueError: a score or a box is too far off.
    """
    image, _ = letterbox(photo.read(), expected.input_size)
    wanted, got = expected.run(image), actual.run(image)
    score_error = float(np.abs(wanted["scores"] - got["scores"]).max())
    products = (wanted["scores"] >= least_score).any(axis=1)
    box_error = float(np.abs(wanted["boxes"] - got["boxes"])[products].max(initial=0))
    log.info("conversion moved scores by %.4f and boxes by %.2f pixels at most", score_error, box_error)
    most_score, most_pixels = PARITY
    if score_error > most_score or box_error > most_pixels:
        raise ValueError(f"the converted model differs: scores by {score_error:.4f}, boxes by {box_error:.2f} pixels")


def check_half_parity(expected: Network, actual: Network, photo: LabelledPhoto, least_score: float = 0.1) -> None:
    """Check that float16 weights keep the answers of float32 ones; raises ValueError as `check_parity` does."""
    image, _ = letterbox(photo.read(), expected.input_size)
    wanted, got = expected.run(image), actual.run(image)
    score_error = float(np.abs(wanted["scores"] - got["scores"]).max())
    products = (wanted["scores"] >= least_score).any(axis=1)
    overlaps = np.diagonal(pairwise_iou(wanted["boxes"][products], got["boxes"][products]))
    overlap = float(overlaps.min(initial=1))
    most_score, least_overlap = HALF_PARITY
    if score_error > most_score or overlap < least_overlap:
        raise ValueError(f"half precision moves scores by {score_error:.4f}, boxes to an IoU of {overlap:.2f}")


def measure(file: Path, info: ModelInfo, photos: Sequence[LabelledPhoto]) -> tuple[Evaluation, float]:
    """What the detector finds with this model file in both its passes, and the counting threshold it was run with.

    The threshold also selects the boxes that decide on the second pass, so the one that would have been best in
    one evaluation is tried in the next; the one that counted best in its own evaluation is taken.
    """
    network = TfliteNetwork(file, THREADS)
    tried: dict[float, Evaluation] = {}
    threshold = info.counting_threshold
    while threshold not in tried and len(tried) < THRESHOLD_ROUNDS:
        tried[threshold] = evaluate(network, replace(info, counting_threshold=threshold), photos)
        log.info("threshold %.2f: count error %.4f", threshold, tried[threshold].count_error(threshold))
        threshold = tried[threshold].best_threshold()
    best = min(tried, key=lambda value: tried[value].count_error(value))
    return tried[best], best


def _convert(
    run: TrainedRun, wishes: ConversionWishes, network: keras.Model, precision: Precision, file: Path, say: Say
) -> Converted:
    size = int(network.input_shape[1])
    draft = _metadata(run, wishes, file.stem, size, precision)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        plain, made = Path(folder) / "float32.tflite", Path(folder) / file.name
        plain.write_bytes(describe_model(to_tflite(network, Precision.FLOAT32), draft))
        float32 = TfliteNetwork(plain, THREADS)
        for photo in run.validation[:PARITY_PHOTOS]:
            check_parity(KerasNetwork(network), float32, photo)
        weights = _weights(run, wishes, network, precision, draft, plain)
        made.write_bytes(describe_model(weights, draft))
        converted, info = TfliteNetwork(made, THREADS), read_model_info(made)
        if precision is Precision.FLOAT16:
            for photo in run.validation[:PARITY_PHOTOS]:
                check_half_parity(float32, converted, photo)
        say(f"{file.stem}: measuring on {len(run.validation)} photos")
        evaluation, threshold = measure(made, info, run.validation)
        features = features_of(converted, run.validation)
        reference = None
        if precision is Precision.INT8:
            say(f"{file.stem}: measuring float32 beside it")
            reference = _reference(float32, converted, replace(info, counting_threshold=threshold), features, run)
        milliseconds = reference.ours if reference is not None else fastest_runs([converted])[0]
    metadata = draft | _measured(run, evaluation, threshold, features)
    if reference is not None:
        metadata["float32"] = {**reference.scores, "features_cosine": reference.cosine}
    with writing(file) as temporary:
        temporary.write_bytes(describe_model(weights, metadata))
    with writing(file.with_suffix(".md")) as temporary:
        temporary.write_text(model_card(metadata), encoding="utf-8")
    return Converted(read_model_info(file), milliseconds, reference)


def _weights(
    run: TrainedRun,
    wishes: ConversionWishes,
    network: keras.Model,
    precision: Precision,
    draft: Mapping[str, object],
    float32: Path,
) -> bytes:
    """The flatbuffer in this precision. float32: the file that was made of the network already."""
    if precision is Precision.FLOAT32:
        return split_model(float32.read_bytes(), float32)[0]
    target_side = cast("float | None", draft["target_side"])
    size = int(network.input_shape[1])
    return to_tflite(
        network,
        precision,
        lambda: calibration_inputs(run.training, size, target_side, wishes.calibration_photos),
    )


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


def features_of(network: Network, photos: Sequence[LabelledPhoto]) -> FloatArray:
    """The network's features (N, D), unit vectors, of all labelled boxes, each photo as one input."""
    found = []
    for photo in photos:
        image, scale = letterbox(photo.read(), network.input_size)
        boxes = (photo.boxes * scale).astype(np.float32)
        found.append(pool_features(network.run(image)["features"], boxes, network.input_size))
    return np.concatenate(found)


def fastest_runs(networks: Sequence[Network]) -> list[float]:
    """Milliseconds of the fastest run of each network; they run in turn, so that other work disturbs all alike."""
    image = np.full((1, networks[0].input_size, networks[0].input_size, 3), 114, dtype=np.float32)
    seconds: list[list[float]] = [[] for _ in networks]
    for _ in range(TIMED_RUNS):
        for network, times in zip(networks, seconds, strict=True):
            started = time.perf_counter()
            network.run(image)
            times.append(time.perf_counter() - started)
    return [round(1000 * min(times), 1) for times in seconds]


def _dataset_in_words(run: TrainedRun) -> str:
    products = sum(len(photo.boxes) for photo in run.validation)
    file = "/".join(run.validation_file.parts[-2:])
    return f"{file}: {len(run.validation)} regions, {products:,} products"
