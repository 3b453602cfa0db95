"""What the review bar asks, in words, with the keys that answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shelfaudit.domain.review import Ask, Decision
from shelfaudit.domain.visit import Facing, Photo, PhotoState
from shelfaudit.gui.session import VisitSession

Key = tuple[str, str]
"""A key as it is written on it, and what it answers."""

_NAME: Key = ("L", "name")
_REMOVE: Key = ("Del", "no facing")
_NEXT: Key = ("Space", "later")


@dataclass(frozen=True, slots=True)
class Question:
    """One question: in words, why it is asked ("" for no reason), and the keys."""

    text: str
    reason: str
    keys: tuple[Key, ...]


def question_about(
    photo: Photo,
    session: VisitSession,
    *,
    drawing: bool,
    selected: Sequence[Facing],
    decision: Decision | None,
    open_here: int,
    open_elsewhere: bool,
    recent: Sequence[Key] = (),
) -> Question:
    """What to ask about a photo on screen.

    decision: the open one about what is selected or pointed out. open_here: decisions left in this photo.
    open_elsewhere: whether another photo is to be reviewed. recent: digits, and the products that they name; last of
    the keys, because there may be no room for all of them.
    """
    if drawing:
        drawing_keys = (("Enter", "put it in the frame"), ("Esc", "stop drawing"))
        return Question("Draw the facing that was missed", "drag a box, or press a key", drawing_keys)
    if decision is not None:
        product = _name(session, selected[0].product) if selected else ""
        return Question(_words(decision.ask, product), " · ".join(decision.reasons), _keys(decision.ask, recent))
    if len(selected) > 1:
        keys_for_many = (("Enter", "right as they are"), _NAME, ("Del", "no facings"), *recent)
        return Question(f"{len(selected)} facings are selected", "", keys_for_many)
    if selected:
        named = f"This is {_name(session, selected[0].product)}" if selected[0].product else "This product is not known"
        keys_for_one = (("Enter", "right"), _NAME, _REMOVE, ("Space", "next"), *recent)
        return Question(named, "nothing to decide", keys_for_one)
    if open_here:
        return Question(f"{open_here} to decide in this photo", "", (("Space", "begin"),))
    if photo.state is PhotoState.DETECTED:
        return Question("All is decided in this photo", "", (("Enter", "mark it as reviewed"),))
    if open_elsewhere:
        return Question("This photo is reviewed", "", (("Space", "next photo"),))
    return Question("All photos are reviewed", "", (("Ctrl+P", "save the report"),))


def _words(ask: Ask, product: str) -> str:
    return {
        Ask.FACING: f"Is this a facing of {product}?",
        Ask.PRODUCT: f"Is this {product}?",
        Ask.NAME: "Which product is this?",
        Ask.MISSING: "Is a facing missing here?",
    }[ask]


def _keys(ask: Ask, recent: Sequence[Key]) -> tuple[Key, ...]:
    if ask is Ask.MISSING:
        return (("Enter", "no"), ("B, Enter", "yes, add it"), _NEXT)
    if ask is Ask.NAME:
        return (_NAME, ("Enter", "not known"), _REMOVE, _NEXT, *recent)
    return (("Enter", "yes"), _REMOVE, ("L", "another product"), _NEXT, *recent)


def _name(session: VisitSession, sku: str | None) -> str:
    product = session.catalogue.products.get(sku) if sku is not None else None
    return product.name if product is not None else sku or ""
