"""Setting the score threshold of a photo or of the whole visit: seen while it is tried, one edit when it is set."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, QTimer

from shelfaudit.domain.edits import Edit
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.threshold import LEAST_SCORE, RawDetection, ThresholdScale, threshold_scale
from shelfaudit.domain.visit import Facing, Photo, PhotoState
from shelfaudit.gui.actions import Act, Actions
from shelfaudit.gui.session import VisitSession
from shelfaudit.gui.threshold_bar import HIGHEST, KEY_STEP, NO_CANDIDATES, ThresholdBar
from shelfaudit.gui.visit_page import VisitPage
from shelfaudit.gui.workers import Workers

PAUSE_MS = 800
"""After this long without another press of a key, the threshold is set."""


class ThresholdFlow(QObject):
    """Between the slider, the photo on screen and the edits of the session.

    Trying a threshold changes nothing; `commit` makes it one edit. For the whole visit it leaves photos alone that
    are marked as reviewed.
    """

    def __init__(self, page: VisitPage, bar: ThresholdBar, actions: Actions, workers: Workers, parent: QObject) -> None:
        super().__init__(parent)
        self._page = page
        self._bar = bar
        self._workers = workers
        self._whole_visit = actions[Act.THRESHOLD_VISIT]
        self._session: VisitSession | None = None
        self._photo_id: int | None = None
        self._scales: dict[int, ThresholdScale] = {}
        self._measuring = False
        self._tried: float | None = None
        self._commit_later = False
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self.commit)
        bar.tried.connect(self.try_threshold)
        bar.released.connect(self.commit)
        bar.stepped.connect(self._pause.start)
        bar.given_up.connect(self.give_up)
        page.committing.connect(self.commit_now)
        page.boxes_shown.connect(lambda _shown: self._follow_page())
        self._whole_visit.toggled.connect(lambda _on: self._scope_changed())
        for act, do in (
            (Act.THRESHOLD_LOWER, lambda: self._step(-KEY_STEP)),
            (Act.THRESHOLD_RAISE, lambda: self._step(KEY_STEP)),
            (Act.THRESHOLD_RESET, self.reset),
        ):
            # The signal's "checked" must not become an argument.
            actions[act].triggered.connect(lambda _checked=False, do=do: do())
        self._show_bar()

    # Trying and setting

    def try_threshold(self, threshold: float) -> None:
        """Show what this threshold would do."""
        photo, raw = self._photo, self._raw
        if photo is None or raw is None:
            return
        self._tried = threshold
        self._commit_later = False
        self._show_trial()

    def commit(self) -> None:
        """What is being tried becomes one edit, as soon as it is known what it changes."""
        self._pause.stop()
        session, threshold = self._session, self._tried
        if session is None or threshold is None:
            return
        if self._missing_scales() or any(not session.detections.known(photo.id) for photo in self._photos()):
            self._commit_later = True
            self._measure()
        else:
            self._set_tried()

    def _set_tried(self) -> None:
        session, threshold = self._session, self._tried
        if session is None or threshold is None:
            return
        edits = {scale.photo.id: scale.edit(threshold) for scale in self._wanted_scales()}
        # What is tried stays on screen until it is set.
        self._pause.stop()
        self._tried, self._commit_later = None, False
        self._set(session, {photo_id: edit for photo_id, edit in edits.items() if edit is not None}, threshold)

    def commit_now(self) -> None:
        """As `commit`, at once: something else follows."""
        if self._tried is not None:
            self._scales.update((photo.id, threshold_scale(photo, raw)) for photo, raw in self._missing_scales())
            self._set_tried()

    def give_up(self) -> None:
        """Everything stays as it was."""
        self._end()

    def reset(self) -> None:
        """Back to the threshold that each photo's model came with."""
        session = self._session
        if session is None or self._raw is None:
            return
        self.commit_now()
        threshold, known = self._raw.threshold, self._known_photos()

        def done(edits: dict[int, Edit]) -> None:
            if session is not self._session or not edits:
                return
            if all(session.photos.get(photo.id) is photo for photo, _ in known):
                self._set(session, edits, threshold)
            else:
                self.reset()

        if len(known) == 1:
            done(_resets(known))
        else:
            self._workers.measuring.submit(lambda: _resets(known), done)

    def _set(self, session: VisitSession, edits: dict[int, Edit], threshold: float) -> None:
        where = f" in {len(edits)} photos" if len(edits) > 1 else ""
        session.edit_whole_visit(edits, f"Threshold {threshold:.2f}{where}", self._set_done)

    def _set_done(self) -> None:
        if self._tried is None:
            self._end()

    def _step(self, by: float) -> None:
        photo, raw = self._photo, self._raw
        if photo is None or raw is None or photo.threshold is None:
            return
        now = self._tried if self._tried is not None else photo.threshold
        lowest = min(LEAST_SCORE, raw.threshold)
        self.try_threshold(min(max(round(now + by, 2), lowest), max(HIGHEST, photo.threshold)))
        self._pause.start()

    def _end(self) -> None:
        self._pause.stop()
        self._tried = None
        self._commit_later = False
        self._scales = {}
        self._page.view.show_candidates((), ())
        self._show_bar()

    # What it would do

    @property
    def _photo(self) -> Photo | None:
        if self._session is None or self._photo_id is None:
            return None
        return self._session.photos.get(self._photo_id)

    @property
    def _raw(self) -> RawDetection | None:
        if self._session is None or self._photo_id is None:
            return None
        return self._session.detections.of(self._photo_id)

    def _photos(self) -> list[Photo]:
        """The photos that the threshold is set for."""
        here, session = self._photo, self._session
        if here is None or session is None:
            return []
        if not self._whole_visit.isChecked():
            return [here]
        return [photo for photo in session.photos.values() if photo.state is PhotoState.DETECTED]

    def _known_photos(self) -> list[tuple[Photo, RawDetection]]:
        session = self._session
        if session is None:
            return []
        return [(photo, raw) for photo in self._photos() if (raw := session.detections.of(photo.id)) is not None]

    def _wanted_scales(self) -> list[ThresholdScale]:
        """What is known of what each photo would lose and get, as the photos are now."""
        scales = (self._scales.get(photo.id) for photo, _ in self._known_photos())
        return [scale for scale in scales if scale is not None]

    def _missing_scales(self) -> list[tuple[Photo, RawDetection]]:
        """Photos whose scale is not known, or was that of the photo as it was before."""
        known = self._known_photos()
        return [(p, raw) for p, raw in known if (scale := self._scales.get(p.id)) is None or scale.photo is not p]

    def _measure(self) -> None:
        """Find out in another thread what the visit's photos would lose and get."""
        missing = self._missing_scales()
        if self._measuring or not missing:
            return
        self._measuring = True
        session = self._session

        def done(scales: list[ThresholdScale]) -> None:
            self._measuring = False
            if session is not self._session or self._tried is None:
                return
            self._scales.update((scale.photo.id, scale) for scale in scales)
            self._show_trial()
            if self._commit_later:
                self.commit()

        self._workers.measuring.submit(lambda: [threshold_scale(photo, raw) for photo, raw in missing], done)

    def _show_trial(self) -> None:
        photo, raw, threshold = self._photo, self._raw, self._tried
        if photo is None or raw is None or threshold is None:
            return
        here = self._scales.get(photo.id)
        if here is None or here.photo is not photo:
            here = self._scales[photo.id] = threshold_scale(photo, raw)
        self._measure()
        counts = [scale.counts(threshold) for scale in self._wanted_scales()]
        changed = [count for count in counts if any(count)]
        self._bar.show_trial(threshold)
        self._bar.show_effect(sum(come for come, _ in changed), sum(go for _, go in changed), len(changed))
        if photo in self._photos():
            self._page.view.show_candidates(_boxes(here.added(threshold)), _boxes(here.removed(threshold)))

    # What is on screen

    def _follow_page(self) -> None:
        session, photo = self._page.session, self._page.current_photo
        photo_id = photo.id if photo is not None and self._page.has_boxes else None
        if session is not self._session:
            self._tried = None
            self._scales = {}
            self._measuring = False
            self._session = session
            if session is not None:
                session.facings_changed.connect(self._facings_changed)
                session.detections.loaded.connect(self._loaded)
        self._photo_id = photo_id
        self._want_detections()
        self._show_bar()

    def _facings_changed(self, photo_ids: frozenset[int]) -> None:
        if self._photo_id in photo_ids:
            self._want_detections()
            if self._tried is not None:
                self._show_trial()
            else:
                self._show_bar()

    def _scope_changed(self) -> None:
        self._want_detections()
        if self._tried is not None:
            self._page.view.show_candidates((), ())
            self._show_trial()

    def _want_detections(self) -> None:
        if self._session is not None:
            if self._whole_visit.isChecked():
                self._session.detections.want_all(frozenset(photo.id for photo in self._photos()))
            if self._photo_id is not None:
                self._session.detections.want(self._photo_id)

    def _loaded(self) -> None:
        if self._tried is None:
            self._show_bar()
            return
        self._show_trial()
        if self._commit_later:
            self.commit()

    def _show_bar(self) -> None:
        photo, raw = self._photo, self._raw
        if photo is not None and raw is not None and photo.threshold is not None:
            self._bar.show_threshold(photo.threshold, min(LEAST_SCORE, raw.threshold))
            return
        old = photo is not None and self._session is not None and self._session.detections.known(photo.id)
        self._bar.show_threshold(None, why=NO_CANDIDATES if old else "")


def _resets(photos: Iterable[tuple[Photo, RawDetection]]) -> dict[int, Edit]:
    """By photo id the edits that give photos the threshold of their own model."""
    edits = ((photo.id, threshold_scale(photo, raw).edit(raw.threshold)) for photo, raw in photos)
    return {photo_id: edit for photo_id, edit in edits if edit is not None}


def _boxes(facings: Iterable[Facing]) -> tuple[Box, ...]:
    return tuple(facing.box for facing in facings)
