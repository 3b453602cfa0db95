"""What a converted file answers beside the network it came from, and how good and how fast it is."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from shelfaudit.datasets.dataset import LabelledPhoto
from shelfaudit.detection.features import pool_features
from shelfaudit.detection.model_file import ModelInfo
from shelfaudit.detection.preprocess import letterbox
from shelfaudit.detection.tflite import Network
from shelfaudit.domain.geometry import FloatArray, pairwise_iou
from shelfaudit.evaluation.evaluate import Evaluation, evaluate

log = logging.getLogger(__name__)

PARITY = (0.002, 0.2)
"""By how much a score, and a side of a box in input pixels, may differ between the network and its float32 file."""

HALF_PARITY = (0.06, 0.9)
"""By how much a score may differ between the float32 and the float16 file, and what IoU their boxes have at least."""

THRESHOLD_ROUNDS = 3
TIMED_RUNS = 12


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


def measure(network: Network, info: ModelInfo, photos: Sequence[LabelledPhoto]) -> tuple[Evaluation, float]:
    """What the detector finds with this network in both its passes, and the counting threshold it was run with.

    The threshold also selects the boxes that decide on the second pass, so the one that would have been best in
    one evaluation is tried in the next; the one that counted best in its own evaluation is taken.
    """
    tried: dict[float, Evaluation] = {}
    threshold = info.counting_threshold
    while threshold not in tried and len(tried) < THRESHOLD_ROUNDS:
        tried[threshold] = evaluate(network, replace(info, counting_threshold=threshold), photos)
        log.info("threshold %.2f: count error %.4f", threshold, tried[threshold].count_error(threshold))
        threshold = tried[threshold].best_threshold()
    best = min(tried, key=lambda value: tried[value].count_error(value))
    return tried[best], best


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
