"""Pages, dialogs and tables of the window, one by one."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QPalette
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from shelfaudit.domain.catalogue import Brand, Catalogue, Ownership, Product
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.measures import measure_shares
from shelfaudit.domain.palette import brand_styles
from shelfaudit.domain.visit import Facing, Store, Visit
from shelfaudit.errors import OutputError
from shelfaudit.gui.actions import ACTIONS, Act, Actions, Scope
from shelfaudit.gui.drop_zone import DropZone
from shelfaudit.gui.export_flow import proposed_name
from shelfaudit.gui.help_page import HelpPage, help_lines
from shelfaudit.gui.images import to_pixels, to_qimage
from shelfaudit.gui.notice_bar import NoticeBar
from shelfaudit.gui.product_dialog import ProductDialog, new_sku
from shelfaudit.gui.share_panel import SharePanel
from shelfaudit.gui.share_rows import ShareBasis, brand_rows, must_stock_found, percent, product_rows
from shelfaudit.gui.theme import DARK, LIGHT, Colours, Theme, ThemeMode
from shelfaudit.gui.visit_dialog import KnownNames, VisitDetails, VisitDialog
from shelfaudit.gui.window_state import WindowState

CATALOGUE = Catalogue.of(
    [Brand("Alba", Ownership.OWN), Brand("Brio")],
    [
        Product("a1", "Alba Cola", "Alba", must_stock=True),
        Product("a2", "Alba Zero", "Alba", must_stock=True),
        Product("b1", "Brio Mix", "Brio"),
    ],
)

STYLES = brand_styles(CATALOGUE.brands)


def facings(*products: str | None) -> list[Facing]:
    return [Facing(str(n), Box(n * 10, 0, n * 10 + 8, 20), product=product) for n, product in enumerate(products)]


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    created = Theme(qapp)
    yield created
    created.deleteLater()
    qapp.setStyleSheet("")
    qapp.setPalette(QPalette())


class TestTheme:
    @pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
    def test_text_is_readable_on_every_ground(self, colours: Colours) -> None:
        for ground in (colours.window, colours.surface, colours.raised, colours.selection):
            assert contrast(colours.text, ground) >= 7
        for ground in (colours.window, colours.surface, colours.raised):
            for text in (colours.muted, colours.accent, colours.good, colours.warning, colours.bad):
                assert contrast(text, ground) >= 4.5, (text, ground)
        assert contrast(colours.on_accent, colours.accent) >= 4.5
        assert contrast(colours.text, colours.bad_surface) >= 7
        assert contrast(colours.text, colours.good_surface) >= 7

    def test_a_chosen_theme_is_kept_whatever_the_system_says(self, qapp: QApplication, theme: Theme) -> None:
        theme.set_mode(ThemeMode.DARK)
        assert theme.dark
        assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(DARK.window)
        theme.set_mode(ThemeMode.LIGHT)
        assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(LIGHT.window)


class TestActions:
    def test_no_key_means_two_things_in_one_place(self) -> None:
        for scope in (Scope.VISIT, Scope.PHOTO, Scope.CAMERA):
            together = {Scope.ALWAYS, scope, Scope.VISIT if scope is Scope.PHOTO else scope}
            keys = Counter(key for spec in ACTIONS if spec.scope in together for key in spec.keys)
            assert [key for key, number in keys.items() if number > 1] == []

    def test_every_action_is_in_the_table_once(self) -> None:
        assert Counter(spec.act for spec in ACTIONS) == Counter(Act)

    def test_scopes_enable_and_disable(self, theme: Theme) -> None:
        actions = Actions(theme, theme)
        actions.enable({Scope.ALWAYS, Scope.CAMERA})
        assert actions[Act.STILL].isEnabled()
        assert actions[Act.NEW_VISIT].isEnabled()
        assert not actions[Act.DRAW].isEnabled()
        assert not actions[Act.REPORT].isEnabled()

    def test_the_help_page_names_every_action_that_has_a_key(self, qtbot: QtBot, theme: Theme) -> None:
        del theme
        page = HelpPage()
        qtbot.addWidget(page)
        shown = [text for group in {spec.group for spec in ACTIONS} for _, text in help_lines(group)]
        assert {spec.help for spec in ACTIONS if spec.keys} <= set(shown)


class TestShares:
    def test_rows_count_everything_and_unknown_comes_last(self) -> None:
        shares = measure_shares([facings("a1", "a1", "b1", None), facings("a2", None)], CATALOGUE)
        rows = brand_rows(shares, STYLES, ShareBasis.FACINGS)
        assert [(row.key, row.facings) for row in rows] == [("Alba", 3), ("Brio", 1), (None, 2)]
        assert sum(row.share for row in rows) == pytest.approx(1)
        assert [row.key for row in product_rows(shares, STYLES, ShareBasis.WIDTH)] == ["a1", "a2", "b1", None]
        assert must_stock_found(shares, CATALOGUE) == (2, 2)

    @pytest.mark.parametrize(
        ("share", "text"), [(0.0, "0 %"), (0.001, "<1 %"), (0.41, "41 %"), (0.626, "63 %"), (1.0, "100 %")]
    )
    def test_percentages_are_whole(self, share: float, text: str) -> None:
        assert percent(share) == text

    def test_the_panel_follows(self, qtbot: QtBot, theme: Theme) -> None:
        panel = SharePanel(theme)
        qtbot.addWidget(panel)
        panel.show_catalogue(CATALOGUE, STYLES)
        panel.show_shares(measure_shares([facings("a1", "b1", "b1", None)], CATALOGUE))
        assert panel.text == "4 facings · Own 25 % · Competitors 50 % · Unknown 25 %"
        with qtbot.waitSignal(panel.brand_chosen) as chosen:
            panel.brands.clicked.emit(panel.brands.shares.index(0))
        assert chosen.args == ["Brio"]
        panel.show_shares(measure_shares([[]], CATALOGUE))
        assert panel.brands.isHidden()


class TestDialogs:
    def test_a_visit_needs_a_store(self, qtbot: QtBot) -> None:
        dialog = VisitDialog(KnownNames(["Market"], ["Coffee", "Tea"], ["Ada"]))
        qtbot.addWidget(dialog)
        assert not dialog.create_button.isEnabled()
        assert (dialog.category.text(), dialog.auditor.text()) == ("Coffee", "Ada"), "as last time"
        dialog.store.setText("  Prüf-Markt №1 ")
        with qtbot.waitSignal(dialog.confirmed) as confirmed:
            dialog.create_button.click()
        assert confirmed.args[0].store == "Prüf-Markt №1"

    def test_details_of_a_visit_are_changed(self, qtbot: QtBot) -> None:
        details = VisitDetails("Market", "", dt.date(2026, 2, 28), "")
        dialog = VisitDialog(KnownNames((), ["Coffee"], ()), details)
        qtbot.addWidget(dialog)
        assert dialog.details == details, "nothing is filled in that was left empty"

    def test_a_new_product_joins_a_known_brand_whatever_its_case(self, qtbot: QtBot) -> None:
        dialog = ProductDialog(CATALOGUE, "Cola 1 l")
        qtbot.addWidget(dialog)
        assert not dialog.create_button.isEnabled()
        dialog.brand.setText("alba")
        assert not dialog.ownership.isEnabled()
        with qtbot.waitSignal(dialog.confirmed) as confirmed:
            dialog.create_button.click()
        assert confirmed.args == [CATALOGUE.brands["Alba"], Product("Alba/Cola 1 l", "Cola 1 l", "Alba")]

    def test_a_new_brand_says_whose_it_is(self, qtbot: QtBot) -> None:
        dialog = ProductDialog(CATALOGUE)
        qtbot.addWidget(dialog)
        dialog.name.setText("Kola")
        dialog.brand.setText("Krispado")
        dialog.ownership.setCurrentIndex(dialog.ownership.findData(Ownership.COMPETITOR))
        with qtbot.waitSignal(dialog.confirmed) as confirmed:
            dialog.create_button.click()
        assert confirmed.args[0] == Brand("Krispado", Ownership.COMPETITOR)

    def test_skus_are_unique(self) -> None:
        once = CATALOGUE.merged(Catalogue.of(CATALOGUE.brands.values(), [Product("Alba/Cola", "Cola", "Alba")]))
        assert new_sku("Alba", "Cola", CATALOGUE) == "Alba/Cola"
        assert new_sku("Alba", "Cola", once) == "Alba/Cola 2"


class TestDropZone:
    def test_files_dropped_anywhere_are_taken(self, qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
        window = QWidget()
        qtbot.addWidget(window)
        window.show()
        zone = DropZone(theme, window)
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(tmp_path / "Fotos ä"))])
        copy, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(QPoint(5, 5), copy, data, Qt.MouseButton.LeftButton, none)
        QApplication.sendEvent(window, enter)
        assert enter.isAccepted()
        assert zone.isVisible()
        with qtbot.waitSignal(zone.dropped) as dropped:
            QApplication.sendEvent(window, QDropEvent(QPointF(5, 5), copy, data, Qt.MouseButton.LeftButton, none))
        assert dropped.args == [[tmp_path / "Fotos ä"]]
        assert not zone.isVisible()

    def test_text_is_not_taken(self, qtbot: QtBot, theme: Theme) -> None:
        window = QWidget()
        qtbot.addWidget(window)
        zone = DropZone(theme, window)
        data = QMimeData()
        data.setText("hello")
        copy, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(window, QDragEnterEvent(QPoint(), copy, data, Qt.MouseButton.LeftButton, none))
        assert zone.isHidden()


class TestNotices:
    def test_an_error_stays_with_its_way_out(self, qtbot: QtBot, theme: Theme) -> None:
        window = QWidget()
        qtbot.addWidget(window)
        bar = NoticeBar(theme, window)
        tried: list[bool] = []
        error = OutputError("The file is open elsewhere.", advice="Close it and try again.", file=Path("r.pdf"))
        bar.show_error(error, [("Try again", lambda: tried.append(True))])
        assert bar.text == "r.pdf: The file is open elsewhere. Close it and try again."
        bar.buttons[0].click()
        assert tried == [True]
        assert bar.text == ""

    def test_a_bug_is_no_notice(self, qtbot: QtBot, theme: Theme) -> None:
        bar = NoticeBar(theme)
        qtbot.addWidget(bar)
        with pytest.raises(ZeroDivisionError):
            bar.show_error(ZeroDivisionError())


class TestWindowState:
    def test_what_is_written_is_read(self) -> None:
        state = WindowState("abc=", "def=", ThemeMode.DARK, 3, 17, (1.5, 20.0, 30.25))
        assert WindowState.from_text(state.to_text()) == state

    @pytest.mark.parametrize(
        "text", [None, "", "nonsense", "[]", '{"theme": "pink"}', '{"viewpoint": [1]}', '{"viewpoint": "abc"}']
    )
    def test_anything_else_is_a_fresh_start(self, text: str | None) -> None:
        assert WindowState.from_text(text) == WindowState()


def test_pixels_survive_the_way_to_qt_and_back(qapp: QApplication) -> None:
    del qapp
    pixels = np.random.default_rng(1).integers(0, 256, (7, 5, 3), dtype=np.uint8)
    assert np.array_equal(to_pixels(to_qimage(pixels)), pixels)
    with pytest.raises(ValueError, match="uint8"):
        to_qimage(pixels.astype(np.int64))


def test_file_names_are_proposed_that_every_system_takes() -> None:
    visit = Visit(1, Store('Ed/eka: "Süd" №1?'), "", dt.date(2026, 11, 20), "")
    assert proposed_name(visit, "pdf") == "Ed-eka- -Süd- №1- 2026-11-20.pdf"


def contrast(first: str, second: str) -> float:
    """The contrast of two colours by WCAG 2: 1 to 21."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(value / 255) for value in bytes.fromhex(colour[1:]))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
