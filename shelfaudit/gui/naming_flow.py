"""Naming facings: the picker, recent products by number, and products that are new."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from shelfaudit.domain.catalogue import Brand, Catalogue, Product
from shelfaudit.domain.refusal import Refusal
from shelfaudit.errors import UserError
from shelfaudit.gui.actions import Act, Actions
from shelfaudit.gui.photo_view.label_picker import LabelPicker
from shelfaudit.gui.product_dialog import ProductDialog
from shelfaudit.gui.product_pictures import ProductPictures
from shelfaudit.gui.review_flow import ReviewFlow
from shelfaudit.gui.visit_page import VisitPage
from shelfaudit.gui.workers import Workers
from shelfaudit.usecases.look_alikes import naming_edits
from shelfaudit.usecases.rank_products import rank_products

RECENT_KEY = "recent-products"
MAX_RECENT = 9
MAX_PROPOSALS = 3
# A selection that is still being drawn changes many times a second.
RANKING_DELAY_MS = 60


class NamingFlow(QObject):
    """Gives the selected facings of the visit page a product."""

    named = Signal(object, str)
    """Ids (frozenset) of the facings that the auditor named, and their SKU."""

    def __init__(
        self,
        workers: Workers,
        page: VisitPage,
        review: ReviewFlow,
        actions: Actions,
        pictures: ProductPictures,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._workers = workers
        self._page = page
        self._review = review
        self._window = window
        review.recent = self._recent_keys
        self.companions: Callable[[], frozenset[str]] = frozenset
        """Ids of facings, also of other photos, that are named together with the selected ones."""
        self.strangers: Callable[[], Sequence[tuple[int, str]]] = tuple
        """(photo id, facing id) of look-alikes that are not the product which the selected ones are about to get."""
        self._recent: list[str] = []
        self._pictures = pictures
        self._ranked: tuple[frozenset[str], list[str]] = (frozenset(), [])
        self._asked: frozenset[str] = frozenset()
        self._ranking = QTimer(self, singleShot=True, interval=RANKING_DELAY_MS)
        self._ranking.timeout.connect(self._rank)
        page.view.selection_changed.connect(lambda _ids: self._ranking.start())
        self.picker = LabelPicker(window)
        self.picker.product_chosen.connect(self.name_selected)
        self.picker.new_product_requested.connect(self._ask_new)
        self.picker.pictures_wanted.connect(pictures.request)
        pictures.loaded.connect(self.picker.show_picture)
        page.view.label_requested.connect(self.open_picker)
        actions[Act.LABEL].triggered.connect(lambda _checked=False: self.open_picker())
        for number in range(1, MAX_RECENT + 1):
            self._add_number_key(number)

    @property
    def recent(self) -> list[str]:
        """SKUs used last, the latest first."""
        return list(self._recent)

    @property
    def proposals(self) -> list[str]:
        """SKUs for the selected facings: the names they have, then the products they look like."""
        selected = self._page.view.selected_facings()
        ids, ranked = self._ranked
        names = [facing.product for facing in selected if facing.product is not None]
        looks = ranked if ids == {facing.id for facing in selected} else []
        return list(dict.fromkeys([*names, *looks]))[:MAX_PROPOSALS]

    def restore(self) -> None:
        """Read the recent products of the last start."""
        self._workers.ask(lambda repository: repository.ui_state(RECENT_KEY), self._take_recent)

    def open_picker(self) -> None:
        """Choose a product for the selected facings; with none selected, for the next one to review."""
        session = self._page.session
        if session is None:
            return
        if not self._wanted():
            self._review.next_to_review()
        if self._wanted():
            ids = frozenset(facing.id for facing in self._page.view.selected_facings())
            if ids and ids not in (self._asked, self._ranked[0]):
                self._rank()
            self._pictures.look_again()
            self.picker.open_at(
                self._page.view.selection_rect(),
                session.catalogue,
                proposals=self.proposals,
                recent=self._recent,
                brands=session.styles,
                crops=self._pictures.pixmaps,
                more_proposals=ids != self._ranked[0],
            )

    def name_selected(self, sku: str | None) -> None:
        """The selected facings are this product (None: not known)."""
        self.give(self._wanted(), sku)
        if sku is not None:
            self._remember(sku)

    def name_recent(self, number: int) -> None:
        """The selected facings are the recent product of this number, 1 for the latest."""
        session = self._page.session
        if session is None:
            return
        if number <= len(self._recent) and self._recent[number - 1] in session.catalogue.products:
            # The order stays while numbers are used: a key must not change its meaning under the finger.
            self.give(self._wanted(), self._recent[number - 1])

    def give(self, facing_ids: Collection[str], sku: str | None) -> None:
        """These facings, whatever photos they are in, are this product (None: not known): one undo takes it back."""
        session = self._page.session
        if session is None or not facing_ids:
            return
        self._page.commit_pending()
        changes = naming_edits(session.photos, facing_ids, sku)
        count = sum(len(edit.after) for edit in changes.values())
        refusals = [Refusal(*each, sku) for each in self.strangers()] if sku is not None else []
        session.edit_photos(changes, f"Name {'facing' if count == 1 else f'{count} facings'}", refusals)
        if sku is not None:
            self.named.emit(frozenset(facing_ids), sku)

    def _wanted(self) -> frozenset[str]:
        """Ids of the facings to be named: the selected ones and what goes with them."""
        return self.companions() | {facing.id for facing in self._page.view.selected_facings()}

    def _rank(self) -> None:
        """Ask ahead which products the selection looks like, so that the picker opens with them."""
        session = self._page.session
        ids = frozenset(facing.id for facing in self._page.view.selected_facings())
        if session is None or not ids:
            return
        self._ranking.stop()
        self._asked = ids
        visit_id = session.visit_id

        def failed(error: Exception) -> None:
            self._take_ranking(ids, [])
            if not isinstance(error, UserError):
                raise error
            self._workers.user_error.emit(error)

        self._workers.ask(
            lambda repository: rank_products(repository, visit_id, ids, MAX_PROPOSALS),
            lambda ranked: self._take_ranking(ids, ranked),
            failed,
        )

    def _take_ranking(self, ids: frozenset[str], ranked: list[str]) -> None:
        self._ranked = (ids, ranked)
        if ids == self._asked:
            self._asked = frozenset()
        selected = {facing.id for facing in self._page.view.selected_facings()}
        if self.picker.isVisible() and ids == selected:
            self.picker.show_proposals(self.proposals)

    def _ask_new(self, name: str) -> None:
        session = self._page.session
        if session is not None:
            dialog = ProductDialog(session.catalogue, name, self._window)
            dialog.confirmed.connect(self.add_product)
            dialog.finished.connect(dialog.deleteLater)
            dialog.open()

    def add_product(self, brand: Brand, product: Product) -> None:
        """Add a product to the catalogue and give it to the selected facings, as soon as the catalogue has it.

        A facing must never be saved under a name that is not: it would be unknown at the next start.
        """
        session = self._page.session
        if session is None:
            return
        addition = Catalogue.of([brand], [product])
        wanted = self._wanted()

        def saved(_: object) -> None:
            if self._page.session is not session:
                return
            session.replace_catalogue(session.catalogue.merged(addition))
            self.give(wanted, product.sku)
            self._remember(product.sku)

        self._workers.ask(lambda repository: repository.save_catalogue(addition), saved)

    def follow(self, renamed: Mapping[str, str | None]) -> None:
        """Products have another SKU, or went: recent ones keep their number where there is a successor."""
        recent = [renamed.get(sku, sku) for sku in self._recent]
        self._recent = list(dict.fromkeys(sku for sku in recent if sku is not None))
        self._review.tell_recent()

    def _remember(self, sku: str) -> None:
        if sku in self._recent[:MAX_RECENT]:
            return
        self._recent = [sku, *self._recent][:MAX_RECENT]
        self._review.tell_recent()
        text = json.dumps(self._recent)
        self._workers.ask(lambda repository: repository.save_ui_state(RECENT_KEY, text))

    def _take_recent(self, text: str | None) -> None:
        try:
            stored = json.loads(text or "[]")
        except ValueError:
            return
        if isinstance(stored, list):
            self._recent = [sku for sku in stored if isinstance(sku, str)][:MAX_RECENT]
            self._review.tell_recent()

    def _recent_keys(self) -> list[tuple[str, str]]:
        """The digits that name something in this catalogue, and what."""
        session = self._page.session
        products = session.catalogue.products if session is not None else {}
        return [(str(number), products[sku].name) for number, sku in enumerate(self._recent, 1) if sku in products]

    def _add_number_key(self, number: int) -> None:
        action = QAction(f"Recent product {number}", self._page)
        action.setShortcut(QKeySequence(str(number)))
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(lambda _checked=False: self.name_recent(number))
        self._page.addAction(action)
