"""The visit on screen: photos on the left, the photo in the middle, the numbers on the right."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from shelfaudit.domain.edits import Edit
from shelfaudit.domain.history import Change
from shelfaudit.domain.visit import Photo, PhotoState
from shelfaudit.gui.actions import Act, Actions
from shelfaudit.gui.image_loader import ImageLoader
from shelfaudit.gui.keyboard import holds_focus
from shelfaudit.gui.look_alikes.strip import LookAlikesStrip
from shelfaudit.gui.message_pane import MessagePane
from shelfaudit.gui.photo_list import THUMBNAIL_SIDE, PhotoList
from shelfaudit.gui.photo_view.copying import CopiedFacings
from shelfaudit.gui.photo_view.view import PhotoView
from shelfaudit.gui.review_bar import ReviewBar
from shelfaudit.gui.session import VisitSession
from shelfaudit.gui.share_panel import SharePanel
from shelfaudit.gui.theme import GRID, Theme

# Enough for any screen at a zoom that is useful, and bounded for the camera that makes 200 megapixels.
PHOTO_LONG_SIDE = 4000

RETRY, REMOVE, SHOW_FILE = "Try again", "Remove from the visit", "Show the file"
IMPORT, IMPORT_FOLDER = "Import photos", "Import a folder"


class VisitPage(QWidget):
    """Shows a session and turns what the auditor does into its edits."""

    boxes_shown = Signal(bool)
    """Whether a photo with boxes to work on is on screen."""
    detect_again = Signal(object)
    """A `Photo`."""
    show_file = Signal(object)
    """A `Photo`."""
    photo_removed = Signal(int)
    committing = Signal()
    """Something else follows: whoever collects changes makes them edits now."""

    def __init__(self, actions: Actions, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self._session: VisitSession | None = None
        self._shown: int | None = None
        self._shown_size = (0, 0)
        self._select_later: frozenset[str] = frozenset()
        self._viewpoint_later: tuple[float, float, float] | None = None
        self.thumbnails = ImageLoader(
            "shelfaudit-thumbnails", long_side=THUMBNAIL_SIDE, waiting=40, cached=2000, shrink=True, parent=self
        )
        self.images = ImageLoader(
            "shelfaudit-photos", long_side=PHOTO_LONG_SIDE, waiting=2, cached=3, shrink=False, parent=self
        )
        self.photos = PhotoList(theme, self.thumbnails)
        self.view = PhotoView()
        self.pane = MessagePane(theme)
        self.shares = SharePanel(theme)
        self.look_alikes = LookAlikesStrip(theme)
        self.review_bar = ReviewBar(theme)
        self._middle = QStackedWidget()
        self._middle.addWidget(self.view)
        self._middle.addWidget(self.pane)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self._lay_out()
        self._connect()

    # What is shown

    @property
    def session(self) -> VisitSession | None:
        return self._session

    @property
    def current_photo(self) -> Photo | None:
        """The photo on screen, as it is now."""
        if self._session is None or self._shown is None:
            return None
        return self._session.photos.get(self._shown)

    def show_session(self, session: VisitSession | None, photo_id: int | None = None) -> None:
        """Show another visit, at this photo or the first one."""
        self.commit_pending()
        self._session, self._shown = session, None
        self._select_later = frozenset()
        self.images.clear()
        self.thumbnails.clear()
        self.photos.photos.show_session(session)
        self.shares.show_shares(None)
        if session is not None:
            session.facings_changed.connect(self._facings_changed)
            session.stepped.connect(self._show_step)
            session.photos_changed.connect(self._photos_changed)
            session.shares_changed.connect(self.shares.show_shares)
            session.styles_changed.connect(self._show_catalogue)
            self._show_catalogue()
            self.shares.show_shares(session.shares)
            if photo_id is not None and photo_id in session.photos:
                self.photos.choose(photo_id)
        self._photos_changed()

    @property
    def has_boxes(self) -> bool:
        """Whether a photo with boxes to work on is on screen."""
        return self._in_the_middle is self.view and self.view.has_photo

    @property
    def _in_the_middle(self) -> QWidget:
        """The photo, or what stands in its place."""
        return self.pane if self._middle.currentWidget() is self.pane else self.view

    def commit_pending(self) -> None:
        """What was begun and is not an edit yet becomes one now."""
        self.view.commit_pending()
        self.committing.emit()

    def take_focus(self) -> None:
        """From now on keys mean what is in the middle."""
        self._in_the_middle.setFocus()

    def next_part(self) -> None:
        """From the photo to look-alikes, numbers, the list of photos, and back: Tab alone goes through every box."""
        strip = () if self.look_alikes.isHidden() else (self.look_alikes.list,)
        parts = [self._in_the_middle, *strip, self.shares, self.photos]
        place = next((place for place, part in enumerate(parts) if holds_focus(part)), -1)
        parts[(place + 1) % len(parts)].setFocus(Qt.FocusReason.TabFocusReason)

    def show_viewpoint_later(self, viewpoint: tuple[float, float, float]) -> None:
        """Zoom and place for the photo that is being opened."""
        self._viewpoint_later = viewpoint

    def choose_photo(self, photo_id: int, select: Collection[str] = ()) -> None:
        """Go to a photo of the visit, and select these facings as soon as it is shown."""
        self._select_later = frozenset(select)
        self.photos.choose(photo_id)

    def _photos_changed(self) -> None:
        """Photos came or went: stay where we are if it is still there."""
        if self._shown is not None and self.photos.photos.row_of(self._shown) is not None:
            self.photos.choose(self._shown)
        elif self.photos.current_photo is None and self._session is not None and self._session.photos:
            self.photos.choose_row(min(max(self.photos.currentIndex().row(), 0), len(self._session.photos) - 1))
        if self._session is None or not self._session.photos:
            self._show_photo(None)

    def _show_photo(self, photo_id: int | None) -> None:
        self.commit_pending()
        session = self._session
        if session is None or photo_id is None:
            self._shown = None
            self._show_nothing()
            return
        self._shown = photo_id
        photo = session.photos[photo_id]
        if photo.state is PhotoState.FAILED:
            self._show_problem(photo)
        else:
            image = self.images.image(photo_id)
            if image is not None:
                self._show_image(photo, image)
            else:
                self.view.clear(f"Opening {photo.path.name} …")
                self._bring_forward(self.view)
                self.images.request(photo_id, photo.path)

    def _show_image(self, photo: Photo, image: QImage) -> None:
        width, height = (photo.width, photo.height) if photo.width else (image.width(), image.height())
        self._shown_size = (width, height)
        self.view.show_photo(image, width, height, photo.facings)
        self._bring_forward(self.view)
        if self._select_later:
            self.view.select(self._select_later)
            self._select_later = frozenset()
        self._show_comparison()
        viewpoint, self._viewpoint_later = self._viewpoint_later, None
        if viewpoint is not None:
            self.view.show_viewpoint(viewpoint)
        self._load_ahead()

    def _load_ahead(self) -> None:
        following = self.photos.photos.photo(self.photos.currentIndex().row() + 1)
        if following is not None and following.state is not PhotoState.FAILED:
            self.images.request(following.id, following.path)

    def _show_problem(self, photo: Photo) -> None:
        self.view.clear("")
        self.pane.show_message(
            "warning", f"{photo.path.name} could not be read", photo.error, RETRY, SHOW_FILE, REMOVE, bad=True
        )
        self._bring_forward(self.pane)

    def _show_nothing(self) -> None:
        self.view.clear("")
        self.pane.show_message(
            "photos", "No photos yet", "Drop photos or a folder here, or choose them.", IMPORT, IMPORT_FOLDER
        )
        self._bring_forward(self.pane)

    def _bring_forward(self, widget: QWidget) -> None:
        self._middle.setCurrentWidget(widget)
        self._check_reviewed()
        self.boxes_shown.emit(self.has_boxes)

    def _check_reviewed(self) -> None:
        photo = self.current_photo
        self._actions[Act.REVIEWED].setChecked(photo is not None and photo.state is PhotoState.REVIEWED)

    # What changes

    def _image_loaded(self, photo_id: int, image: QImage) -> None:
        photo = self.current_photo
        if photo is not None and photo.id == photo_id and photo.state is not PhotoState.FAILED:
            self._show_image(photo, image)

    def _image_failed(self, photo_id: int, error: Exception) -> None:
        photo = self.current_photo
        if photo is not None and photo.id == photo_id and photo.state is not PhotoState.FAILED:
            # The facings are kept: the card may only have been taken out.
            self._show_problem(replace(photo, error=str(error)))

    def _facings_changed(self, photo_ids: frozenset[int]) -> None:
        photo = self.current_photo
        if photo is None or photo.id not in photo_ids:
            return
        size_known_now = photo.width and (photo.width, photo.height) != self._shown_size
        if photo.state is PhotoState.FAILED or not self.view.has_photo or size_known_now:
            self._show_photo(photo.id)
        else:
            self.view.show_facings(photo.facings)
            self._show_comparison()
            self._check_reviewed()

    def _show_step(self, change: Change, undone: bool) -> None:
        """Undo or redo changed facings: stay where some are, else go to the first photo that has some."""
        photo_id = self._shown if self._shown in change.photo_ids else min(change.photo_ids)
        ids = change.facing_ids(photo_id, undone=undone)
        if photo_id != self._shown or not self.view.has_photo:
            self.choose_photo(photo_id, select=ids)
        elif ids:
            self.view.select(ids)

    def _show_catalogue(self) -> None:
        if self._session is not None:
            self.view.set_catalogue(self._session.catalogue, self._session.styles)
            self.shares.show_catalogue(self._session.catalogue, self._session.styles)

    # What the auditor does

    def edit(self, edit: Edit) -> None:
        """Apply an edit to the photo on screen."""
        if self._session is not None and self._shown is not None:
            self._session.edit(self._shown, edit)

    def paste_previous(self) -> None:
        """Paste all facings of the photo before into the one on screen."""
        before = self.photos.photos.photo(self.photos.currentIndex().row() - 1)
        if before is not None and before.facings:
            self.view.paste(CopiedFacings(before.facings, before.width, before.height))

    def _show_comparison(self) -> None:
        """Draw what was detected where that is wanted."""
        if not self._actions[Act.COMPARE].isChecked():
            self.view.hide_detection()
        elif self._session is not None and self._shown is not None:
            self.view.show_detection(self._session.detected_boxes(self._shown))

    def remove_photo(self, photo_id: int) -> None:
        """Take a photo out of the visit."""
        if self._session is not None:
            self._session.remove_photo(photo_id)
            self.photo_removed.emit(photo_id)

    def undo(self) -> None:
        """Take back the last change of the visit, and show where it was."""
        self.commit_pending()
        if self._session is not None:
            self._session.undo()

    def redo(self) -> None:
        """Make the change again that was taken back last, and show where."""
        self.commit_pending()
        if self._session is not None:
            self._session.redo()

    def stop(self) -> None:
        """Finish what is under way before the window closes."""
        self.commit_pending()
        for loader in (self.thumbnails, self.images, self.look_alikes.crops):
            loader.stop()

    def _pane_chosen(self, words: str) -> None:
        photo = self.current_photo
        if words == IMPORT:
            self._actions[Act.IMPORT_FILES].trigger()
        elif words == IMPORT_FOLDER:
            self._actions[Act.IMPORT_FOLDER].trigger()
        elif photo is not None and words == RETRY:
            self.retry(photo)
        elif photo is not None and words == SHOW_FILE:
            self.show_file.emit(photo)
        elif photo is not None and words == REMOVE:
            self.remove_photo(photo.id)

    def retry(self, photo: Photo) -> None:
        """Read and detect a photo again (its file may have been copied anew)."""
        self.images.forget(photo.id)
        self.thumbnails.forget(photo.id)
        self.detect_again.emit(photo)

    def retry_current(self) -> None:
        """Read and detect the photo on screen again."""
        photo = self.current_photo
        if photo is not None:
            self.retry(photo)

    def _with_photo(self, photo_id: int, act: Callable[[Photo], object]) -> None:
        if self._session is not None and photo_id in self._session.photos:
            act(self._session.photos[photo_id])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.look_alikes.fit_into(self.height())

    # Putting it together

    def _lay_out(self) -> None:
        add = QToolButton()
        add.setProperty("role", "text")
        add.setDefaultAction(self._actions[Act.IMPORT_FILES])
        add.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        add.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        add.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        below = QHBoxLayout()
        below.setContentsMargins(GRID, GRID, GRID, GRID)
        below.addWidget(add, 1)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.photos, 1)
        column.addLayout(below)
        left.setMinimumWidth(20 * GRID)
        self.shares.setMinimumWidth(30 * GRID)
        self.splitter.addWidget(left)
        self.splitter.addWidget(self._make_middle())
        self.splitter.addWidget(self.shares)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([26 * GRID, 110 * GRID, 38 * GRID])
        self.splitter.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)

    def _make_middle(self) -> QWidget:
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.review_bar)
        column.addWidget(self._middle, 1)
        column.addWidget(self.look_alikes)
        return middle

    def _connect(self) -> None:
        self.images.loaded.connect(self._image_loaded)
        self.images.failed.connect(self._image_failed)
        self.photos.photo_chosen.connect(self._show_photo)
        self.photos.remove.connect(self.remove_photo)
        self.photos.detect_again.connect(lambda photo_id: self._with_photo(photo_id, self.retry))
        self.photos.show_file.connect(lambda photo_id: self._with_photo(photo_id, self.show_file.emit))
        self.pane.chosen.connect(self._pane_chosen)
        self.view.edit_requested.connect(self.edit)
        self.view.draw_mode_changed.connect(self._actions[Act.DRAW].setChecked)
        self.view.loupe_toggled.connect(self._actions[Act.LOUPE].setChecked)
        for act, do in (
            (Act.NEXT_PHOTO, lambda: self.photos.step(1)),
            (Act.PREVIOUS_PHOTO, lambda: self.photos.step(-1)),
            (Act.NEXT_PART, self.next_part),
            (Act.UNKNOWN, lambda: self.view.label_selected(None)),
            (Act.DETECT_AGAIN, self.retry_current),
            (Act.UNDO, self.undo),
            (Act.REDO, self.redo),
            (Act.DRAW, self.view.start_draw),
            (Act.REMOVE, self.view.remove_selected),
            (Act.MERGE, self.view.merge_selected),
            (Act.SPLIT, self.view.split_selected),
            (Act.DUPLICATE, self.view.duplicate_selected),
            (Act.COPY, self.view.copy_selected),
            (Act.PASTE, self.view.paste_copied),
            (Act.PASTE_PREVIOUS, self.paste_previous),
            (Act.SELECT_ROW, self.view.select_row),
            (Act.LOUPE, self.view.toggle_loupe),
            (Act.COMPARE, self._show_comparison),
            (Act.SELECT_ALL, self.view.select_all),
            (Act.ZOOM_IN, self.view.zoom_in),
            (Act.ZOOM_OUT, self.view.zoom_out),
            (Act.FIT, self.view.fit),
            (Act.LABELS, self.view.toggle_labels),
        ):
            # The signal's "checked" must not become an argument.
            self._actions[act].triggered.connect(lambda _checked=False, do=do: do())
