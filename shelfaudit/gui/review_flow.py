"""Going through a visit: what is right, what is next, where a brand stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject

from shelfaudit.domain.edits import Edit, EditKind
from shelfaudit.domain.visit import Author, Facing, PhotoState
from shelfaudit.gui.actions import Act, Actions
from shelfaudit.gui.photo_view.box_geometry import reading_order
from shelfaudit.gui.visit_page import VisitPage


class ReviewFlow(QObject):
    """Moves the selection of the visit page from facing to facing and from photo to photo."""

    def __init__(self, page: VisitPage, actions: Actions, parent: QObject) -> None:
        super().__init__(parent)
        self._page = page
        page.view.space_tapped.connect(self.next_to_review)
        page.shares.brand_chosen.connect(self.find_brand)
        page.shares.product_chosen.connect(self.find_product)
        for act, do in (
            (Act.NEXT_TO_REVIEW, self.next_to_review),
            (Act.ACCEPT, self.accept),
            (Act.REVIEWED, self.mark_reviewed),
            (Act.SAME_PRODUCT, self.select_same_product),
        ):
            # The signal's "checked" must not become an argument.
            actions[act].triggered.connect(lambda _checked=False, do=do: do())

    def accept(self) -> None:
        """The selected facings are right as they are; go to the next one to review."""
        facings = [facing for facing in self._page.view.selected_facings() if facing.product_by is not Author.AUDITOR]
        if facings:
            confirmed = tuple(replace(facing, product_by=Author.AUDITOR) for facing in facings)
            self._page.edit(Edit(EditKind.RELABEL, tuple(facings), confirmed))
        self.next_to_review()

    def next_to_review(self) -> None:
        """Select the next facing that the auditor has not touched; after the last one go to the next photo."""
        photo = self._page.current_photo
        if photo is None:
            return
        order = reading_order(photo.facings)
        selected = {facing.id for facing in self._page.view.selected_facings()}
        last = max((place for place, facing in enumerate(order) if facing.id in selected), default=-1)
        for facing in [*order[last + 1 :], *order[: last + 1]]:
            if not facing.touched and facing.id not in selected:
                self._page.view.select([facing.id])
                return
        self._next_photo_to_review()

    def mark_reviewed(self) -> None:
        """Everything in this photo is right: go to the next one to review. Where that was said before, take it back."""
        photo, session = self._page.current_photo, self._page.session
        if session is None or photo is None:
            return
        self._page.commit_pending()
        reviewed = photo.state is not PhotoState.REVIEWED
        session.mark_reviewed(photo.id, reviewed=reviewed)
        if reviewed:
            self._next_photo_to_review()

    def select_same_product(self) -> None:
        """Select every facing of this photo that has the product of the selected one."""
        photo, selected = self._page.current_photo, self._page.view.selected_facings()
        if photo is not None and selected:
            wanted = {facing.product for facing in selected}
            self._page.view.select([facing.id for facing in photo.facings if facing.product in wanted], reveal=False)

    def find_brand(self, brand: str | None) -> None:
        """Select the facings of a brand (None: not recognised); once more goes to the next photo that has some."""
        session = self._page.session
        if session is None:
            return

        def matches(facing: Facing) -> bool:
            owner = session.catalogue.brand_of(facing.product)
            return (owner.name if owner is not None else None) == brand

        self._find(matches)

    def find_product(self, sku: str | None) -> None:
        """Select the facings of a product (None: not recognised); once more goes to the next photo that has some."""
        session = self._page.session
        if session is None:
            return
        known = session.catalogue.products
        self._find(lambda facing: (facing.product if facing.product in known else None) == sku)

    def _find(self, matches: Callable[[Facing], bool]) -> None:
        photo, session = self._page.current_photo, self._page.session
        if session is None or photo is None:
            return
        here = {facing.id for facing in photo.facings if matches(facing)}
        if here and here != {facing.id for facing in self._page.view.selected_facings()}:
            self._page.view.select(here)
            return
        for photo_id in self._other_photos():
            there = {facing.id for facing in session.photos[photo_id].facings if matches(facing)}
            if there:
                self._page.choose_photo(photo_id, select=there)
                return

    def _next_photo_to_review(self) -> None:
        session = self._page.session
        if session is None:
            return
        for photo_id in self._other_photos():
            if session.photos[photo_id].state is PhotoState.DETECTED:
                self._page.choose_photo(photo_id)
                return

    def _other_photos(self) -> list[int]:
        """Ids of the photos after the one on screen, and then of those before it."""
        photo, session = self._page.current_photo, self._page.session
        if session is None or photo is None:
            return []
        ids = list(session.photos)
        place = ids.index(photo.id)
        return [*ids[place + 1 :], *ids[:place]]
