"""What a detector answers: the one type that crosses the boundary between pixels and facings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shelfaudit.domain.geometry import FloatArray


@dataclass(frozen=True)
class Detections:
    """The boxes found in one photo, the best first.

    boxes: float32 (N, 4), x1 y1 x2 y2 in upright photo pixels.
    scores: float32 (N,), in [0, 1].
    labels: int64 (N,), index into the model's labels.
    features: float32 (N, D), the network's own description of each box (D may be 0).

    Raises:
        ValueError: the arrays do not have these shapes.
    """

    boxes: FloatArray
    scores: FloatArray
    labels: NDArray[np.int64]
    features: FloatArray

    def __post_init__(self) -> None:
        count = len(self.scores)
        if self.boxes.shape != (count, 4):
            raise ValueError(f"boxes must have shape ({count}, 4) for {count} scores, got {self.boxes.shape}")
        if self.labels.shape != (count,):
            raise ValueError(f"labels must have shape ({count},), got {self.labels.shape}")
        if self.features.ndim != 2 or self.features.shape[0] != count:
            raise ValueError(f"features must have shape ({count}, D), got {self.features.shape}")

    def __len__(self) -> int:
        return len(self.scores)
