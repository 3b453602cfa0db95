"""Paint one, get all: proposes look-alikes of what was named, and names those that the auditor accepts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from enum import Enum, auto

from PySide6.QtCore import QObject, QRectF, QTimer

from shelfaudit.domain.refusal import Refusal
from shelfaudit.domain.visit import Facing, Photo
from shelfaudit.errors import UserError
from shelfaudit.gui.actions import Act, Actions
from shelfaudit.gui.keyboard import holds_focus
from shelfaudit.gui.look_alikes.marking import Mark, Marking
from shelfaudit.gui.look_alikes.rows import StripRow
from shelfaudit.gui.look_alikes.spotlight import Spotlight
from shelfaudit.gui.naming_flow import NamingFlow
from shelfaudit.gui.session import VisitSession
from shelfaudit.gui.visit_page import VisitPage
from shelfaudit.gui.workers import Workers
from shelfaudit.usecases.look_alikes import Likeness, LookAlike, VisitLooks, find_look_alikes

# Photos that are detected one after the other are one reason to rank again.
RANKING_DELAY_MS = 400


class _Reason(Enum):
    """Why look-alikes are looked for, and so when they are worth showing."""

    ASKED_FOR = auto()
    """Always, even if only to say that there are none."""
    NAMED = auto()
    """Where something has no name yet, or the recogniser is sure of something."""
    ACCEPTED = auto()
    """Where the recogniser is sure of more, now that it has seen more."""
    CHANGED = auto()
    """As long as there are any."""


class LookAlikesFlow(QObject):
    """Fills the strip of the visit page and does what is chosen in it."""

    def __init__(
        self, workers: Workers, page: VisitPage, naming: NamingFlow, actions: Actions, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._workers = workers
        self._page = page
        self._naming = naming
        self._strip = page.look_alikes
        self._session: VisitSession | None = None
        self._looks = VisitLooks(0)
        self._likeness: Likeness | None = None
        self._homes: list[int] = []
        """Photos of the facings that were named."""
        self._found: list[LookAlike] = []
        self._marking, self._marked_for = Marking(), Likeness(frozenset(), None)
        self._waiting = self._accept_then = self._accepting = False
        self._spotlight = Spotlight(page.view)
        self._ranking = QTimer(self, singleShot=True, interval=RANKING_DELAY_MS)
        self._ranking.timeout.connect(self._rank_again)
        # An edit of many photos is shown once.
        self._showing = QTimer(self, singleShot=True, interval=0)
        self._showing.timeout.connect(self._show)
        naming.companions = self.companions
        naming.strangers = self.strangers
        naming.named.connect(self.propose)
        actions[Act.LOOK_ALIKES].triggered.connect(lambda _checked=False: self.open())
        actions[Act.ACCEPT_LOOK_ALIKES].triggered.connect(lambda _checked=False: self.accept())
        page.boxes_shown.connect(lambda _shown: self._photo_shown())
        self._strip.accepted.connect(self.accept)
        self._strip.closed.connect(self.close)
        crops = self._strip.list
        crops.left.connect(page.take_focus)
        crops.toggled.connect(lambda row: self._mark(row, self._marking.toggle))
        crops.cut.connect(lambda row: self._mark(row, self._marking.mark_up_to))
        crops.refused.connect(self._refuse)
        crops.opened.connect(self._open_photo)
        crops.pointed.connect(lambda _row: self._point())

    @property
    def marked(self) -> list[str]:
        """Ids of the facings that accepting names, the most similar first."""
        return self._marking.marked if self.is_open else []

    @property
    def is_open(self) -> bool:
        """Whether look-alikes are on screen."""
        return self._likeness is not None and not self._strip.isHidden()

    def show_session(self, session: VisitSession | None) -> None:
        """Another visit, or none."""
        self._forget()
        self._session = session
        if session is not None:
            self._looks = VisitLooks(session.visit_id)
            session.looks_changed.connect(self._looks.forget)
            session.looks_changed.connect(lambda: self._changed(session))
            session.facings_changed.connect(lambda photo_ids: self._changed(session, photo_ids))
            session.photos_changed.connect(lambda: self._changed(session))
            session.styles_changed.connect(lambda: self._changed(session))
            session.refused.connect(lambda refusal: self._take_refusal(session, refusal))

    def companions(self) -> frozenset[str]:
        """Ids of facings that are named together with the selected ones: look-alikes marked before there is a name.

        Empty where the auditor went on to other facings of the photo.
        """
        likeness = self._likeness
        if likeness is None or likeness.sku is not None or not self.is_open:
            return frozenset()
        selected = {facing.id for facing in self._page.view.selected_facings()}
        if selected <= likeness.facing_ids or self._strip.list.hasFocus():
            return likeness.facing_ids | set(self._marking.marked)
        return frozenset()

    def strangers(self) -> list[tuple[int, str]]:
        """(photo id, facing id) of look-alikes that were refused before there is a name."""
        if not self.companions():
            return []
        found = ((each.photo_id, each.facing.id) for each in self._found)
        return [(photo_id, key) for photo_id, key in found if self._marking.mark(key) is Mark.REFUSED]

    def open(self) -> None:
        """Look-alikes of the selected facings, named or not; where they are on screen already, go through them."""
        session, selected = self._session, self._page.view.selected_facings()
        ids = frozenset(facing.id for facing in selected)
        if self.is_open and (self._likeness is None or not selected or ids <= self._likeness.facing_ids):
            self._strip.list.setFocus()
        elif session is not None and selected:
            products = {facing.product for facing in selected}
            self._ask(Likeness(ids, products.pop() if len(products) == 1 else None), _Reason.ASKED_FOR)

    def propose(self, facing_ids: frozenset[str], sku: str) -> None:
        """These facings were named: propose what looks like them, once the recogniser has said what it is sure of."""
        if self._session is not None:
            self._session.name_look_alikes()
            self._ask(Likeness(facing_ids, sku), _Reason.ACCEPTED if self._accepting else _Reason.NAMED)

    def accept(self) -> None:
        """Name all that are marked, with one undo. Before there is a name, ask for it."""
        session, likeness = self._session, self._likeness
        if session is None or likeness is None:
            return
        if self._waiting:
            self._accept_then = True  # the key was faster than the ranking
        elif likeness.sku is None:
            self._naming.open_picker()
        elif self.is_open and self._marking.marked:
            ids = likeness.facing_ids | set(self._marking.marked)
            self.close()
            self._accepting = True
            self._naming.give(ids, likeness.sku)
            self._accepting = False

    def close(self) -> None:
        """Enough of these; keys mean the photo again."""
        had_focus = holds_focus(self._strip)
        self._forget()
        if had_focus:
            self._page.take_focus()

    # Inside

    def _forget(self) -> None:
        self._likeness, self._found = None, []
        self._waiting = self._accept_then = False
        self._ranking.stop()
        self._showing.stop()
        self._spotlight.hide()
        self._strip.hide()

    def _ask(self, likeness: Likeness, reason: _Reason) -> None:
        """Rank in the database's thread, after everything that waits to be saved."""
        session = self._session
        if session is None:
            return
        if likeness != self._likeness:
            self._accept_then = False
        if likeness != self._marked_for and (likeness.sku is None or likeness.sku != self._marked_for.sku):
            self._marking = Marking()
        self._marked_for = likeness
        self._likeness = likeness
        self._waiting |= reason is not _Reason.CHANGED  # until then, what is shown can be accepted
        looks, photos = self._looks, list(session.photos.values())
        self._homes = _homes(photos, likeness.facing_ids)

        def take(found: list[LookAlike]) -> None:
            if self._session is session and self._likeness is likeness:
                self._take(found, reason)

        def failed(error: Exception) -> None:
            if self._likeness is likeness:
                self._forget()
            if self._session is session or not isinstance(error, UserError):
                raise error

        self._workers.ask(lambda repository: find_look_alikes(repository, looks, photos, likeness), take, failed)

    def _take(self, found: list[LookAlike], reason: _Reason) -> None:
        self._waiting = False
        self._found = found
        self._marking.refuse([each.facing.id for each in found if each.refused])
        self._reconcile()
        if not self._is_worth_showing(reason):
            self._forget()
            return
        if not self._found:
            self._strip.show_rows(f"Nothing else in this visit looks like {self._named()}", "", ())
            return
        self._show()
        session = self._session
        if session is not None:
            wanted = [(session.photos[each.photo_id], each.facing) for each in self._found]
            self._strip.crops.request(wanted, self._strip.picture_size())
        if reason is _Reason.ASKED_FOR:
            self._strip.list.setFocus()
        if self._accept_then:
            self.accept()

    def _is_worth_showing(self, reason: _Reason) -> bool:
        if reason is _Reason.ASKED_FOR or self._marking.marked:
            return True
        if reason is _Reason.NAMED:
            return any(each.facing.product is None for each in self._found)
        return reason is _Reason.CHANGED and bool(self._found)

    def _changed(self, session: VisitSession, photo_ids: frozenset[int] | None = None) -> None:
        """Names, boxes or photos changed: what is gone or named is no proposal any more.

        photo_ids: where, None for anywhere. A visit has thousands of facings: only those of these photos are looked at.
        """
        if session is not self._session or self._likeness is None:
            return
        if not self._is_still_meant(photo_ids):
            self.close()
            return
        if self.is_open and any(photo_ids is None or each.photo_id in photo_ids for each in self._found):
            self._reconcile(photo_ids)
            if not self._found:
                self.close()
                return
            self._showing.start()
        self._ranking.start()

    def _is_still_meant(self, photo_ids: frozenset[int] | None) -> bool:
        """Whether a facing that was named is there, and has the name: it may have been taken back."""
        likeness = self._likeness
        if likeness is None or not (photo_ids is None or photo_ids & set(self._homes)):
            return likeness is not None
        return any(
            facing.id in likeness.facing_ids and (likeness.sku is None or facing.product == likeness.sku)
            for home in self._homes
            for facing in self._facings(home).values()
        )

    def _rank_again(self) -> None:
        """New facings may be look-alikes; the order stays while the auditor goes through it."""
        if self.is_open and self._likeness is not None and not self._strip.list.hasFocus():
            self._ask(self._likeness, _Reason.CHANGED)

    def _reconcile(self, photo_ids: frozenset[int] | None = None) -> None:
        """The look-alikes of these photos (None: of all) as they are now."""
        likeness = self._likeness
        if likeness is None:
            return
        homes = {each.photo_id for each in self._found}
        now = {home: self._facings(home) for home in (homes if photo_ids is None else homes & photo_ids)}
        found = []
        for each in self._found:
            facing = now[each.photo_id].get(each.facing.id) if each.photo_id in now else each.facing
            if facing is not None and likeness.open_to(facing):
                found.append(replace(each, facing=facing))
        self._found = found
        sure = [each.facing.id for each in found if likeness.is_sure(each.facing, each.similarity)]
        self._marking.rank([each.facing.id for each in found], sure)

    def _facings(self, photo_id: int) -> dict[str, Facing]:
        """The facings of a photo by id; empty where it is gone."""
        photo = self._session.photos.get(photo_id) if self._session is not None else None
        return {facing.id: facing for facing in photo.facings} if photo is not None else {}

    def _show(self) -> None:
        likeness = self._likeness
        if likeness is None:
            return
        count, marked = len(self._found), len(self._marking.marked)
        title = f"{count} {'looks' if count == 1 else 'look'} like {self._named()}, {marked} marked"
        if likeness.sku is None:
            accept = f"Name {marked + len(likeness.facing_ids)} (A)" if marked else ""
        else:
            accept = f"Accept {marked} (A)" if marked else ""
        self._strip.show_rows(title, accept, self._rows(likeness))
        self._point()

    def _rows(self, likeness: Likeness) -> Sequence[StripRow]:
        session, current = self._session, self._page.current_photo
        if session is None:
            return ()
        numbers = {photo_id: number for number, photo_id in enumerate(session.photos, start=1)}
        rows = []
        for each in self._found:
            product = each.facing.product
            here = current is not None and each.photo_id == current.id
            rows.append(
                StripRow(
                    each,
                    self._marking.mark(each.facing.id),
                    None if here else numbers.get(each.photo_id),
                    self._product_name(product) if product is not None and product != likeness.sku else "",
                    cut=each.facing.id == self._marking.cut,
                )
            )
        return rows

    def _at(self, row: int) -> LookAlike | None:
        """The look-alike in a row of the strip, if it still is one."""
        rows = self._strip.rows
        shown = rows[row].look_alike.facing.id if 0 <= row < len(rows) else None
        return next((each for each in self._found if each.facing.id == shown), None)

    def _named(self) -> str:
        """What is looked for, in words."""
        likeness = self._likeness
        if likeness is None or likeness.sku is None:
            one = likeness is None or len(likeness.facing_ids) == 1
            return f"the selected facing{'' if one else 's'}"
        return self._product_name(likeness.sku)

    def _product_name(self, sku: str) -> str:
        product = self._session.catalogue.products.get(sku) if self._session is not None else None
        return product.name if product is not None else sku

    def _mark(self, row: int, how: Callable[[str], None]) -> None:
        chosen = self._at(row)
        if chosen is not None:
            how(chosen.facing.id)
            self._show()

    def _refuse(self, row: int) -> None:
        """Not this product; said again, it may be."""
        likeness, chosen = self._likeness, self._at(row)
        if likeness is None or chosen is None:
            return
        facing_id = chosen.facing.id
        refused = self._marking.mark(facing_id) is not Mark.REFUSED
        if self._session is not None and likeness.sku is not None:
            self._session.refuse_name(chosen.photo_id, facing_id, likeness.sku, refused=refused)
        else:
            self._mark_refused(facing_id, refused=refused)

    def _take_refusal(self, session: VisitSession, refusal: Refusal) -> None:
        """Something was refused, here or by undo and redo, which lead to its crop."""
        if session is self._session and self._likeness is not None and self._likeness.sku == refusal.sku:
            self._mark_refused(refusal.facing_id, refused=refusal.refused)
            place = self._strip.model.place_of(refusal.facing_id)
            if place is not None:
                self._strip.list.go_to(place)

    def _mark_refused(self, facing_id: str, *, refused: bool) -> None:
        if refused:
            self._marking.refuse([facing_id])
        else:
            self._marking.allow(facing_id)
        if self.is_open:
            self._show()

    def _open_photo(self, row: int) -> None:
        """Show the crop in its photo."""
        chosen, current = self._at(row), self._page.current_photo
        if chosen is None:
            return
        self._strip.list.setFocus()
        if current is None or current.id != chosen.photo_id:
            self._page.choose_photo(chosen.photo_id)
        self._point()

    def _photo_shown(self) -> None:
        if self.is_open and self._found:
            self._show()

    def _point(self) -> None:
        """Frame the crop in focus where it is in the photo on screen."""
        chosen, photo = self._at(self._strip.list.row), self._page.current_photo
        here = chosen is not None and photo is not None and photo.id == chosen.photo_id
        if chosen is not None and here and self._page.has_boxes and self._strip.list.hasFocus():
            self._spotlight.show_at(QRectF(*chosen.facing.box.as_xywh()))
        else:
            self._spotlight.hide()


def _homes(photos: Iterable[Photo], facing_ids: frozenset[str]) -> list[int]:
    """Ids of the photos that these facings are in; no photo is looked at after the last of them."""
    found, missing = [], len(facing_ids)
    for photo in photos:
        if not missing:
            break
        here = sum([facing.id in facing_ids for facing in photo.facings])
        if here:
            found.append(photo.id)
            missing -= here
    return found
