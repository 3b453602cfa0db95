"""How long a task will still take, from how long it took so far."""

from __future__ import annotations

import time
from collections.abc import Callable

# Before this share of the work is done, or this many seconds have passed, a guess would only mislead.
MIN_SHARE = 0.02
MIN_SECONDS = 1.0


class RemainingTime:
    """Seconds left of a task at its mean speed so far.

    The mean over the whole task, not the last step: photos differ a lot, and a number that jumps is not believed.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._start = clock()
        self._done_at_start: int | None = None

    def update(self, done: int, total: int) -> float | None:
        """Seconds left after `done` of `total` steps; None while it is too early to say."""
        if self._done_at_start is None:
            self._done_at_start = done
        elapsed = self._clock() - self._start
        fresh = done - self._done_at_start
        if fresh <= 0 or elapsed < MIN_SECONDS or done < MIN_SHARE * total:
            return None
        return max(total - done, 0) * elapsed / fresh


def format_seconds(seconds: float) -> str:
    """0:40, 12:05 or 1:02:05."""
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
