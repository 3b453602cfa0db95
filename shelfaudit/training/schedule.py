"""How far a run is in its budget, and the learning rate that follows from it."""

from __future__ import annotations

import math
from typing import Protocol

from shelfaudit.training.checkpoint import Progress
from shelfaudit.training.config import TrainingConfig


class Rates(Protocol):
    """The part of a configuration that the learning rate follows from (see `TrainingConfig`)."""

    @property
    def learning_rate(self) -> float: ...

    @property
    def final_rate(self) -> float: ...

    @property
    def warmup_steps(self) -> int: ...


def used_fraction(config: TrainingConfig, step: int, seconds: float) -> float:
    """Share of the run's budget that is used up, in [0, 1]; at 1 the run is over.

    Args:
        step: steps made so far. seconds: time spent so far.
    """
    by_steps = step / config.steps if config.steps is not None else 0.0
    by_time = seconds / (config.minutes * 60) if config.minutes is not None else 0.0
    return min(1.0, max(by_steps, by_time))


def learning_rate(config: Rates, step: int, fraction: float) -> float:
    """Linear warm-up by steps, then half a cosine over the run down to `final_rate` of the peak (Loshchilov & Hutter,
    SGDR, ICLR 2017).

    Args:
        step: steps made so far.
        fraction: share of the run's budget that is used up, in [0, 1].
    """
    warmup = min(1.0, (step + 1) / config.warmup_steps)
    cosine = (1 + math.cos(math.pi * min(fraction, 1.0))) / 2
    return config.learning_rate * warmup * (config.final_rate + (1 - config.final_rate) * cosine)


def evaluation_is_due(config: TrainingConfig, progress: Progress) -> bool:
    """Whether the run has passed one of its evaluations, which are spread evenly over the budget, since the last one.

    It is asked anew after an interruption, and it holds for a run that was given a larger budget.
    """
    now = used_fraction(config, progress.step, progress.seconds)
    then = used_fraction(config, progress.evaluated_step, progress.evaluated_seconds)
    # The last one is at the very end, which a sum of fractions may just miss.
    return math.floor(now * config.evaluations + 1e-9) > math.floor(then * config.evaluations + 1e-9)
