"""The review queue of the open visit, kept up to date while facings, names and the catalogue change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from shelfaudit.domain.review import Decision, ReviewContext, open_decisions, total_change
from shelfaudit.domain.threshold import RawDetection, threshold_scale
from shelfaudit.domain.visit import Author, Photo, PhotoState
from shelfaudit.gui.session import VisitSession
from shelfaudit.gui.workers import Workers

# What changes within a moment is looked through once.
REFRESH_DELAY_MS = 30
# More is counted in the next moment: nobody sees the difference, and a whole visit takes longer than a frame.
COUNTED_AT_ONCE = 8
# Between two such jobs the measuring thread can count, and the database thread can save.
PHOTOS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class _Answer:
    """The decisions of a photo, and what they were found for."""

    photo: Photo
    raw: RawDetection | None
    context: int
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class _Open:
    """What of an answer is still open in a photo, counted once.

    places: how many of the decisions are about places. change: by how much they change the numbers together.
    """

    answer: _Answer | None
    photo: Photo
    decisions: tuple[Decision, ...]
    places: int
    change: float


class ReviewQueue(QObject):
    """Open decisions by photo.

    The photo that is asked for is looked through at once where it changed (some milliseconds); all others in the
    measuring thread, when it is known what the detector found in them. Places where no facing is missing are remembered
    until the visit is closed: what remains is that their photo is reviewed.
    """

    changed = Signal()
    """There are more or fewer decisions, or others."""

    def __init__(self, session: VisitSession, workers: Workers) -> None:
        super().__init__(session)
        self._session = session
        self._workers = workers
        self._answers: dict[int, _Answer] = {}
        self._settled: set[str] = set()
        self._open: dict[int, _Open] = {}
        self._wanted: int | None = None
        """The photo on screen: looked through before the others."""
        self._counted = 0
        self._behind = False
        self._counting = QTimer(self, singleShot=True, interval=0)
        self._counting.timeout.connect(self._count_on)
        self._context = ReviewContext()
        self._version = 0
        self._running = False
        self._closed = False
        self._soon = QTimer(self, singleShot=True, interval=REFRESH_DELAY_MS)
        self._soon.timeout.connect(self._refresh)
        for signal in (session.photos_changed, session.facings_changed):
            signal.connect(lambda *_: self._soon.start())
        for signal in (session.shares_changed, session.doubts_changed, session.styles_changed):
            signal.connect(lambda *_: self._renew_context())
        session.detections.loaded.connect(self._soon.start)
        self._renew_context()

    def stop(self) -> None:
        """The visit is closed."""
        self._closed = True
        self._soon.stop()
        self._counting.stop()

    def decisions(self, photo_id: int) -> tuple[Decision, ...]:
        """What is open in a photo, the most important first; nothing in one that is reviewed or was not detected."""
        photo = self._session.photos.get(photo_id)
        if photo is None or photo.state is not PhotoState.DETECTED:
            return ()
        if self._is_stale(photo):
            # Where it is not known yet, it is looked through again when it is.
            self._session.detections.want(photo_id)
            raw = self._session.detections.of(photo_id)
            self._answers[photo_id] = _Answer(photo, raw, self._version, _look_through(photo, raw, self._context))
        return tuple(decision for decision in self._answers[photo_id].decisions if decision.id not in self._settled)

    def known_decisions(self, photo_id: int) -> tuple[Decision, ...]:
        """As `decisions`, without looking through a photo of which something is known already: that comes soon."""
        photo = self._session.photos.get(photo_id)
        comes_soon = photo_id in self._answers and self._session.detections.known(photo_id)
        if photo is None or not comes_soon or not self._is_stale(photo):
            return self.decisions(photo_id)
        self._wanted = photo_id
        self._soon.start()
        return self._known(photo_id).decisions

    def settle(self, decision: Decision) -> None:
        """Nothing is missing in this place."""
        self._settled.add(decision.id)
        self._count_again(decision.id)

    def reopen(self, decision_id: str) -> None:
        """The auditor is not so sure any more."""
        self._settled.discard(decision_id)
        self._count_again(decision_id)

    def next_photos(self, after: int) -> list[int]:
        """The other photos that are not reviewed: those with decisions by what these change, then those without.

        Photos that wait to be looked through (for some milliseconds) count as without decisions.
        """
        photos = list(self._session.photos.values())
        here = next((place for place, photo in enumerate(photos) if photo.id == after), 0)
        others = [p.id for p in (*photos[here + 1 :], *photos[:here]) if p.state is PhotoState.DETECTED]
        changes = {photo_id: known.change for photo_id in others if (known := self._known(photo_id)).decisions}
        ranked = sorted(changes, key=lambda photo_id: -changes[photo_id])
        return [*ranked, *(photo_id for photo_id in others if photo_id not in ranked)]

    @property
    def left(self) -> int:
        """How many decisions are open in the visit."""
        return sum(len(self._known(photo_id).decisions) for photo_id in self._session.photos)

    @property
    def total(self) -> int:
        """Facings of the visit, and open places where one may be missing: what there was to decide at most."""
        facings = sum(len(photo.facings) for photo in self._session.photos.values())
        return facings + sum(self._known(photo_id).places for photo_id in self._session.photos)

    def _known(self, photo_id: int) -> _Open:
        """What is open in a photo as known, without looking through it now."""
        answer, photo = self._answers.get(photo_id), self._session.photos[photo_id]
        known = self._open.get(photo_id)
        if known is not None and known.answer is answer and known.photo is photo:
            return known
        self._counting.start()
        if known is not None and self._counted >= COUNTED_AT_ONCE:
            self._behind = True
            return known
        self._counted += 1
        decisions = self._still_open(answer, photo) if answer is not None else ()
        places = sum(decision.facing_id is None for decision in decisions)
        self._open[photo_id] = known = _Open(answer, photo, decisions, places, total_change(decisions))
        return known

    def _still_open(self, answer: _Answer, photo: Photo) -> tuple[Decision, ...]:
        if photo.state is not PhotoState.DETECTED:
            return ()
        open_ = [decision for decision in answer.decisions if decision.id not in self._settled]
        if answer.photo.facings is not photo.facings:
            asked = {facing.id for facing in photo.facings if facing.product_by is not Author.AUDITOR}
            open_ = [decision for decision in open_ if decision.facing_id is None or decision.facing_id in asked]
        return tuple(open_)

    def _count_again(self, decision_id: str) -> None:
        """A place is settled, or open again: its photo is counted anew."""
        for photo_id, answer in self._answers.items():
            if any(decision.id == decision_id for decision in answer.decisions):
                self._open.pop(photo_id, None)
        self.changed.emit()

    def _count_on(self) -> None:
        """Another moment: what was left is counted."""
        behind, self._counted, self._behind = self._behind, 0, False
        if behind and not self._closed:
            self.changed.emit()

    def _is_stale(self, photo: Photo) -> bool:
        answer = self._answers.get(photo.id)
        return photo.state is PhotoState.DETECTED and (answer is None or not self._is_current(answer, photo))

    def _is_current(self, answer: _Answer, photo: Photo) -> bool:
        raw = self._session.detections.of(photo.id)
        return answer.photo is photo and answer.raw is raw and answer.context == self._version

    def _renew_context(self) -> None:
        """The catalogue, the names or how sure they are changed."""
        session = self._session
        shares = session.shares
        counts: Mapping[str | None, int] = (
            {entry.product.sku: entry.share.facings for entry in shares.products} if shares is not None else {}
        )
        context = ReviewContext(session.catalogue, counts, session.name_doubts, session.runners_up)
        if _differs(context, self._context):
            self._version += 1
        self._context = context
        self._soon.start()

    def _refresh(self) -> None:
        """Look through what changed, in the measuring thread."""
        if self._closed or self._running:
            return
        detections = self._session.detections
        stale = [photo for photo in self._session.photos.values() if self._is_stale(photo)]
        stale.sort(key=lambda photo: photo.id != self._wanted)
        # Those that come next are read while these are looked through.
        for photo in stale[: 2 * PHOTOS_AT_ONCE]:
            detections.want(photo.id)
        photos = [photo for photo in stale if detections.known(photo.id)][:PHOTOS_AT_ONCE]
        raws = {photo.id: detections.of(photo.id) for photo in photos}
        self.changed.emit()
        if not photos:
            return
        context, version = self._context, self._version
        self._running = True

        def take(found: dict[int, tuple[Decision, ...]]) -> None:
            self._running = False
            if self._closed:
                return
            for photo in photos:
                self._answers[photo.id] = _Answer(photo, raws[photo.id], version, found[photo.id])
            # Whatever changed in the meantime is looked through again.
            self._refresh()

        self._workers.measuring.submit(
            lambda: {photo.id: _look_through(photo, raws[photo.id], context) for photo in photos}, take
        )


def _look_through(photo: Photo, raw: RawDetection | None, context: ReviewContext) -> tuple[Decision, ...]:
    if raw is None:
        return open_decisions(photo.facings, threshold=photo.threshold, context=context)
    # How often a score is wrong was measured at the model's own threshold, which the auditor's choice does not change.
    left_out = threshold_scale(photo, raw).left_out
    return open_decisions(photo.facings, threshold=raw.threshold, context=context, left_out=left_out)


def _differs(context: ReviewContext, before: ReviewContext) -> bool:
    """Whether another answer may come of it: the counts matter only for products of which there is hardly one."""
    same = (
        context.catalogue is before.catalogue
        and context.name_doubts is before.name_doubts
        and context.runners_up is before.runners_up
    )
    return not same or _scarce(context) != _scarce(before)


def _scarce(context: ReviewContext) -> set[tuple[str, int]]:
    return {
        (sku, min(context.counts.get(sku, 0), 2))
        for sku, product in context.catalogue.products.items()
        if product.must_stock
    }
