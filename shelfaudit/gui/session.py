"""The open visit: its photos in memory, every edit applied at once and saved at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.domain.catalogue_edits import CatalogueEdit, NameChange
from shelfaudit.domain.edits import Edit, EditKind, edited
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.history import Change, EditHistory
from shelfaudit.domain.measures import ShelfShares
from shelfaudit.domain.palette import BrandStyle, shelf_styles
from shelfaudit.domain.refusal import Refusal
from shelfaudit.domain.visit import Facing, Photo, PhotoState, Visit
from shelfaudit.errors import EditConflict
from shelfaudit.gui.edits_ahead import MANY, Ahead, EditsAhead
from shelfaudit.gui.new_names import NewNames
from shelfaudit.gui.pending_saves import PendingSaves
from shelfaudit.gui.photo_view.undo import edit_text
from shelfaudit.gui.share_meter import ShareMeter
from shelfaudit.gui.visit_detections import VisitDetections
from shelfaudit.gui.workers import Workers
from shelfaudit.storage.repository import VisitRepository
from shelfaudit.usecases.correct import correct
from shelfaudit.usecases.name_facings import name_facings

# Several names given in a row are one reason to look for their look-alikes, not several.
NAMING_DELAY_MS = 300


class VisitSession(QObject):
    """The visit on screen, as a model that widgets listen to.

    Facings change here first, then in the database by its thread; `saved_changed` says True only when the database
    has confirmed everything. There is one undo list for all photos; when the detector replaces the facings of a photo,
    the list forgets what was done in this photo and nothing else.
    """

    visit_changed = Signal()
    """Store, category, date or state."""
    photos_changed = Signal()
    """Which photos there are."""
    facings_changed = Signal(object)
    """Facings or state of the photos of these ids (a frozenset)."""
    shares_changed = Signal(object)
    """`ShelfShares` of the whole visit."""
    styles_changed = Signal()
    """Brands look different: the catalogue changed, or a brand was found that was not on the shelf before."""
    saved_changed = Signal(bool)
    boxes_changed = Signal(object, object)
    """The `Photo`, and a list of its facings that look different now: they were drawn, moved or merged."""
    failed = Signal(object)
    """An exception that kept an edit from being applied or saved."""
    looks_changed = Signal()
    """Facings were described anew: what looks alike may differ."""
    named = Signal(int)
    """That many facings were named by the machine."""
    undo_changed = Signal()
    """What undo and redo would do."""
    stepped = Signal(object, bool)
    """A `Change` was undone (True), or made again."""
    refused = Signal(object)
    """A `Refusal` that is in force now."""
    undo_lost = Signal(object)
    """A `Photo` in which some change can no longer be undone, because its facings were replaced. The change stays."""
    doubts_changed = Signal()
    """How sure the names of the machine are."""
    edited = Signal(object, bool)
    """Photos were changed by these `Edit`s, by photo id; True where they took back earlier ones."""

    def __init__(self, visit: Visit, catalogue: Catalogue, workers: Workers) -> None:
        super().__init__()
        self._visit = visit
        self._photos = {photo.id: photo for photo in visit.photos}
        self._catalogue = catalogue
        self._brands_seen: list[str] = []
        self._styles = shelf_styles((), catalogue)
        self._workers = workers
        self._closed = False
        # What is on screen must be what is saved.
        self._saves = PendingSaves(workers, self.reload_photo, self)
        self._saves.all_saved.connect(self.saved_changed)
        self._saves.failed.connect(self.failed)
        self.shares: ShelfShares | None = None
        self._meter = ShareMeter(workers, lambda: ([p.facings for p in self._photos.values()], self._catalogue), self)
        self._meter.measured.connect(self._take_shares)
        self._history = EditHistory()
        self._ahead = EditsAhead(workers, self)
        self.detections = VisitDetections(visit.id, workers, self)
        self.name_doubts: Mapping[str, float] = {}
        """Probability that the machine's name is wrong, by facing id; another mapping whenever they change."""
        self.runners_up: Mapping[str, str] = {}
        """The SKU that comes closest to the machine's name, by facing id."""
        self._naming = QTimer(self, singleShot=True, interval=NAMING_DELAY_MS)
        self._naming.timeout.connect(self.name_look_alikes)
        self._meter.measure()

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
        return self._saves.done

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
        """The boxes that counted when the photo was detected, by facing id, whatever became of them.

        None where an earlier version of the program detected it, and until the database has answered
        (`detections.loaded` says when).
        """
        self.detections.want(photo_id)
        raw = self.detections.of(photo_id)
        return tuple((facing.id, facing.box) for facing in raw.counted) if raw is not None else None

    # Edits

    def edit(self, photo_id: int, edit: Edit) -> None:
        """Apply an edit, save it, and remember it for undo. Emits `failed` and changes nothing when it conflicts."""
        self.edit_photos({photo_id: edit}, edit_text(edit))

    def edit_photos(self, edits: Mapping[int, Edit], text: str, refusals: Sequence[Refusal] = ()) -> None:
        """Apply edits by photo id, and refusals with them, as one: saved together, undone together, and all or none.

        text: what they do, for the menu ("Name 12 facings"). Emits `failed` and changes nothing when one conflicts.
        """
        if edits or refusals:
            self._make(Change(text, dict(edits), tuple(refusals)))

    def edit_whole_visit(self, edits: Mapping[int, Edit], text: str, then: Callable[[], object]) -> None:
        """As `edit_photos`, for any number of photos: a moment later, where it takes longer than a frame."""
        change = Change(text, dict(edits))

        def make(ahead: Ahead) -> None:
            if change.edits:
                self._make(change, ahead)
            then()

        self._ahead.work_out(change.edits, self._photos, make, undo=False)

    def refuse_name(self, photo_id: int, facing_id: str, sku: str, *, refused: bool = True) -> None:
        """The auditor's word that a facing is not this product (or may be again); the machine follows it."""
        product = self._catalogue.products.get(sku)
        name = product.name if product is not None else sku
        text = f"Not {name}" if refused else f"May be {name} again"
        self._make(Change(text, {}, (Refusal(photo_id, facing_id, sku, refused),)))

    def _make(self, change: Change, ahead: Ahead | None = None) -> None:
        self._ahead.finish()
        try:
            self._apply(change, ahead or {}, undo=False)
        except EditConflict as conflict:
            self.failed.emit(conflict)
        else:
            self._history.add(change)
            self.undo_changed.emit()

    @property
    def undo_text(self) -> str | None:
        """What undo takes back, in the words of the change; None where there is nothing."""
        change = self._history.last_done
        return change.text if change is not None else None

    @property
    def redo_text(self) -> str | None:
        """What redo makes again; None where there is nothing."""
        change = self._history.last_undone
        return change.text if change is not None else None

    def undo(self) -> None:
        """Take the last change back, in whatever photos it was made."""
        self._ahead.finish()
        if (change := self._history.last_done) is not None:
            self._ahead.work_out(
                change.reverted, self._photos, lambda ahead: self._step(change, ahead, undo=True), undo=True
            )

    def redo(self) -> None:
        """Make the change again that was taken back last."""
        self._ahead.finish()
        if (change := self._history.last_undone) is not None:
            self._ahead.work_out(
                change.edits, self._photos, lambda ahead: self._step(change, ahead, undo=False), undo=False
            )

    def mark_reviewed(self, photo_id: int, *, reviewed: bool = True) -> None:
        """Everything in a photo is right (or not yet)."""
        photo = self._photos[photo_id]
        state = PhotoState.REVIEWED if reviewed else PhotoState.DETECTED
        if photo.state in (PhotoState.DETECTED, PhotoState.REVIEWED) and photo.state is not state:
            self._photos[photo_id] = replace(photo, state=state)
            self._saves.save(lambda repository: repository.set_photo_state(photo_id, state), [photo_id])
            self.facings_changed.emit(frozenset({photo_id}))

    def name_look_alikes_soon(self) -> None:
        """As `name_look_alikes`, once for all that happens within a moment."""
        if not self._closed:
            self._naming.start()

    def name_look_alikes(self) -> None:
        """Match what the auditor named against every other facing of the visit; names that are sure are taken."""
        self._naming.stop()
        visit_id, photos = self.visit_id, list(self._photos.values())
        self._workers.ask(lambda repository: NewNames(name_facings(repository, visit_id), photos), self._take_names)

    # What others changed

    def looks_described(self) -> None:
        """It is known what drawn or moved boxes look like."""
        if not self._closed:
            self.looks_changed.emit()
            self.name_look_alikes_soon()

    def replace_catalogue(self, catalogue: Catalogue) -> None:
        """The catalogue was loaded or extended."""
        self._catalogue = catalogue
        self._style_brands()
        self._meter.measure()

    def follow_catalogue(self, edit: CatalogueEdit, names: Iterable[NameChange]) -> None:
        """The catalogue was edited, and the database gave facings other products: undo has these names, too."""
        self._ahead.finish()
        self._take_name_changes(names)
        self._history.follow(edit)
        self.undo_changed.emit()

    def names_without(self, edit: CatalogueEdit) -> Mapping[str, NameChange | None]:
        """What facings would be called now without the last edit of the catalogue, as far as undo knows."""
        return self._history.names_without(edit)

    def follow_catalogue_back(self, edit: CatalogueEdit, names: Iterable[NameChange]) -> None:
        """An edit of the catalogue was taken back, and with it these names, unless facings were named anew since."""
        self._ahead.finish()
        names = tuple(names)
        self._take_name_changes(names)
        self._history.follow_back(edit, names)
        for photo_id in self._history.photo_ids if edit.renamed else ():
            photo = self._photos[photo_id]
            self._tell_lost(photo, self._history.keep_fitting(photo))
        self.undo_changed.emit()

    def add_photos(self, photos: Iterable[Photo]) -> None:
        """Photos were imported."""
        self._photos.update((photo.id, photo) for photo in photos)
        self.photos_changed.emit()
        self._meter.measure()

    def remove_photo(self, photo_id: int) -> None:
        """Take a photo out of the visit (the file stays where it is)."""
        self._ahead.finish()
        self._photos.pop(photo_id)
        self._history.forget_photo(photo_id)
        self.detections.forget(photo_id)
        self._saves.save(lambda repository: repository.remove_photo(photo_id))
        self.photos_changed.emit()
        self.undo_changed.emit()
        self._meter.measure()

    def replace_photo(self, photo: Photo) -> None:
        """A photo was detected again: this is how it is stored now. What was done in it before cannot be undone."""
        self._ahead.finish()
        if photo.id in self._photos:
            self.detections.forget(photo.id)
            self._tell_lost(photo, self._history.forget_photo(photo.id))
            self._take_photo(photo)

    def replace_details(self, visit: Visit) -> None:
        """Store, category, date or auditor were changed, or a report was written."""
        self._visit = replace(visit, photos=())
        self.visit_changed.emit()

    def reload_photo(self, photo_id: int) -> None:
        """Read a photo again, after every edit that still waits to be saved."""
        self._workers.ask(lambda repository: repository.photo(photo_id), self._take_photo)

    def close(self) -> None:
        """No longer on screen: late answers are ignored. Edits on their way to the database are still saved."""
        self._ahead.finish()
        self._closed = True
        self._saves.stop()
        self._meter.stop()
        self._naming.stop()
        # After everything that waits: a failure to save it must still be told.
        self._workers.ask(lambda _: None, lambda _: self.deleteLater(), lambda _: self.deleteLater())

    # Inside

    def _apply(self, change: Change, ahead: Ahead, *, undo: bool) -> None:
        """Apply a change to its photos, or its reverse, and save it. Raises EditConflict and then changes nothing."""
        edits = change.reverted if undo else dict(change.edits)
        refusals = [refusal.reverted if undo else refusal for refusal in change.refusals]
        changed = {}
        for photo_id, edit in edits.items():
            photo = self._photos[photo_id]
            known, after = ahead.get(photo_id, (None, photo))
            changed[photo_id] = after if known is photo else edited(photo, edit, undo=undo)
        self._photos.update(changed)

        def save(repository: VisitRepository) -> None:
            if edits:
                correct(repository, edits, undo=undo)
            for refusal in refusals:
                repository.refuse_name(refusal.facing_id, refusal.sku, refused=refusal.refused)

        def not_saved(_: Exception) -> None:
            # What was not saved is not done, what is still saved is not undone: so it can be tried once more.
            self._history.turn(change)
            self.undo_changed.emit()
            for refusal in refusals:
                self.refused.emit(refusal.reverted)

        self._saves.save(save, change.photo_ids, not_saved)
        if edits:
            self.facings_changed.emit(frozenset(edits))
        self._tell_new_boxes(list(edits.items()))
        self._meter.measure()
        for refusal in refusals:
            self.refused.emit(refusal)
        if refusals or any(edit.kind is EditKind.RELABEL for edit in edits.values()):
            self.name_look_alikes_soon()
        if edits:
            self.edited.emit(edits, undo)

    def _tell_new_boxes(self, edits: Sequence[tuple[int, Edit]]) -> None:
        """Some photos in a moment: those of a whole visit take longer than a frame."""
        for photo_id, edit in edits[:MANY]:
            if photo_id in self._photos and (fresh := _with_new_boxes(edit)):
                self.boxes_changed.emit(self._photos[photo_id], fresh)
        if (others := edits[MANY:]) and not self._closed:
            QTimer.singleShot(0, self, lambda: self._tell_new_boxes(others))

    def _step(self, change: Change, ahead: Ahead, *, undo: bool) -> None:
        try:
            self._apply(change, ahead, undo=undo)
        except EditConflict:
            self._history.discard(change)
            what = f"“{change.text}” cannot be {'undone' if undo else 'made again'}: its facings were changed since."
            self.failed.emit(EditConflict(what, advice="All other changes still can."))
        else:
            self._history.turn(change)
            self.stepped.emit(change, undo)
        self.undo_changed.emit()

    def _tell_lost(self, photo: Photo, lost: int) -> None:
        self.undo_changed.emit()
        if lost:
            self.undo_lost.emit(photo)

    def _take_name_changes(self, changes: Iterable[NameChange]) -> None:
        by_id = {change.facing_id: change for change in changes}
        renamed = {}
        for photo_id, photo in self._photos.items() if by_id else ():
            if any(facing.id in by_id for facing in photo.facings):
                facings = tuple(by_id[f.id].apply(f) if f.id in by_id else f for f in photo.facings)
                renamed[photo_id] = replace(photo, facings=facings)
        if renamed:
            self._photos.update(renamed)
            self.facings_changed.emit(frozenset(renamed))
            self._meter.measure()

    def _take_names(self, names: NewNames) -> None:
        if self._closed:
            return
        changed, named = 0, {}
        for photo in self._photos.values():
            after, count = names.give(photo)
            if count:
                changed += count
                named[photo.id] = after
        if named:
            self._photos.update(named)
            self.facings_changed.emit(frozenset(named))
        self.name_doubts, self.runners_up = names.doubts, names.runners_up
        self.doubts_changed.emit()
        if changed:
            self._meter.measure()
            self.named.emit(changed)

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

    def _take_photo(self, photo: Photo) -> None:
        """The database's own state of a photo is the truth now: it was detected again, or an edit was not saved."""
        if self._closed or photo.id not in self._photos:
            return
        if self._saves.concern(photo.id):
            # It does not have the edits that still wait to be saved.
            self.reload_photo(photo.id)
            return
        self._photos[photo.id] = photo
        self.facings_changed.emit(frozenset({photo.id}))
        self._tell_lost(photo, self._history.keep_fitting(photo))
        self._meter.measure()


def _with_new_boxes(edit: Edit) -> list[Facing]:
    """The facings whose look is not known any more: added ones, and those with another box."""
    if not edit.after:
        return []
    before = {facing.id: facing.box for facing in edit.before}
    return [facing for facing in edit.after if before.get(facing.id) != facing.box]
