"""The shares of the open visit, measured beside the UI thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer, Signal

from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.domain.measures import ShelfShares, measure_shares
from shelfaudit.domain.visit import Facing
from shelfaudit.gui.workers import Workers

MAX_PAUSE_MS = 2000

Measured = tuple[Sequence[Sequence[Facing]], Catalogue]
"""The facings of each photo, and the catalogue that names them."""


class ShareMeter(QObject):
    """At most one run at a time, and always of the newest state."""

    measured = Signal(object)
    """`ShelfShares`."""

    def __init__(self, workers: Workers, what: Callable[[], Measured], parent: QObject) -> None:
        super().__init__(parent)
        self._workers, self._what = workers, what
        self._wanted = self._running = self._stopped = False

    def measure(self) -> None:
        """Something changed."""
        if self._running:
            self._wanted = True
            return
        self._running, self._wanted = True, False
        started = time.monotonic()
        photos, catalogue = self._what()

        def done(shares: ShelfShares) -> None:
            if self._stopped:
                return
            # Thousands of photos take long to count: half of the time is left to everything else.
            pause = round(1000 * (time.monotonic() - started))
            QTimer.singleShot(min(pause, MAX_PAUSE_MS), self, self._again)
            self.measured.emit(shares)

        self._workers.measuring.submit(lambda: measure_shares(photos, catalogue), done)

    def stop(self) -> None:
        """Nobody wants to know any more."""
        self._stopped = True

    def _again(self) -> None:
        self._running = False
        if self._wanted and not self._stopped:
            self.measure()
