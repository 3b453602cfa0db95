"""A run's checkpoint as a detector, for the evaluation job beside the run."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

from shelfaudit.detection.detector import Detector
from shelfaudit.errors import UserError
from shelfaudit.evaluation.evaluate import candidate
from shelfaudit.evaluation.watch import Checkpoint
from shelfaudit.training.checkpoint import load_average, load_labels
from shelfaudit.training.config import read_config
from shelfaudit.training.convert import inference_network
from shelfaudit.training.keras_network import KerasNetwork
from shelfaudit.training.run_folder import RunFolder


def open_checkpoint(file: Path) -> Checkpoint:
    """The averaged weights of a checkpoint, one pass a photo as during the training.

    Raises:
        UserError: the checkpoint or the configuration beside it is missing or damaged, or they do not belong together.
    """
    config = read_config(RunFolder(file.parent).config_file)
    labels = load_labels(file)
    try:
        weights, progress = load_average(file)
        network = inference_network(weights, config.evaluation_size, classes=len(labels), size=config.network)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UserError(f"The checkpoint cannot be read ({reason}).", file=file) from error
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(f"The checkpoint is damaged, or of another network: {error}.", file=file) from error
    info = replace(candidate(config.evaluation_size), labels=labels)
    return Checkpoint(Detector(KerasNetwork(network), info), progress.step, progress.seconds / 60)
