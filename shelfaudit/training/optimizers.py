"""Optimizers whose pretrained variables move slower than the others."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from shelfaudit.training.backbone import is_backbone
from shelfaudit.training.config import TrainingConfig
from shelfaudit.training.losses import Tensor


class _Layerwise(keras.optimizers.Optimizer):  # type: ignore[misc]  # Keras has no types
    """Multiplies the learning rate of the backbone's variables by `backbone_rate`; in front of an optimizer class."""

    backbone_rate: float = 1.0

    def build(self, variables: Sequence[keras.Variable]) -> None:
        if not self.built:
            self._rates = [self.backbone_rate if is_backbone(variable.path) else 1.0 for variable in variables]
        super().build(variables)

    def update_step(self, gradient: Tensor, variable: Tensor, learning_rate: Tensor) -> None:
        rate = self._rates[self._get_variable_index(variable)]
        super().update_step(gradient, variable, learning_rate * rate)


@keras.saving.register_keras_serializable("shelfaudit")
class LayerwiseAdamW(_Layerwise, keras.optimizers.AdamW):  # type: ignore[misc]  # Keras has no types
    """AdamW (Loshchilov & Hutter, ICLR 2019)."""


@keras.saving.register_keras_serializable("shelfaudit")
class LayerwiseMomentum(_Layerwise, keras.optimizers.SGD):  # type: ignore[misc]  # Keras has no types
    """Gradient descent with momentum."""


def make_optimizer(config: TrainingConfig) -> keras.optimizers.Optimizer:
    """The optimizer of a run. Biases and norms do not decay."""
    common = {"weight_decay": config.weight_decay, "global_clipnorm": config.gradient_norm}
    optimizer: keras.optimizers.Optimizer = (
        LayerwiseAdamW(config.learning_rate, **common)
        if config.optimizer == "adamw"
        else LayerwiseMomentum(config.learning_rate, momentum=config.momentum, **common)
    )
    optimizer.backbone_rate = config.backbone_rate
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer
