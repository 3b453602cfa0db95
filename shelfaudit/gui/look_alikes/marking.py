"""Which look-alikes are taken: the recogniser's word until the auditor says something else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import Enum, auto


class Mark(Enum):
    """What happens to a look-alike when the marked ones are accepted."""

    OPEN = auto()
    MARKED = auto()
    """It gets the name."""
    REFUSED = auto()
    """The auditor said: not this product."""


class Marking:
    """The marks of ranked facings, by id. What the auditor decided stays when they are ranked again."""

    def __init__(self) -> None:
        self._order: tuple[str, ...] = ()
        self._sure: frozenset[str] = frozenset()
        self._decided: dict[str, bool] = {}
        self._refused: set[str] = set()
        self._cut: str | None = None

    def rank(self, order: Sequence[str], sure: Collection[str]) -> None:
        """These facings are proposed, the most similar first; the recogniser is sure of some."""
        self._order = tuple(order)
        self._sure = frozenset(sure)

    @property
    def cut(self) -> str | None:
        """The last one that `mark_up_to` marked."""
        return self._cut if self._cut in self._order else None

    @property
    def marked(self) -> list[str]:
        """Those that get the name, the most similar first."""
        return [facing_id for facing_id in self._order if self.mark(facing_id) is Mark.MARKED]

    def mark(self, facing_id: str) -> Mark:
        """What the strip shows for this facing."""
        if facing_id in self._refused:
            return Mark.REFUSED
        return Mark.MARKED if self._decided.get(facing_id, facing_id in self._sure) else Mark.OPEN

    def toggle(self, facing_id: str) -> None:
        """Mark it, or not any more; one that was refused is open again."""
        if facing_id in self._refused:
            self._refused.discard(facing_id)
            self._decided[facing_id] = False
        else:
            self._decided[facing_id] = self.mark(facing_id) is not Mark.MARKED

    def mark_up_to(self, facing_id: str) -> None:
        """Mark this one and all that are more similar, and none behind it; the refused ones stay refused."""
        place = self._order.index(facing_id)
        self._decided.update((each, row <= place) for row, each in enumerate(self._order))
        self._cut = facing_id

    def refuse(self, facing_ids: Collection[str]) -> None:
        """They are something else."""
        self._refused.update(facing_ids)

    def allow(self, facing_id: str) -> None:
        """It may be the product after all, and is open again."""
        if facing_id in self._refused:
            self.toggle(facing_id)
