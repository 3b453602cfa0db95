"""Light and dark, both from one table of colours; follows the system unless the auditor chooses."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

# Everything is laid out on a grid of this many device-independent pixels.
GRID = 8


class ThemeMode(StrEnum):
    """Which of the two tables is in use."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Colours:
    """One theme. Text colours reach a contrast of 4.5 : 1 on `window`, `surface` and `raised`."""

    window: str
    """Behind everything."""
    surface: str
    """Lists, fields, cards."""
    raised: str
    """Buttons and chips."""
    line: str
    """Borders and separators."""
    text: str
    muted: str
    """Text of less weight, and icons at rest."""
    accent: str
    """The one colour that says: this is where to go on."""
    on_accent: str
    selection: str
    """Behind a selected row."""
    own: str
    """Own share; brands have their own colours."""
    competitor: str
    unknown: str
    good: str
    warning: str
    bad: str
    bad_surface: str
    good_surface: str
    backdrop: str
    """Around the photo: neutral, so that it does not tint what the auditor sees."""


LIGHT = Colours(
    window="#f3f4f6",
    surface="#ffffff",
    raised="#fbfbfc",
    line="#d3d7de",
    text="#1b1f27",
    muted="#59606d",
    accent="#0b5cad",
    on_accent="#ffffff",
    selection="#dbe9f8",
    own="#0b5cad",
    competitor="#b25a00",
    unknown="#7a818d",
    good="#1c7a3f",
    warning="#945800",
    bad="#b3261e",
    bad_surface="#fdecea",
    good_surface="#e6f4ea",
    backdrop="#dfe1e5",
)
DARK = Colours(
    window="#1b1d21",
    surface="#23262b",
    raised="#2d3138",
    line="#3f444d",
    text="#eceef2",
    muted="#a8afbb",
    accent="#6cb2f5",
    on_accent="#0c1b2b",
    selection="#2b4159",
    own="#6cb2f5",
    competitor="#f0a050",
    unknown="#8e95a1",
    good="#6fcf8f",
    warning="#f0b75e",
    bad="#ff8a80",
    bad_surface="#43292a",
    good_surface="#20382a",
    backdrop="#131417",
)


class Theme(QObject):
    """The theme of the running application.

    Widgets that paint themselves read `colours` and repaint on `changed`.
    """

    changed = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._mode = ThemeMode.SYSTEM
        self.colours = LIGHT
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(self._apply)
        self._apply()

    @property
    def mode(self) -> ThemeMode:
        return self._mode

    @property
    def dark(self) -> bool:
        """Whether the dark table is in use."""
        return self.colours is DARK

    def set_mode(self, mode: ThemeMode) -> None:
        """Follow the system, or be light or dark whatever the system says."""
        self._mode = mode
        self._apply()

    def _apply(self) -> None:
        dark = self._mode is ThemeMode.DARK or (
            self._mode is ThemeMode.SYSTEM and self._app.styleHints().colorScheme() is Qt.ColorScheme.Dark
        )
        self.colours = DARK if dark else LIGHT
        self._app.setPalette(_palette(self.colours))
        self._app.setStyleSheet(_style_sheet(self.colours))
        self.changed.emit()


def _palette(colours: Colours) -> QPalette:
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    palette = QPalette()
    for target, value in {
        role.Window: colours.window,
        role.WindowText: colours.text,
        role.Base: colours.surface,
        role.AlternateBase: colours.raised,
        role.Text: colours.text,
        role.Button: colours.raised,
        role.ButtonText: colours.text,
        role.BrightText: colours.bad,
        role.ToolTipBase: colours.raised,
        role.ToolTipText: colours.text,
        role.PlaceholderText: colours.muted,
        role.Highlight: colours.accent,
        role.HighlightedText: colours.on_accent,
        role.Accent: colours.accent,
        role.Link: colours.accent,
        role.LinkVisited: colours.accent,
        role.Light: colours.surface,
        role.Midlight: colours.raised,
        role.Mid: colours.line,
        role.Dark: colours.line,
        role.Shadow: colours.line,
    }.items():
        palette.setColor(target, QColor(value))
    for target in (role.WindowText, role.Text, role.ButtonText):
        faded = QColor(colours.muted)
        faded.setAlphaF(0.6)
        palette.setColor(group.Disabled, target, faded)
    return palette


