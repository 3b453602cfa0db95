"""Optimizers whose pretrained variables move slower than the others, and that clip the gradients of the whole batch."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from shelfaudit.training.backbone import is_backbone
from shelfaudit.training.config import TrainingConfig
from shelfaudit.training.devices import mirrored_replicas
from shelfaudit.training.losses import Tensor


class _Layerwise(keras.optimizers.Optimizer):  # type: ignore[misc]  # Keras has no types
    """Goes in front of an optimizer class; the backbone's variables get `backbone_rate` times the learning rate."""

    backbone_rate: float = 1.0

    def build(self, variables: Sequence[keras.Variable]) -> None:
        if not self.built:
            self._rates = [self.backbone_rate if is_backbone(variable.path) else 1.0 for variable in variables]
        super().build(variables)

    def update_step(self, gradient: Tensor, variable: Tensor, learning_rate: Tensor) -> None:
        rate = self._rates[self._get_variable_index(variable)]
        super().update_step(gradient, variable, learning_rate * rate)

    def _clip_gradients(self, grads: Sequence[Tensor]) -> Sequence[Tensor]:
        # Keras clips each replica's part of the gradients and then sums them; the norm that counts is that of the sum.
        replicas = mirrored_replicas()
        if replicas == 1:
            clipped: Sequence[Tensor] = super()._clip_gradients(grads)
            return clipped
        import tensorflow as tf

        whole = tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, list(grads))
        return [gradient / replicas for gradient in super()._clip_gradients(whole)]


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
