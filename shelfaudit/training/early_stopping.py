"""Which evaluation was best, and for how long none has been better."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from shelfaudit.training.checkpoint import Progress
from shelfaudit.training.config import EarlyStopping

LESS_IS_BETTER = {"count_error", "loss"}


def take_in(scores: Mapping[str, float], progress: Progress, rule: EarlyStopping) -> tuple[Progress, bool]:
    """The progress after an evaluation with these scores, and whether it was the best so far.

    The best is any better value; an evaluation that is not better by more than `least_gain` makes the run staler.
    """
    value = scores[rule.metric]
    gain = float("inf") if progress.best is None else value - progress.best
    if rule.metric in LESS_IS_BETTER:
        gain = -gain if progress.best is not None else gain
    after = dataclasses.replace(
        progress,
        evaluated_step=progress.step,
        evaluated_seconds=progress.seconds,
        stale=0 if gain > rule.least_gain else progress.stale + 1,
    )
    if gain <= 0:
        return after, False
    return dataclasses.replace(after, best=value, best_step=progress.step), True


def is_stale(progress: Progress, rule: EarlyStopping) -> bool:
    """Whether a run has not become better for so long that it should end."""
    return rule.patience is not None and progress.stale >= rule.patience
