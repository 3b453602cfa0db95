"""Which of several boxes under the mouse a click means."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF

_SAME_PLACE = 5.0


class ClickCycle:
    """The smallest box wins; clicking again at the same place goes on to the next larger one, and round again."""

    def __init__(self) -> None:
        self._last: QPointF | None = None

    def pick(self, under: Sequence[str], at: QPointF, selected: Sequence[str]) -> list[str]:
        """The facing to select, as a list of at most one.

        `under` are the facings under the mouse, smallest first; `at` is in screen pixels.
        """
        again = self._last is not None and (at - self._last).manhattanLength() <= _SAME_PLACE
        self._last = QPointF(at)
        if not under:
            return []
        if again and len(selected) == 1 and selected[0] in under:
            return [under[(under.index(selected[0]) + 1) % len(under)]]
        return [under[0]]

    def reset(self) -> None:
        """The next click is a first one."""
        self._last = None
