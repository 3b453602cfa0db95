"""What one server lets its clients ask for: sizes, numbers and times."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from shelfaudit.serving.refusals import busy

UPLOAD_MEMORY = 256_000_000
"""Bytes of photos that are held at the same time, on their way in or waiting."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is accepted.

    max_bytes: largest photo file.
    max_megapixels: largest picture, whatever its file's size.
    requests_per_minute: of one client, all at once or spread; 0: as many as it likes.
    waiting: most photos that wait while another one is looked at.
    seconds: most time for a photo to arrive, and again for it to be answered.
    """

    max_bytes: int = 40_000_000
    max_megapixels: float = 50
    requests_per_minute: int = 600
    waiting: int = 16
    seconds: float = 60


class MemoryBudget:
    """Bounds the bytes that all requests hold together. Used by the event loop's thread only."""

    def __init__(self, total: int = UPLOAD_MEMORY) -> None:
        self._total = total
        self._used = 0

    @property
    def used(self) -> int:
        """Bytes taken at the moment."""
        return self._used

    @contextmanager
    def share(self) -> Iterator[Callable[[int], None]]:
        """One request's part: a function that takes some bytes more; all are given back at the end.

        Raises:
            Refused: by that function, where nothing is left.
        """
        taken = 0

        def take(count: int) -> None:
            nonlocal taken
            if self._used + count > self._total:
                raise busy("The server holds as many photos as fit into its memory.", seconds=1)
            self._used += count
            taken += count

        try:
            yield take
        finally:
            self._used -= taken
