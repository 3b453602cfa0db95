"""How long photos take, from file to boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PhotoSeconds:
    """Seconds of one photo: from its file to pixels, and from pixels to boxes."""

    decode: float
    detect: float


@dataclass(frozen=True)
class Spread:
    """Median and 90th percentile, in milliseconds; they move with the machine and with what else it does."""

    median: float
    p90: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Spread:
        """Of some durations in seconds, at least one."""
        median, p90 = (1000 * np.quantile(seconds, [0.5, 0.9])).tolist()
        return cls(median, p90)

    def to_json(self) -> dict[str, float]:
        return {"median": round(self.median, 2), "p90": round(self.p90, 2)}


@dataclass(frozen=True)
class Latency:
    """Milliseconds a photo: decoding, detection, and both together."""

    decode: Spread
    detect: Spread
    total: Spread

    @classmethod
    def of(cls, photos: Sequence[PhotoSeconds]) -> Latency:
        """Of at least one photo."""
        return cls(
            decode=Spread.of([photo.decode for photo in photos]),
            detect=Spread.of([photo.detect for photo in photos]),
            total=Spread.of([photo.decode + photo.detect for photo in photos]),
        )

    def to_json(self) -> dict[str, object]:
        return {
            "unit": "ms",
            "decode": self.decode.to_json(),
            "detect": self.detect.to_json(),
            "total": self.total.to_json(),
        }
