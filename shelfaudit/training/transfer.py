"""Start weights: a pretrained backbone, or what fits of one of our checkpoints."""

from __future__ import annotations

import logging
from pathlib import Path

import keras

from shelfaudit.errors import UserError
from shelfaudit.training.backbone import is_backbone, load_backbone
from shelfaudit.training.checkpoint import load_average, read_arrays

log = logging.getLogger(__name__)


def load_start_weights(network: keras.Model, file: Path) -> int:
    """Set a network's variables to weights trained before; returns how many were set.

    A checkpoint may be of another architecture or other labels: variables of the same path and shape are taken, the
    rest keeps its fresh values. The averaged weights are taken.

    Raises:
        UserError: the file cannot be used for this network.
    """
    names = read_arrays(file).keys()
    if any(name.endswith("/q") for name in names):
        try:
            load_backbone(network, file)
        except ValueError as error:
            raise UserError(f"These weights do not fit the backbone: {error}.", file=file) from error
        return sum(is_backbone(variable.path) for variable in network.weights)
    weights, _ = load_average(file)
    fitting = [v for v in network.weights if v.path in weights and weights[v.path].shape == tuple(v.shape)]
    if not any(is_backbone(variable.path) for variable in fitting):
        raise UserError("Nothing of these weights fits the network.", file=file, advice="Check [network] width.")
    for variable in fitting:
        variable.assign(weights[variable.path])
    log.info("start weights: %d of %d variables from %s", len(fitting), len(network.weights), file)
    return len(fitting)
