"""Which network: a choice of the configuration that everything which builds one reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

GROUPS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
"""(expansion, channels, repeats, first stride) of each group of inverted residuals: table 2 of MobileNetV2 (Sandler et
al., CVPR 2018)."""


@dataclass(frozen=True)
class Architecture:
    """The kind of network and how large it is; tests use a narrow and shallow one.

    kind: "fpn" is our detector, an SSD with a feature pyramid (`training.fpn`); "ssd" the classic SSD with six maps
        (`training.ssd`).
    width: factor on the backbone's channels. pyramid_channels: of the FPN. repeats: most blocks of a group.
    frozen_groups: the first convolution and so many groups keep their start weights: edges and colours need no
        retraining, and they are the dearest. Without start weights it should be 0.
    """

    kind: Literal["fpn", "ssd"] = "fpn"
    width: float = 1.0
    pyramid_channels: int = 96
    repeats: int = 4
    frozen_groups: int = 2

    def first_block(self, group: int) -> int:
        """Number of the block that begins a group."""
        return sum(min(repeats, self.repeats) for _, _, repeats, _ in GROUPS[:group])

    def expansion(self, group: int) -> str:
        """Name of the activation that begins a group (from the second one on): the richest layer of its stride."""
        return f"block_{self.first_block(group)}_expand_relu"
