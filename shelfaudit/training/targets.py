"""What a network should answer for a sample: its priors, and which of them answer for which product."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from shelfaudit.detection.priors import make_priors
from shelfaudit.domain.geometry import FloatArray
from shelfaudit.training.architecture import Architecture
from shelfaudit.training.augment import Sample
from shelfaudit.training.default_boxes import make_default_boxes
from shelfaudit.training.matching import WEIGHT, make_targets, match_adaptively, match_by_iou, points_inside


class TargetMaker(Protocol):
    """Makes the targets for one architecture and input size."""

    def __call__(self, sample: Sample) -> FloatArray:
        """The targets (N, 6) of a sample; see `matching.make_targets`."""


class AdaptiveTargets:
    """Targets of our detector."""

    def __init__(self, input_size: int) -> None:
        self.priors = make_priors(input_size, input_size)

    def __call__(self, sample: Sample) -> FloatArray:
        owner = match_adaptively(self.priors, sample.boxes)
        return _targets(sample, self.priors.centers, owner)


class DefaultBoxTargets:
    """Targets of the classic SSD."""

    def __init__(self, input_size: int) -> None:
        self.default = make_default_boxes(input_size)
        self._boxes = self.default.boxes()

    def __call__(self, sample: Sample) -> FloatArray:
        return _targets(sample, self.default.centers, match_by_iou(self._boxes, sample.boxes))


def target_maker(architecture: Architecture, input_size: int) -> TargetMaker:
    """The targets that go with an architecture."""
    return AdaptiveTargets(input_size) if architecture.kind == "fpn" else DefaultBoxTargets(input_size)


def _targets(sample: Sample, centers: FloatArray, owner: NDArray[np.int64]) -> FloatArray:
    known = points_inside(centers, sample.complete) & ~points_inside(centers, sample.ignored)
    targets = make_targets(owner, sample.boxes, sample.labels, known)
    targets[:, WEIGHT] *= sample.weight
    return targets
