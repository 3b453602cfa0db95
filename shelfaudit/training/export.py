"""Export of a trained run: `python -m shelfaudit.training.export CONFIG.toml --models models`.

Writes `NAME.tflite`, the metadata `NAME.json` and the model card `NAME.md`. What they say about the model is measured
on the file itself, not on the network it came from.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import logging
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from shelfaudit.datasets.coco import load_coco
from shelfaudit.datasets.dataset import LabelledPhoto, fingerprint
from shelfaudit.detection.model_file import FORMAT, metadata_file
from shelfaudit.detection.preprocess import letterbox
from shelfaudit.detection.tflite import Network, TfliteNetwork
from shelfaudit.errors import UserError
from shelfaudit.evaluation.evaluate import Evaluation, candidate, evaluate
from shelfaudit.training.card import TERMS, model_card
from shelfaudit.training.checkpoint import Weights, load_average, set_weights
from shelfaudit.training.config import TrainingConfig, read_config
from shelfaudit.training.convert import inference_network, to_tflite
from shelfaudit.training.data import load_data
from shelfaudit.training.features import Projection, describe, fit_projection, nearest_is_same
from shelfaudit.training.keras_network import KerasNetwork
from shelfaudit.training.network import build_network
from shelfaudit.training.run_folder import RunFolder

log = logging.getLogger(__name__)

PARITY_SCORE = 0.02
PARITY_PIXELS = 2.0
THREADS = 2
THRESHOLD_ROUNDS = 5


def check_parity(expected: Network, actual: Network, photo: LabelledPhoto, least_score: float = 0.1) -> None:
    """Check that a converted model answers as the network it came from.

    Boxes are compared where a product was found; half-precision weights move scores and boxes a little.

    Raises:
        ValueError: a score or a box is too far off.
    """
    image, _ = letterbox(photo.read(), expected.input_size)
    wanted, got = expected.run(image), actual.run(image)
    score_error = float(np.abs(wanted["scores"] - got["scores"]).max())
    products = (wanted["scores"] >= least_score).any(axis=1)
    box_error = float(np.abs(wanted["boxes"] - got["boxes"])[products].max(initial=0))
    log.info("conversion moved scores by %.4f and boxes by %.2f pixels at most", score_error, box_error)
    if score_error > PARITY_SCORE or box_error > PARITY_PIXELS:
        raise ValueError(f"the converted model differs: scores by {score_error:.4f}, boxes by {box_error:.2f} pixels")


def shelf_photos(config: TrainingConfig) -> list[LabelledPhoto]:
    """The training photos of whole shelves, those that crops are taken from."""
    parts = [part for part in load_data(config).training if part.source.sampling == "crops"]
    return [photo for part in parts for photo in part.photos]


def fit_features(
    weights: Weights, config: TrainingConfig, validation: Sequence[LabelledPhoto]
) -> tuple[Projection, float | None]:
    """The projection fitted on the training photos, and how often it finds the same product on the validation photos
    (`features.nearest_is_same`)."""
    network = build_network(config.evaluation_size, 1, config.network)
    set_weights(network, weights)
    projection = fit_projection(describe(network, shelf_photos(config), config.network))
    known = describe(network, validation, config.network)
    return projection, nearest_is_same(known.raw @ projection.matrix + projection.offset, known)


def measure(file: Path, config: TrainingConfig, photos: Sequence[LabelledPhoto]) -> tuple[Evaluation, float]:
    """What the detector finds with this model file in both its passes, and the counting threshold it was run with.

    The threshold also selects the boxes that decide on the second pass, so the one that would have been best in
    one evaluation is tried in the next; the one that counted best in its own evaluation is taken.
    """
    network = TfliteNetwork(file, THREADS)
    info = replace(candidate(config.evaluation_size, config.export.target_side), nms_iou=config.export.nms_iou)
    tried: dict[float, Evaluation] = {}
    threshold = info.counting_threshold
    while threshold not in tried and len(tried) < THRESHOLD_ROUNDS:
        tried[threshold] = evaluate(network, replace(info, counting_threshold=threshold), photos)
        log.info("threshold %.2f: count error %.4f", threshold, tried[threshold].count_error(threshold))
        threshold = tried[threshold].best_threshold()
    best = min(tried, key=lambda value: tried[value].count_error(value))
    return tried[best], best


def export(config: TrainingConfig, models: Path) -> Mapping[str, object]:
    """Export the averaged weights of a run's last checkpoint into the folder `models`; returns the metadata.

    Raises:
        UserError: the run has no checkpoint or no validation photos.
        ValueError: the converted model does not answer as the network does.
    """
    checkpoint = RunFolder(config.run_dir).last
    if not checkpoint.exists():
        raise UserError("The run has no checkpoint yet.", advice="Train first.", file=checkpoint)
    if config.validation is None:
        raise UserError("The run names no validation photos.", advice="Name them: the threshold is chosen on them.")
    weights, progress = load_average(checkpoint)
    photos = load_coco(config.validation).photos
    projection, same_product = fit_features(weights, config, photos)
    network = inference_network(weights, config.evaluation_size, projection, size=config.network)
    content = to_tflite(network)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{config.name}.tflite"
        file.write_bytes(content)
        check_parity(KerasNetwork(network), TfliteNetwork(file, THREADS), photos[0])
        evaluation, threshold = measure(file, config, photos)
    products = sum(len(photo.boxes) for photo in photos)
    metadata: dict[str, object] = {
        "format": FORMAT,
        "name": config.name,
        "version": config.export.version,
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "sha256": hashlib.sha256(content).hexdigest(),
        "input_size": config.evaluation_size,
        "labels": ["product"],
        "counting_threshold": threshold,
        "nms_iou": config.export.nms_iou,
        "target_side": config.export.target_side,
        "scores": {
            **evaluation.scores(),
            "count_error": evaluation.count_error(threshold),
            **({"same_product": round(same_product, 4)} if same_product is not None else {}),
            "dataset": f"{'/'.join(config.validation.parts[-2:])}: {len(photos)} regions, {products:,} products",
        },
        "precision": "float16",
        "training": {
            "minutes": round(progress.seconds / 60, 1),
            "steps": progress.step,
            "data": fingerprint(config.label_files),
            "config": _plain(asdict(config)),
        },
        "terms": TERMS,
    }
    _write(models, config.name, content, metadata)
    return metadata


def _plain(settings: object) -> object:
    """Settings as JSON takes them; paths by their last parts, because the rest is one machine's."""
    if isinstance(settings, Path):
        return "/".join(settings.parts[-2:])
    if isinstance(settings, dict):
        return {name: _plain(value) for name, value in settings.items()}
    return [_plain(value) for value in settings] if isinstance(settings, tuple) else settings


def _write(models: Path, name: str, content: bytes, metadata: Mapping[str, object]) -> None:
    """Put the three files in place; all are complete before the first one replaces an older one."""
    models.mkdir(parents=True, exist_ok=True)
    weights = models / f"{name}.tflite"
    texts = {
        metadata_file(weights): json.dumps(metadata, indent=2, ensure_ascii=False) + "\n",
        weights.with_suffix(".md"): model_card(metadata),
    }
    pending = [(weights, content), *((file, text.encode("utf-8")) for file, text in texts.items())]
    for file, data in pending:
        file.with_name(f"{file.name}.partial").write_bytes(data)
    for file, _ in pending:
        file.with_name(f"{file.name}.partial").replace(file)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Export a trained run as a model file.")
    parser.add_argument("config", type=Path)
    parser.add_argument("--models", type=Path, default=Path("models"))
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    log.info("%s", export(read_config(options.config), options.models)["scores"])


if __name__ == "__main__":
    main()