def _style_sheet(c: Colours) -> str:
    """Only what the palette cannot say: the few widgets named here, by object name or property."""
    return f"""
    QToolTip {{ color: {c.text}; background: {c.raised}; border: 1px solid {c.line}; padding: 4px; }}
    QFrame[role="card"] {{ background: {c.surface}; border: 1px solid {c.line}; border-radius: 8px; }}
    QFrame[role="header"], QFrame[role="strip"] {{ background: {c.surface}; border: 0 solid {c.line}; }}
    QFrame[role="header"] {{ border-bottom-width: 1px; }}
    QFrame[role="strip"] {{ border-top-width: 1px; }}
    QFrame[role="review"] {{ background: {c.surface}; border: 0; border-bottom: 1px solid {c.line}; }}
    QFrame[role="notice"] {{ background: {c.good_surface}; border: 0; border-bottom: 1px solid {c.line}; }}
    QFrame[role="error"] {{ background: {c.bad_surface}; border: 0; border-bottom: 1px solid {c.line}; }}
    QLabel[role="title"] {{ font-weight: 600; }}
    QLabel[role="muted"] {{ color: {c.muted}; }}
    QLabel[role="bad"] {{ color: {c.bad}; }}
    QLabel[role="good"] {{ color: {c.good}; }}
    QPushButton, QToolButton[role="text"] {{
        background: {c.raised}; color: {c.text}; border: 1px solid {c.line}; border-radius: 6px;
        padding: 5px 12px; min-height: 20px;
    }}
    QPushButton:hover, QToolButton[role="text"]:hover {{ border-color: {c.accent}; }}
    QPushButton:focus, QToolButton[role="text"]:focus {{ border-color: {c.accent}; outline: 0; }}
    QPushButton:pressed, QToolButton[role="text"]:pressed {{ background: {c.selection}; }}
    QPushButton:disabled, QToolButton[role="text"]:disabled {{ color: {c.unknown}; }}
    QPushButton[role="primary"], QPushButton:default {{
        background: {c.accent}; color: {c.on_accent}; border-color: {c.accent};
    }}
    QPushButton[role="primary"]:disabled, QPushButton:default:disabled {{
        background: {c.line}; color: {c.muted}; border-color: {c.line};
    }}
    QPushButton[role="primary"]:focus, QPushButton:default:focus {{
        border: 2px solid {c.text}; padding: 4px 11px;
    }}
    QPushButton[role="tile"] {{
        background: {c.surface}; border-radius: 10px; padding: 4px; min-height: 72px;
    }}
    QPushButton[role="tile"]:hover {{ background: {c.selection}; }}
    QPushButton[role="tile"]:focus {{ border: 2px solid {c.accent}; padding: 3px; }}
    QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
    QPushButton[role="flat"] {{
        background: transparent; border-color: transparent; color: {c.accent}; padding: 5px 8px;
    }}
    QPushButton[role="flat"]:hover, QPushButton[role="flat"]:focus {{ border-color: {c.accent}; }}
    QToolButton[role="icon"] {{
        background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 5px;
    }}
    QToolButton[role="flat-text"] {{
        background: transparent; color: {c.text}; border: 1px solid transparent; border-radius: 6px; padding: 5px 8px;
    }}
    QToolButton[role="flat-text"]:disabled {{ color: {c.unknown}; }}
    QToolButton[role="icon"]:checked, QToolButton[role="flat-text"]:checked {{ background: {c.selection}; }}
    QToolButton[role="flat-text"]:hover, QToolButton[role="icon"]:hover {{ background: {c.selection}; }}
    QToolButton[role="icon"]:focus, QToolButton[role="flat-text"]:focus {{ border-color: {c.accent}; }}
    QToolButton[role="icon"]::menu-indicator {{ image: none; }}
    QAbstractItemView {{ border: 1px solid transparent; outline: 0; }}
    QHeaderView {{ border: 0; }}
    QGraphicsView {{ border: 2px solid transparent; }}
    QAbstractItemView:focus, QGraphicsView:focus {{ border-color: {c.accent}; }}
    QAbstractItemView::item:selected {{ background: {c.selection}; color: {c.text}; }}
    QHeaderView::section {{
        background: {c.surface}; color: {c.muted}; border: 0; border-bottom: 1px solid {c.line}; padding: 6px 8px;
    }}
    QTableView::item {{ padding: 0 8px; }}
    QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
    QScrollBar::handle {{ background: {c.line}; border-radius: 4px; margin: 1px; min-height: 32px; min-width: 32px; }}
    QScrollBar::handle:hover {{ background: {c.unknown}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QSplitter::handle {{ background: {c.line}; }}
    QSplitter::handle:horizontal {{ width: 1px; }}
    QProgressBar {{ background: {c.line}; border: 0; border-radius: 3px; max-height: 6px; min-height: 6px; }}
    QProgressBar[role="thin"] {{ border-radius: 0; max-height: 3px; min-height: 3px; }}
    QProgressBar::chunk {{ background: {c.accent}; border-radius: 3px; }}
    QProgressBar[role="thin"]::chunk {{ border-radius: 0; }}
    """
