"""A trained embedder as the file that the laptop runs, with its metadata and its model card."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from shelfaudit.output import replacing
from shelfaudit.recognition.embedder import Embedder, describe_embedder
from shelfaudit.training.checkpoint import load_average, set_weights
from shelfaudit.training.convert import Precision, to_tflite
from shelfaudit.training.embedding.config import EmbedderConfig, plain
from shelfaudit.training.embedding.network import build_embedder

BATCH = 8
"""Crops embedded at once: the runtime is quicker with several, and no photo has many fewer."""

PARITY = 0.02
"""By how much a number of a vector may differ between the network and its file with weights of half precision."""


def export_embedder(config: EmbedderConfig, file: Path) -> Embedder:
    """Write the model of a run's averaged weights, and its card beside it; returns it, ready to run.

    Raises:
        UserError: there is no checkpoint, or the file cannot be written.
        ValueError: the file does not answer as the network does.
    """
    weights, progress = load_average(config.run_dir / "last.npz")
    network = build_embedder(config.input_size, config.length, config.network, batch=BATCH)
    set_weights(network, weights)
    metadata = {
        "name": config.name,
        "version": config.version,
        "terms": config.terms.strip(),
        "training": {"steps": progress.step, "minutes": round(progress.seconds / 60), "config": plain(config)},
    }
    content = describe_embedder(to_tflite(network, Precision.FLOAT16), metadata)
    with replacing(file) as partial:
        partial.write_bytes(content)
    embedder = Embedder(file, threads=2)
    _check_parity(network, embedder, config.input_size)
    with replacing(file.with_suffix(".md")) as partial:
        partial.write_text(_card(config, progress.step, progress.seconds / 60), encoding="utf-8")
    return embedder


def _check_parity(network: keras.Model, embedder: Embedder, side: int) -> None:
    crops = np.random.default_rng(1).integers(0, 256, (BATCH, side, side, 3), dtype=np.uint8)
    expected = keras.ops.convert_to_numpy(network(crops.astype(np.float32), training=False)["vectors"])
    worst = float(np.abs(embedder.embed_crops(crops) - expected).max())
    if worst > PARITY:
        raise ValueError(f"the converted embedder differs by up to {worst:.3f}")


def _card(config: EmbedderConfig, steps: int, minutes: float) -> str:
    return f"""# Model card: {config.name} {config.version}

An embedder of packaged products: a crop of {config.input_size} × {config.input_size} pixels becomes a unit vector of
{config.length} numbers, near those of other crops of the same product. File `{config.name}.tflite`, weights in float16,
metadata inside. {steps:,} steps in {minutes:.0f} minutes; all settings are in the metadata.

## Use

Proposing names for facings that a person checks afterwards. Not for: naming without a check, people, anything but
packaged products.

## Terms

{config.terms.strip()}

{config.about.strip()}
"""
