"""The contrastive loss: facings of one product are drawn together, those of others pushed away."""

from __future__ import annotations

import keras
from keras import ops

from shelfaudit.training.losses import Tensor

OWN = -1e9
"""Takes a similarity out of a sum of exponentials."""


@keras.saving.register_keras_serializable("shelfaudit")
class ContrastiveLoss(keras.losses.Loss):  # type: ignore[misc]  # Keras has no types
    """Mean over all ordered pairs of the same product of log(1 + Σ exp((s_other − s_pair) ÷ τ)).

    As the supervised contrastive loss (Khosla et al., NeurIPS 2020), with other pairs of the same product left out of
    the sum, so that a product with many facings is not pushed away from itself.

    y_true: (B,) product numbers; y_pred: (B, D), unit vectors. temperature: τ; the smaller, the more the hardest
    other product counts.
    """

    def __init__(self, temperature: float = 0.08, name: str = "contrastive") -> None:
        super().__init__(name=name, reduction=None)
        self.temperature = temperature

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        labels = ops.reshape(y_true, (-1,))
        similar = ops.matmul(y_pred, ops.transpose(y_pred)) / self.temperature
        same = ops.equal(labels[:, None], labels[None, :])
        others = ops.logsumexp(ops.where(same, OWN, similar), axis=1, keepdims=True)
        pairs = ops.cast(same, "float32") - ops.eye(ops.shape(labels)[0])
        return ops.sum(ops.softplus(others - similar) * pairs) / ops.maximum(ops.sum(pairs), 1.0)

    def get_config(self) -> dict[str, object]:
        return {"temperature": self.temperature, "name": self.name}
