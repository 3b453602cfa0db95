"""The line at the top: where you are, and what is done most."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QWidget

from shelfaudit.domain.visit import Visit
from shelfaudit.gui.actions import Act, Actions
from shelfaudit.gui.icons import icon
from shelfaudit.gui.theme import GRID, Theme
from shelfaudit.gui.visit_table import format_date

COMPACT_BELOW = 100 * GRID
"""Width below which buttons show no words."""


class ElidedLabel(QLabel):
    """One line that ends in "…" where there is no room for all of it; the tool tip has the rest."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        self.setToolTip(self.text() if shown != self.text() else "")
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, shown)


class Header(QFrame):
    """Back, the visit's name, and buttons for the actions of the page."""

    def __init__(self, actions: Actions, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "header")
        self._theme = theme
        self._actions = actions
        self._worded: list[QToolButton] = []
        self.title = ElidedLabel()
        font = self.title.font()
        font.setPointSizeF(font.pointSizeF() * 1.15)
        font.setBold(True)
        self.title.setFont(font)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(GRID, 0, GRID, 0)
        self._layout.setSpacing(GRID // 2)
        self._back = self._button(actions[Act.VISITS])
        self._layout.addWidget(self.title, 1)
        self._editing = [self._button(actions[act]) for act in (Act.UNDO, Act.REDO)]
        self._editing += [self._button(actions[act], "flat-text") for act in (Act.DRAW, Act.LABEL, Act.REVIEWED)]
        self._camera = self._button(actions[Act.CAMERA])
        self._report = self._button(actions[Act.REPORT], "text")
        self._report.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        menu = QMenu(self._report)
        menu.addActions([actions[act] for act in (Act.REPORT, Act.WORKBOOK, Act.CSV, Act.COCO)])
        self._report.setMenu(menu)
        self._theme_button = QToolButton()
        self._theme_button.setProperty("role", "icon")
        self._theme_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._theme_button.setToolTip("Light or dark")
        self._theme_button.setAccessibleName("Light or dark")
        self._theme_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._theme_button.setIconSize(QSize(20, 20))
        self._layout.addWidget(self._theme_button)
        self._button(actions[Act.HELP])
        self.setFixedHeight(6 * GRID)
        theme.changed.connect(self._tint)
        self._tint()
        self.show_visit(None)

    def set_theme_menu(self, menu: QMenu) -> None:
        """What the theme button offers."""
        self._theme_button.setMenu(menu)

    def show_visit(self, visit: Visit | None, *, editing: bool = False) -> None:
        """Name the visit on screen (None: the start page); `editing` shows the buttons for boxes."""
        self.title.setText(visit_title(visit) if visit is not None else "shelfaudit")
        self._back.setVisible(visit is not None)
        self._report.setVisible(visit is not None)
        self._camera.setVisible(visit is not None)
        for button in self._editing:
            button.setVisible(editing)

    def show_camera(self, visit: Visit | None) -> None:
        """The camera is on screen, for this visit or for none yet."""
        self.title.setText(f"Camera · {visit_title(visit)}" if visit is not None else "Camera")
        self._back.setVisible(True)
        self._camera.setVisible(False)
        self._report.setVisible(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Where the words leave no room for the visit's name, the symbols are enough.
        shape = Qt.ToolButtonStyle
        style = shape.ToolButtonIconOnly if self.width() < COMPACT_BELOW else shape.ToolButtonTextBesideIcon
        for button in self._worded:
            button.setToolButtonStyle(style)

    def _button(self, action: QAction, role: str = "icon") -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setProperty("role", role)
        button.setIconSize(QSize(20, 20))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(action.text())
        if role != "icon":
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            self._worded.append(button)
        self._layout.addWidget(button)
        return button

    def _tint(self) -> None:
        self._theme_button.setIcon(icon("theme", self._theme.colours.text))


def visit_title(visit: Visit) -> str:
    """Store · category · date."""
    return " · ".join(part for part in (visit.store.name, visit.category, format_date(visit.date)) if part)
