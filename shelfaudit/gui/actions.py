"""Every action of the program once: its words, its key, its icon. The help page is made from this table too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence

from shelfaudit.gui.icons import icon
from shelfaudit.gui.theme import Theme


class Scope(StrEnum):
    """Where an action makes sense; it is disabled elsewhere."""

    ALWAYS = "always"
    START = "start"
    """The list of visits is on screen."""
    VISIT = "visit"
    """A visit is on screen."""
    PHOTO = "photo"
    """A photo with boxes is on screen."""
    CAMERA = "camera"


class Act(StrEnum):
    """The names of all actions."""

    NEW_VISIT = "new-visit"
    IMPORT_FILES = "import-files"
    IMPORT_FOLDER = "import-folder"
    CAMERA = "camera"
    VISITS = "visits"
    SEARCH = "search"
    EDIT_VISIT = "edit-visit"
    CATALOGUE = "catalogue"
    CATALOGUE_TABLE = "catalogue-table"
    CATALOGUE_FOLDER = "catalogue-folder"
    REPORT = "report"
    WORKBOOK = "workbook"
    CSV = "csv"
    COCO = "coco"
    QUIT = "quit"
    UNDO = "undo"
    REDO = "redo"
    DRAW = "draw"
    LABEL = "label"
    UNKNOWN = "unknown"
    REMOVE = "remove"
    MERGE = "merge"
    SPLIT = "split"
    DUPLICATE = "duplicate"
    COPY = "copy"
    PASTE = "paste"
    PASTE_PREVIOUS = "paste-previous"
    SELECT_ALL = "select-all"
    SELECT_ROW = "select-row"
    SELECT_BRAND = "select-brand"
    SELECT_UNCERTAIN = "select-uncertain"
    LOOK_ALIKES = "look-alikes"
    ACCEPT_LOOK_ALIKES = "accept-look-alikes"
    SAME_PRODUCT = "same-product"
    ACCEPT = "accept"
    NEXT_TO_REVIEW = "next-to-review"
    REVIEW_BAR = "review-bar"
    REVIEWED = "reviewed"
    DETECT_AGAIN = "detect-again"
    THRESHOLD_LOWER = "threshold-lower"
    THRESHOLD_RAISE = "threshold-raise"
    THRESHOLD_RESET = "threshold-reset"
    THRESHOLD_VISIT = "threshold-visit"
    NEXT_PHOTO = "next-photo"
    PREVIOUS_PHOTO = "previous-photo"
    NEXT_PART = "next-part"
    ZOOM_IN = "zoom-in"
    ZOOM_OUT = "zoom-out"
    FIT = "fit"
    LABELS = "labels"
    LOUPE = "loupe"
    COMPARE = "compare"
    FULL_SCREEN = "full-screen"
    STILL = "still"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One line of the table: `keys` are portable key sequences, the first one is shown in menus."""

    act: Act
    text: str
    keys: tuple[str, ...]
    scope: Scope
    group: str
    help: str
    icon: str = ""


ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec(Act.NEW_VISIT, "New visit…", ("Ctrl+N",), Scope.ALWAYS, "Visit", "Begin a store visit", "new-visit"),
    ActionSpec(Act.IMPORT_FILES, "Import photos…", ("Ctrl+O",), Scope.ALWAYS, "Visit", "Add photo files", "photos"),
    ActionSpec(
        Act.IMPORT_FOLDER,
        "Import folder…",
        ("Ctrl+Shift+O",),
        Scope.ALWAYS,
        "Visit",
        "Add a folder of photos",
        "folder",
    ),
    ActionSpec(Act.CAMERA, "Camera", ("Ctrl+K",), Scope.ALWAYS, "Visit", "Look through the camera", "camera"),
    ActionSpec(Act.VISITS, "All visits", ("Ctrl+L", "Alt+Left"), Scope.ALWAYS, "Visit", "Back to the list", "back"),
    ActionSpec(Act.SEARCH, "Search visits", ("Ctrl+F",), Scope.START, "Visit", "Search in the list", "search"),
    ActionSpec(Act.EDIT_VISIT, "Visit details…", ("Ctrl+I",), Scope.VISIT, "Visit", "Change store, category or date"),
    ActionSpec(
        Act.CATALOGUE,
        "Catalogue…",
        ("Ctrl+Shift+L",),
        Scope.ALWAYS,
        "Visit",
        "Change, merge and import products",
        "catalogue",
    ),
    ActionSpec(
        Act.CATALOGUE_TABLE,
        "Import catalogue…",
        ("Ctrl+Shift+C",),
        Scope.ALWAYS,
        "Visit",
        "Brands and products from a CSV or XLSX",
    ),
    ActionSpec(
        Act.CATALOGUE_FOLDER,
        "Import catalogue of pictures…",
        (),
        Scope.ALWAYS,
        "Visit",
        "A folder of pictures by brand and product",
    ),
    ActionSpec(Act.REPORT, "Save report…", ("Ctrl+P",), Scope.VISIT, "Visit", "Save the report as PDF", "report"),
    ActionSpec(
        Act.WORKBOOK, "Save workbook…", ("Ctrl+Shift+P",), Scope.VISIT, "Visit", "Save an Excel workbook", "workbook"
    ),
    ActionSpec(Act.CSV, "Save facings as CSV…", (), Scope.VISIT, "Visit", "One row per facing"),
    ActionSpec(Act.COCO, "Save boxes as COCO…", (), Scope.VISIT, "Visit", "Boxes for training and other tools"),
    ActionSpec(Act.QUIT, "Quit", ("Ctrl+Q",), Scope.ALWAYS, "Visit", "Close the program; everything is saved"),
    ActionSpec(
        Act.NEXT_TO_REVIEW,
        "Next to review",
        ("Space",),
        Scope.PHOTO,
        "Review",
        "The next decision; this one comes again",
    ),
    ActionSpec(
        Act.ACCEPT,
        "Accept",
        ("Return", "Enter"),
        Scope.PHOTO,
        "Review",
        "What is asked is right as it is; go on",
        "check",
    ),
    ActionSpec(
        Act.REVIEWED,
        "Photo is reviewed",
        ("Ctrl+Return", "Ctrl+Enter"),
        Scope.PHOTO,
        "Review",
        "Everything in this photo is right; next photo",
        "check",
    ),
    ActionSpec(
        Act.LABEL, "Name…", ("L", "/"), Scope.PHOTO, "Review", "Choose the product of the selected facings", "label"
    ),
    ActionSpec(Act.UNKNOWN, "Not known", ("U",), Scope.PHOTO, "Review", "The selected facings have no known product"),
    ActionSpec(
        Act.LOOK_ALIKES, "Look-alikes", ("G",), Scope.PHOTO, "Review", "Propose what looks like the selected facings"
    ),
    ActionSpec(
        Act.ACCEPT_LOOK_ALIKES,
        "Accept the look-alikes",
        ("A", "Shift+Return", "Shift+Enter"),
        Scope.VISIT,
        "Review",
        "Name all look-alikes that are marked",
    ),
    ActionSpec(
        Act.SAME_PRODUCT, "Select the same product", ("P",), Scope.PHOTO, "Review", "All facings of that product"
    ),
    ActionSpec(
        Act.SELECT_BRAND, "Select the same brand", ("Shift+G",), Scope.PHOTO, "Review", "All facings of that brand"
    ),
    ActionSpec(Act.SELECT_ROW, "Select the row", ("R",), Scope.PHOTO, "Review", "All facings of that shelf row"),
    ActionSpec(
        Act.SELECT_UNCERTAIN,
        "Select uncertain boxes",
        ("Shift+U",),
        Scope.PHOTO,
        "Review",
        "Boxes that score no better than this one",
    ),
    ActionSpec(Act.UNDO, "Undo", ("Ctrl+Z",), Scope.VISIT, "Edit", "Take the last change back", "undo"),
    ActionSpec(Act.REDO, "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), Scope.VISIT, "Edit", "Make it again", "redo"),
    ActionSpec(Act.DRAW, "Draw a box", ("B",), Scope.PHOTO, "Edit", "Draw a facing that was missed", "draw"),
    ActionSpec(
        Act.REMOVE, "Remove", ("Del", "Backspace"), Scope.PHOTO, "Edit", "The selected boxes are no facings", "remove"
    ),
    ActionSpec(Act.MERGE, "Merge", ("M",), Scope.PHOTO, "Edit", "The selected boxes are one facing", "merge"),
    ActionSpec(Act.SPLIT, "Split in two", ("S",), Scope.PHOTO, "Edit", "Each selected box is two facings"),
    ActionSpec(Act.DUPLICATE, "Duplicate", ("Ctrl+D",), Scope.PHOTO, "Edit", "Another facing beside the selected one"),
    ActionSpec(Act.COPY, "Copy", ("Ctrl+C",), Scope.PHOTO, "Edit", "Copy the selected facings"),
    ActionSpec(Act.PASTE, "Paste", ("Ctrl+V",), Scope.PHOTO, "Edit", "Paste them, here or in another photo"),
    ActionSpec(
        Act.PASTE_PREVIOUS,
        "Paste the photo before",
        ("Ctrl+Shift+V",),
        Scope.PHOTO,
        "Edit",
        "Paste all facings of the photo before",
    ),
    ActionSpec(Act.SELECT_ALL, "Select all", ("Ctrl+A",), Scope.PHOTO, "Edit", "Select every box of the photo"),
    ActionSpec(
        Act.DETECT_AGAIN,
        "Detect again",
        ("Ctrl+R",),
        Scope.VISIT,
        "Edit",
        "Run the detector again; your changes stay",
        "retry",
    ),
    ActionSpec(Act.THRESHOLD_LOWER, "Lower the threshold", ("[",), Scope.PHOTO, "Edit", "Count boxes of lower scores"),
    ActionSpec(Act.THRESHOLD_RAISE, "Raise the threshold", ("]",), Scope.PHOTO, "Edit", "Count fewer boxes"),
    ActionSpec(
        Act.THRESHOLD_RESET, "The model's threshold", ("\\",), Scope.PHOTO, "Edit", "Count as the model proposes"
    ),
    ActionSpec(
        Act.THRESHOLD_VISIT,
        "Threshold for the whole visit",
        ("Shift+V",),
        Scope.PHOTO,
        "Edit",
        "Set it for all photos that are not reviewed",
    ),
    ActionSpec(Act.NEXT_PHOTO, "Next photo", ("PgDown",), Scope.VISIT, "View", "The next photo"),
    ActionSpec(Act.PREVIOUS_PHOTO, "Previous photo", ("PgUp",), Scope.VISIT, "View", "The photo before"),
    ActionSpec(
        Act.NEXT_PART,
        "Next part of the window",
        ("F6",),
        Scope.VISIT,
        "View",
        "From the photo to the numbers, the list",
    ),
    ActionSpec(Act.ZOOM_IN, "Zoom in", ("+", "="), Scope.PHOTO, "View", "Nearer", "zoom-in"),
    ActionSpec(Act.ZOOM_OUT, "Zoom out", ("-",), Scope.PHOTO, "View", "Further away", "zoom-out"),
    ActionSpec(Act.FIT, "Whole photo", ("0",), Scope.PHOTO, "View", "Fit the photo into the window", "fit"),
    ActionSpec(Act.LABELS, "Labels", ("H",), Scope.PHOTO, "View", "Show or hide the labels", "labels"),
    ActionSpec(Act.REVIEW_BAR, "Review bar", ("Q",), Scope.VISIT, "View", "Show or hide what is asked"),
    ActionSpec(Act.LOUPE, "Loupe", ("Z",), Scope.PHOTO, "View", "Magnify; hold the key for a short look"),
    ActionSpec(
        Act.COMPARE,
        "Compare with the detection",
        ("C",),
        Scope.PHOTO,
        "View",
        "What was detected, and what became of it",
    ),
    ActionSpec(Act.FULL_SCREEN, "Full screen", ("F11",), Scope.ALWAYS, "View", "Use the whole screen"),
    ActionSpec(Act.STILL, "Take photo", ("Space",), Scope.CAMERA, "Camera", "Take a photo into the visit", "camera"),
    ActionSpec(Act.HELP, "Keys", ("F1",), Scope.ALWAYS, "Help", "This page", "help"),
)

