"""Selecting many facings of the photo at once: of a brand, or those that the detector was least sure of."""

from __future__ import annotations

from PySide6.QtCore import QObject

from shelfaudit.domain.visit import Facing, Photo
from shelfaudit.gui.actions import Act, Actions
from shelfaudit.gui.visit_page import VisitPage

UNCERTAIN_WITHIN = 0.1
"""Scores at most so much above the photo's threshold are uncertain."""


class SelectionFlow(QObject):
    """Selects in the photo of the visit page by what is known of its facings."""

    def __init__(self, page: VisitPage, actions: Actions, parent: QObject) -> None:
        super().__init__(parent)
        self._page = page
        for act, do in ((Act.SELECT_BRAND, self.select_brand), (Act.SELECT_UNCERTAIN, self.select_uncertain)):
            # The signal's "checked" must not become an argument.
            actions[act].triggered.connect(lambda _checked=False, do=do: do())

    def select_brand(self) -> None:
        """Select every facing of this photo that has the brand of a selected one (or is not known, as it is)."""
        photo, session = self._page.current_photo, self._page.session
        if photo is None or session is None:
            return

        def brand(facing: Facing) -> str | None:
            owner = session.catalogue.brand_of(facing.product)
            return owner.name if owner is not None else None

        wanted = {brand(facing) for facing in self._page.view.selected_facings()}
        self._page.view.select([facing.id for facing in photo.facings if brand(facing) in wanted], reveal=False)

    def select_uncertain(self) -> None:
        """Select the untouched boxes whose score is no better than that of the selected ones.

        Where nothing with a score is selected: those that are barely above the photo's threshold.
        """
        photo = self._page.current_photo
        if photo is None:
            return
        selected = [facing.score for facing in self._page.view.selected_facings() if facing.score is not None]
        limit = max(selected) if selected else (photo.threshold or 0.0) + UNCERTAIN_WITHIN
        self._page.view.select([facing.id for facing in uncertain(photo, limit)], reveal=False)


def uncertain(photo: Photo, limit: float) -> list[Facing]:
    """The facings with a score up to `limit` about which the auditor has said nothing."""
    return [f for f in photo.facings if not f.touched and f.score is not None and f.score <= limit]
