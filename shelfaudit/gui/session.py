"""The open visit: its photos in memory, every edit applied at once and saved at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoGroup, QUndoStack

from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.domain.edits import Edit, EditKind, rebased
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.measures import ShelfShares, measure_shares
from shelfaudit.domain.palette import BrandStyle, brand_styles
from shelfaudit.domain.visit import Author, Facing, Photo, PhotoState, Visit
from shelfaudit.gui.photo_view.undo import EditCommand
from shelfaudit.gui.workers import Workers
from shelfaudit.storage.repository import VisitRepository
from shelfaudit.usecases.correct import correct
from shelfaudit.usecases.name_facings import name_facings

# Several names given in a row are one reason to look for their look-alikes, not several.
NAMING_DELAY_MS = 300
MAX_MEASURING_PAUSE_MS = 2000


class VisitSession(QObject):
    """The visit on screen, as a model that widgets listen to.

    Facings change here first, then in the database by its thread; `saved_changed` says True only when the database
    has confirmed everything. Each photo has its own undo stack, because the detector may replace what another
    photo's undo would bring back.
    """

    visit_changed = Signal()
    """Store, category, date or state."""
    photos_changed = Signal()
    """Which photos there are."""
    photo_changed = Signal(int)
    """Facings or state of the photo of this id."""
    shares_changed = Signal(object)
    """`ShelfShares` of the whole visit."""
    styles_changed = Signal()
    """Brands look different: the catalogue changed, or a brand was found that was not on the shelf before."""
    saved_changed = Signal(bool)
    boxes_changed = Signal(object, list)
    """The `Photo`, and those of its facings that look different now: they were drawn, moved or merged."""
    failed = Signal(object)
    """An exception that kept an edit from being applied or saved."""
    named = Signal(int)
    """That many facings were named by the machine."""

    def __init__(self, visit: Visit, catalogue: Catalogue, workers: Workers) -> None:
        super().__init__()
        self._visit = visit
        self._photos = {photo.id: photo for photo in visit.photos}
        self._catalogue = catalogue
        self._brands_seen: list[str] = []
        self._styles = shelf_styles((), catalogue)
        self._workers = workers
        self._unsaved = 0
        self._measure_wanted = self._measure_running = False
        self._closed = False
        self.shares: ShelfShares | None = None
        self.undo_group = QUndoGroup(self)
        self._stacks: dict[int, QUndoStack] = {}
        self._naming = QTimer(self, singleShot=True, interval=NAMING_DELAY_MS)
        self._naming.timeout.connect(self.name_look_alikes)
        self._measure()

    # What it holds

    @property
    def visit(self) -> Visit:
        """The visit as it is now."""
        return replace(self._visit, photos=tuple(self._photos.values()))

    @property
    def visit_id(self) -> int:
        return self._visit.id

    @property
    def photos(self) -> Mapping[int, Photo]:
        """Photos by id, in import order."""
        return self._photos

    @property
    def catalogue(self) -> Catalogue:
        return self._catalogue

    @property
    def styles(self) -> Mapping[str, BrandStyle]:
        """What each brand looks like, everywhere on screen."""
        return self._styles

    @property
    def saved(self) -> bool:
        """Whether the database has confirmed every change."""
        return self._unsaved == 0

    @property
    def to_review(self) -> int:
        """Photos whose boxes were found but not reviewed."""
        return sum(photo.state is PhotoState.DETECTED for photo in self._photos.values())

    def facing(self, facing_id: str) -> tuple[int, Facing] | None:
        """The id of the photo that holds a facing, and the facing."""
        for photo in self._photos.values():
            for facing in photo.facings:
                if facing.id == facing_id:
                    return photo.id, facing
        return None

    def detected_boxes(self, photo_id: int) -> tuple[tuple[str, Box], ...] | None:
        """What was detected in a photo, as (facing id, box); None while it is not known."""
        del photo_id
        return None

    # Edits

    def show_photo(self, photo_id: int) -> None:
        """Undo and redo now mean this photo."""
        self.undo_group.setActiveStack(self._stack(photo_id))

    def edit(self, photo_id: int, edit: Edit) -> None:
        """Apply an edit, save it, and remember it for undo. Emits `failed` and changes nothing when it conflicts."""

        def apply(change: Edit) -> None:
            self._apply(photo_id, change, undo=change is not edit)

        self._stack(photo_id).push(EditCommand(edit, apply, self.failed.emit))

    def mark_reviewed(self, photo_id: int, *, reviewed: bool = True) -> None:
        """Everything in a photo is right (or not yet)."""
        photo = self._photos[photo_id]
        state = PhotoState.REVIEWED if reviewed else PhotoState.DETECTED
        if photo.state in (PhotoState.DETECTED, PhotoState.REVIEWED) and photo.state is not state:
            self._photos[photo_id] = replace(photo, state=state)
            self._save(lambda repository: repository.set_photo_state(photo_id, state), photo_id)
            self.photo_changed.emit(photo_id)

    def name_look_alikes_soon(self) -> None:
        """As `name_look_alikes`, once for all that happens within a moment."""
        if not self._closed:
            self._naming.start()

    def name_look_alikes(self) -> None:
        """Match what the auditor named against every other facing of the visit; names that are sure are taken."""
        visit_id = self.visit_id
        self._workers.ask(lambda repository: name_facings(repository, visit_id), self._take_names)

    # What others changed

    def replace_catalogue(self, catalogue: Catalogue) -> None:
        """The catalogue was loaded or extended."""
        self._catalogue = catalogue
        self._style_brands()
        self._measure()

    def add_photos(self, photos: Iterable[Photo]) -> None:
        """Photos were imported."""
        self._photos.update((photo.id, photo) for photo in photos)
        self.photos_changed.emit()
        self._measure()

    def remove_photo(self, photo_id: int) -> None:
        """Take a photo out of the visit (the file stays where it is)."""
        self._photos.pop(photo_id)
        self._forget_stack(photo_id)
        self._save(lambda repository: repository.remove_photo(photo_id), None)
        self.photos_changed.emit()
        self._measure()

    def replace_photo(self, photo: Photo) -> None:
        """The database's own state of a photo is the truth now: it was detected again, or an edit did not fit."""
        if photo.id not in self._photos:
            return
        self._photos[photo.id] = photo
        if photo.id in self._stacks:
            self._stacks[photo.id].clear()
        self.photo_changed.emit(photo.id)
        self._measure()

    def replace_details(self, visit: Visit) -> None:
        """Store, category, date or auditor were changed, or a report was written."""
        self._visit = replace(visit, photos=())
        self.visit_changed.emit()

    def reload_photo(self, photo_id: int) -> None:
        """Read a photo again, after every edit that still waits to be saved."""
        self._workers.ask(lambda repository: repository.photo(photo_id), self._take_photo)

    def close(self) -> None:
        """No longer on screen: late answers are ignored. Edits on their way to the database are still saved."""
        self._closed = True
        self._naming.stop()
        # After everything that waits: a failure to save it must still be told.
        self._workers.ask(lambda _: None, lambda _: self.deleteLater(), lambda _: self.deleteLater())

    # Inside

    def _apply(self, photo_id: int, edit: Edit, *, undo: bool) -> None:
        photo = self._photos[photo_id]
        self._photos[photo_id] = replace(photo, facings=rebased(edit, photo.facings).apply(photo.facings))
        self._save(lambda repository: correct(repository, photo_id, edit, undo=undo), photo_id)
        self.photo_changed.emit(photo_id)
        self._measure()
        if fresh := _with_new_boxes(edit):
            self.boxes_changed.emit(self._photos[photo_id], fresh)
        if edit.kind is EditKind.RELABEL:
            self.name_look_alikes_soon()

    def _save(self, write: Callable[[VisitRepository], object], photo_id: int | None) -> None:
        self._unsaved += 1
        if self._unsaved == 1:
            self.saved_changed.emit(False)

        def done(_: object) -> None:
            self._unsaved -= 1
            if self._unsaved == 0 and not self._closed:
                self.saved_changed.emit(True)

        def failed(error: Exception) -> None:
            done(None)
            if photo_id is not None and not self._closed:
                # What is on screen must be what is saved.
                self.reload_photo(photo_id)
            self.failed.emit(error)

        self._workers.ask(write, done, failed)

    def _take_names(self, names: Mapping[str, str | None]) -> None:
        if self._closed:
            return
        changed = 0
        for photo_id, photo in list(self._photos.items()):
            renamed = {facing.id for facing in photo.facings if _is_renamed(facing, names)}
            if renamed:
                changed += len(renamed)
                facings = tuple(_named(f, names[f.id]) if f.id in renamed else f for f in photo.facings)
                self._photos[photo_id] = replace(photo, facings=facings)
                self.photo_changed.emit(photo_id)
        if changed:
            self._measure()
            self.named.emit(changed)

    def _measure(self) -> None:
        """Measure the shares in their thread, at most one run at a time and always of the newest state."""
        if self._measure_running:
            self._measure_wanted = True
            return
        self._measure_running, self._measure_wanted = True, False
        started = time.monotonic()
        photos: Sequence[Sequence[Facing]] = [photo.facings for photo in self._photos.values()]
        catalogue = self._catalogue

        def done(shares: ShelfShares) -> None:
            if self._closed:
                return
            # Thousands of photos take long to count: half of the time is left to everything else.
            pause = round(1000 * (time.monotonic() - started))
            QTimer.singleShot(min(pause, MAX_MEASURING_PAUSE_MS), self, self._measure_again)
            self._take_shares(shares)

        self._workers.measuring.submit(lambda: measure_shares(photos, catalogue), done)

    def _take_shares(self, shares: ShelfShares) -> None:
        self.shares = shares
        # Brands keep their looks while their facings change; the first order is that of the report.
        new = [entry.brand.name for entry in shares.brands if entry.brand.name not in self._brands_seen]
        if new:
            self._brands_seen += new
            self._style_brands()
        self.shares_changed.emit(shares)

    def _style_brands(self) -> None:
        self._styles = shelf_styles(self._brands_seen, self._catalogue)
        self.styles_changed.emit()

    def _measure_again(self) -> None:
        self._measure_running = False
        if self._measure_wanted and not self._closed:
            self._measure()

    def _take_photo(self, photo: Photo) -> None:
        if not self._closed:
            self.replace_photo(photo)

    def _stack(self, photo_id: int) -> QUndoStack:
        if photo_id not in self._stacks:
            self._stacks[photo_id] = QUndoStack(self.undo_group)
        return self._stacks[photo_id]

    def _forget_stack(self, photo_id: int) -> None:
        stack = self._stacks.pop(photo_id, None)
        if stack is not None:
            stack.clear()
            self.undo_group.removeStack(stack)
            stack.deleteLater()


def shelf_styles(seen: Sequence[str], catalogue: Catalogue) -> dict[str, BrandStyle]:
    """Styles of all brands, those on the shelf first: they get the colours that differ most and the short letters."""
    present = [name for name in seen if name in catalogue.brands]
    return {**brand_styles([*present, *catalogue.brands]), **brand_styles(present)}


def _with_new_boxes(edit: Edit) -> list[Facing]:
    """The facings whose look is not known any more: added ones, and those with another box."""
    before = {facing.id: facing.box for facing in edit.before}
    return [facing for facing in edit.after if before.get(facing.id) != facing.box]


def _is_renamed(facing: Facing, names: Mapping[str, str | None]) -> bool:
    """Whether the machine's names change this facing; those of the auditor stay."""
    return names.get(facing.id, facing.product) != facing.product and facing.product_by is not Author.AUDITOR


def _named(facing: Facing, product: str | None) -> Facing:
    """The facing as `VisitRepository.save_names` stores it."""
    return replace(facing, product=product, product_by=Author.DETECTOR if product is not None else None)