_SPECS = {spec.act: spec for spec in ACTIONS}

GESTURES: tuple[tuple[str, str, str], ...] = (
    ("1 – 9", "Review", "Name the selected facings: recent products"),
    ("Space · Del", "Review", "Among look-alikes: mark · not this product"),
    ("Shift+→", "Review", "Among look-alikes: mark up to here"),
    ("O", "Review", "Among look-alikes: show it in its photo"),
    ("Alt+1 – Alt+9", "Review", "In the list of products: take that row"),
    ("Tab · Shift+Tab", "Edit", "Select the next or the previous box"),
    ("Arrows", "Edit", "Move the selected box, with Shift by ten pixels"),
    ("Ctrl+Arrows", "Edit", "Its right or lower edge, with Shift by ten"),
    ("B, Enter", "Edit", "Draw by keys, beside the selected box"),
    ("Alt + drag", "Edit", "Move or resize without snapping"),
    ("Esc", "Edit", "Stop drawing; select nothing; close a message"),
    ("Del", "Visit", "In the list: delete the visit"),
    ("Wheel", "View", "Zoom at the pointer"),
    ("Space + drag", "View", "Move the photo (or the middle button)"),
)
"""Keys and mouse gestures that are no actions: (keys, group, help), shown on the help page."""


class Actions(QObject):
    """The QAction of every line of the table, with its icon kept in the colour of the theme."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self._actions = {spec.act: self._make(spec) for spec in ACTIONS}
        for act in (Act.DRAW, Act.REVIEWED, Act.LOUPE, Act.COMPARE, Act.THRESHOLD_VISIT):
            self[act].setCheckable(True)
        for shown in (Act.LABELS, Act.REVIEW_BAR):
            self[shown].setCheckable(True)
            self[shown].setChecked(True)
        theme.changed.connect(self._tint)
        self._tint()

    def __getitem__(self, act: Act) -> QAction:
        return self._actions[act]

    def __iter__(self) -> Iterator[QAction]:
        return iter(self._actions.values())

    def enable(self, scopes: set[Scope]) -> None:
        """Enable the actions of these scopes and disable all others (Undo and Redo follow their stack instead)."""
        for spec in ACTIONS:
            if spec.act not in (Act.UNDO, Act.REDO):
                self[spec.act].setEnabled(spec.scope in scopes)

    def show_undo(self, act: Act, change: str | None) -> None:
        """What Undo or Redo would do ("Name 12 facings"); with None there is nothing."""
        spec = _SPECS[act]
        action = self[act]
        action.setEnabled(change is not None)
        action.setText(f"{spec.text}: {change}" if change is not None else spec.text)
        action.setToolTip(_tool_tip(spec, change))

    def _make(self, spec: ActionSpec) -> QAction:
        action = QAction(spec.text, self)
        action.setObjectName(spec.act)
        # What a button says is shorter than what a menu says.
        words = spec.text.removesuffix(" a box").rstrip("…")
        for prefix in ("Save ", "Photo is ", "Threshold for the "):
            words = words.removeprefix(prefix)
        action.setIconText(words.capitalize())
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setToolTip(_tool_tip(spec))
        return action

    def _tint(self) -> None:
        colours = self._theme.colours
        for spec in ACTIONS:
            if spec.icon:
                self[spec.act].setIcon(icon(spec.icon, colours.text, colours.line))


def _tool_tip(spec: ActionSpec, change: str | None = None) -> str:
    keys = f" ({shown_keys(spec)})" if spec.keys else ""
    return f"{spec.text}: {change}{keys}" if change is not None else f"{spec.help}{keys}"


def shown_keys(spec: ActionSpec) -> str:
    """The keys of an action as this system writes them, alternatives after a middle dot; numpad doubles left out."""
    keys = [key for key in spec.keys if key not in ("Enter", "Ctrl+Enter", "Shift+Enter", "=")]
    shown = [QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in keys]
    return " · ".join(shown).replace("Return", "Enter")
