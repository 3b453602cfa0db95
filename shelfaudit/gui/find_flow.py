"""Finding facings: where a brand or a product stands, in this photo and the others."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from shelfaudit.domain.visit import Facing
from shelfaudit.gui.actions import Act, Actions
from shelfaudit.gui.visit_page import VisitPage


class FindFlow(QObject):
    """Selects the facings of a brand or a product on the visit page, photo by photo."""

    def __init__(self, page: VisitPage, actions: Actions, parent: QObject) -> None:
        super().__init__(parent)
        self._page = page
        page.shares.brand_chosen.connect(self.find_brand)
        page.shares.product_chosen.connect(self.find_product)
        # The signal's "checked" must not become an argument.
        actions[Act.SAME_PRODUCT].triggered.connect(lambda _checked=False: self.select_same_product())

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

    def _other_photos(self) -> list[int]:
        """Ids of the photos after the one on screen, and then of those before it."""
        photo, session = self._page.current_photo, self._page.session
        if session is None or photo is None:
            return []
        ids = list(session.photos)
        place = ids.index(photo.id)
        return [*ids[place + 1 :], *ids[:place]]
