"""Going through the review queue: one key decides, and the next question comes by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject

from shelfaudit.domain import edits
from shelfaudit.domain.edits import Edit, EditKind
from shelfaudit.domain.gaps import on_pixels, place_for_box
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.review import Decision
from shelfaudit.domain.shelf import find_rows
from shelfaudit.domain.visit import Author, Facing, Photo, PhotoState, new_facing_id
from shelfaudit.gui.actions import Act, Actions
from shelfaudit.gui.review_questions import Key, Question, question_about
from shelfaudit.gui.review_queue import ReviewQueue
from shelfaudit.gui.session import VisitSession
from shelfaudit.gui.visit_page import VisitPage
from shelfaudit.gui.workers import Workers

_DECIDING = (EditKind.RELABEL, EditKind.REMOVE)


class ReviewFlow(QObject):
    """Asks one decision after the other on the visit page, and says in its bar what is asked and why.

    A photo is finished before the next one is begun, because finding one's way in another photo costs more than a
    decision; the photo that changes the numbers most comes next. Inside a photo the order is that of the queue. What
    is skipped comes again at the end.
    """

    def __init__(self, workers: Workers, page: VisitPage, actions: Actions, parent: QObject) -> None:
        super().__init__(parent)
        self._workers = workers
        self._page = page
        self._bar = page.review_bar
        self.queue: ReviewQueue | None = None
        self.recent: Callable[[], Sequence[Key]] = tuple
        """The digits that name a facing, and the products they name."""
        self._asked: Decision | None = None
        self._later: tuple[int, Decision | None] | None = None
        """What to ask in a photo that is being opened."""
        self._skipped: set[str] = set()
        page.view.space_tapped.connect(self.next_to_review)
        page.view.selection_changed.connect(self._selection_changed)
        page.view.draw_mode_changed.connect(lambda _on: self._tell())
        page.boxes_shown.connect(self._boxes_shown)
        self._bar.closed.connect(lambda: actions[Act.REVIEW_BAR].setChecked(False))
        actions[Act.REVIEW_BAR].toggled.connect(self._bar.set_wanted)
        for act, do in (
            (Act.NEXT_TO_REVIEW, self.next_to_review),
            (Act.ACCEPT, self.accept),
            (Act.REVIEWED, self.mark_reviewed),
        ):
            # The signal's "checked" must not become an argument.
            actions[act].triggered.connect(lambda _checked=False, do=do: do())

    @property
    def asked(self) -> Decision | None:
        """What the auditor was led to; None while they go their own way."""
        return self._asked

    def show_session(self, session: VisitSession | None) -> None:
        """Another visit is on screen, or none."""
        if self.queue is not None:
            self.queue.stop()
        self._asked, self._later = None, None
        self._skipped.clear()
        self.queue = None
        if session is not None:
            self.queue = ReviewQueue(session, self._workers)
            self.queue.changed.connect(self._tell)
            session.edited.connect(self._edited)
            session.facings_changed.connect(self._facings_changed)
        self._tell()

    def tell_recent(self) -> None:
        """Digits name other products now."""
        self._tell()

    # What the auditor says

    def next_to_review(self) -> None:
        """Ask the next decision, and the one on screen later."""
        asked = self._asked or self._open_selected()
        if asked is not None:
            self._skipped.add(asked.id)
        if self._can_be_closed:
            self._next_photo()
        else:
            self._go_on()

    def accept(self) -> None:
        """What is asked is right as it is; go to the next one."""
        view = self._page.view
        if view.draw_mode:
            self._put_box()
        elif self._asked is not None and self._asked.facing_id is None:
            if self.queue is not None:
                self.queue.settle(self._asked)
            self._go_on()
        elif self._can_be_closed:
            self.mark_reviewed()
        else:
            facings = [facing for facing in view.selected_facings() if facing.product_by is not Author.AUDITOR]
            self._asked = None
            if facings:
                confirmed = tuple(replace(facing, product_by=Author.AUDITOR) for facing in facings)
                self._page.edit(Edit(EditKind.RELABEL, tuple(facings), confirmed))
            self._go_on()

    def mark_reviewed(self) -> None:
        """Everything in this photo is right: go to the next one to review. Where that was said before, take it back."""
        photo, session = self._page.current_photo, self._page.session
        if session is None or photo is None:
            return
        self._page.commit_pending()
        reviewed = photo.state is not PhotoState.REVIEWED
        session.mark_reviewed(photo.id, reviewed=reviewed)
        if reviewed:
            self._next_photo()

    # Where to go

    def _go_on(self) -> None:
        """The next decision of this photo; after the last one the photo can be closed, or left for another."""
        photo = self._page.current_photo
        if photo is None or self.queue is None:
            return
        decisions = self.queue.decisions(photo.id)
        following = next((decision for decision in decisions if decision.id not in self._skipped), None)
        if following is not None:
            self._ask(following)
        elif not decisions and photo.state is PhotoState.DETECTED:
            self._ask(None)
        else:
            self._next_photo()

    def _next_photo(self) -> None:
        photo = self._page.current_photo
        if photo is None or self.queue is None:
            return
        self._skipped.clear()
        others = self.queue.next_photos(photo.id)
        if others:
            decisions = self.queue.decisions(others[0])
            self._later = (others[0], decisions[0] if decisions else None)
            self._page.choose_photo(others[0])
        else:
            decisions = self.queue.decisions(photo.id)
            self._ask(decisions[0] if decisions else None)

    def _ask(self, decision: Decision | None) -> None:
        self._asked = decision
        self._page.view.select([decision.facing_id] if decision is not None and decision.facing_id is not None else [])
        self._tell()

    def _boxes_shown(self, shown: bool) -> None:
        later, photo = self._later, self._page.current_photo
        if later is not None and (photo is None or photo.id != later[0]):
            self._later = later = None
        if shown and later is not None:
            self._later = None
            self._ask(later[1])
        elif shown or later is None:
            self._asked = None
            self._skipped.clear()
            self._tell()

    def _facings_changed(self, photo_ids: frozenset[int]) -> None:
        """What is asked in other photos is told by the queue."""
        photo = self._page.current_photo
        if photo is not None and photo.id in photo_ids:
            self._tell()

    def _selection_changed(self, ids: list[str]) -> None:
        asked, photo = self._asked, self._page.current_photo
        if asked is not None and photo is not None:
            wanted = [asked.facing_id] if asked.facing_id is not None else []
            just_removed = not ids and all(facing.id != asked.facing_id for facing in photo.facings)
            if ids != wanted and not just_removed:
                self._asked = None
        self._tell()

    def _edited(self, made: Mapping[int, Edit], undo: bool) -> None:
        """A decision goes on to the next one; taking it back returns to it."""
        photo = self._page.current_photo
        edit = made.get(photo.id) if photo is not None else None
        if edit is None or edit.kind not in _DECIDING or self.queue is None:
            return
        if undo:
            back = {facing.id for facing in edit.after}
            self._skipped -= back
            self._page.view.select(back)
            self._asked = self._open_selected()
            self._tell()
        elif self._asked is not None and self._asked.facing_id in {facing.id for facing in edit.before}:
            self._go_on()

    # Drawing without a pointer

    def _place_for_new(self, photo: Photo) -> Box:
        """Where a box begins that the keyboard draws."""
        size = (photo.width, photo.height)
        if self._asked is not None and self._asked.facing_id is None:
            return on_pixels(self._asked.box, size)
        boxes = [facing.box for facing in photo.facings]
        selected = {facing.id for facing in self._page.view.selected_facings()}
        places = [place for place, facing in enumerate(photo.facings) if facing.id in selected]
        return place_for_box(boxes, find_rows(boxes), places[-1] if places else None, size)

    def _put_box(self) -> None:
        """Draw a facing where the frame is, to be moved and resized by the arrow keys and named."""
        photo, view = self._page.current_photo, self._page.view
        if photo is None:
            return
        facing = Facing(new_facing_id(), self._place_for_new(photo), box_by=Author.AUDITOR)
        view.set_draw_mode(False)
        self._page.edit(edits.add(facing))
        view.select([facing.id])
        self._asked = self._open_selected()
        self._tell()

    # What is said

    @property
    def _can_be_closed(self) -> bool:
        """Whether all in this photo is decided and nothing is selected: Enter marks it as reviewed."""
        photo = self._page.current_photo
        return (
            photo is not None
            and self.queue is not None
            and photo.state is PhotoState.DETECTED
            and self._asked is None
            and not self._page.view.selected_facings()
            and not self.queue.decisions(photo.id)
        )

    def _open_selected(self, decisions: Sequence[Decision] | None = None) -> Decision | None:
        """The open decision about the one facing that is selected, of these or of all in the photo."""
        photo, selected = self._page.current_photo, self._page.view.selected_facings()
        if photo is None or self.queue is None or len(selected) != 1:
            return None
        known = decisions if decisions is not None else self.queue.decisions(photo.id)
        return next((one for one in known if one.facing_id == selected[0].id), None)

    def _tell(self) -> None:
        photo, session, view = self._page.current_photo, self._page.session, self._page.view
        place = None
        if photo is not None and self._page.has_boxes:
            if view.draw_mode:
                place = self._place_for_new(photo)
            elif self._asked is not None and self._asked.facing_id is None:
                place = self._asked.box
        view.point_out(place)
        question: Question | None = None
        if photo is not None and session is not None and self.queue is not None and self._page.has_boxes:
            open_here = self.queue.known_decisions(photo.id)
            question = question_about(
                photo,
                session,
                drawing=view.draw_mode,
                selected=view.selected_facings(),
                decision=self._open_selected(open_here) or (self._asked if place is not None else None),
                open_here=len(open_here),
                open_elsewhere=bool(self.queue.next_photos(photo.id)),
                recent=self.recent(),
            )
        if self.queue is None or question is None:
            self._bar.show_question(None, 0, 0)
        else:
            self._bar.show_question(question, self.queue.left, self.queue.total)
