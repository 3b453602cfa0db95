"""The workbook and the CSV file, read back by other programs' eyes."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import openpyxl
import pytest

from shelfaudit.domain.catalogue import Brand, Catalogue, Ownership, Product
from shelfaudit.domain.visit import PhotoState
from shelfaudit.errors import OutputError
from shelfaudit.reporting.figures import VisitFigures, build_figures
from shelfaudit.reporting.tables import write_facings_csv
from shelfaudit.reporting.workbook import write_workbook
from tests.report_makers import CATALOGUE, facings, mixed_figures, photo, visit

FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)"]


def saved(figures: VisitFigures, folder: Path) -> openpyxl.Workbook:
    write_workbook(figures, folder / "visit.xlsx")
    return openpyxl.load_workbook(folder / "visit.xlsx")


def table(workbook: openpyxl.Workbook, sheet: str, name: str) -> list[list[object]]:
    """The rows of an Excel table, head included."""
    return [[cell.value for cell in row] for row in workbook[sheet][workbook[sheet].tables[name].ref]]


def hostile_figures() -> VisitFigures:
    products = [Product(text, text, text) for text in FORMULAS]
    catalogue = Catalogue.of([Brand(text, Ownership.OWN) for text in FORMULAS], products)
    content = [facing for row, text in enumerate(FORMULAS) for facing in facings(text, 1, row=row)]
    photos = [photo(1, content, name="=evil.jpg"), photo(2, state=PhotoState.FAILED, error="=HYPERLINK(1)\x07\ud800")]
    return build_figures(visit(photos, store="=store", auditor="@me"), catalogue)


def test_totals(tmp_path: Path) -> None:
    workbook = saved(mixed_figures(), tmp_path)

    assert workbook.sheetnames == ["Totals", "Facings", "Photos"]
    assert table(workbook, "Totals", "Byowner") == [
        ["Owner", "Facings", "Share of facings", "Linear share"],
        ["own", 6, 0.6, pytest.approx(0.6)],
        ["competitor", 2, 0.2, pytest.approx(0.2)],
        ["not recognised", 2, 0.2, pytest.approx(0.2)],
    ]
    assert [row[:3] for row in table(workbook, "Totals", "Bybrand")[1:]] == [
        ["Alba", "own", 6], ["Brio", "competitor", 2], ["not recognised", None, 2],
    ]  # fmt: skip
    assert [row[:4] for row in table(workbook, "Totals", "Byproduct")[1:]] == [
        ["Alba Cola 0.5 l", "alba/cola", "Alba", 6],
        ["Brio Lime 1 l", "brio/lime", "Brio", 2],
        ["not recognised", None, None, 2],
    ]


def test_visit_head_has_a_real_date_and_shares_are_real_percentages(tmp_path: Path) -> None:
    sheet = saved(mixed_figures(), tmp_path)["Totals"]
    head = {row[0].value: row[1].value for row in sheet.iter_rows(min_row=2, max_row=15, max_col=2)}

    assert head["Date"] == dt.datetime(2026, 11, 20)  # noqa: DTZ001  # a spreadsheet's dates have no zone
    assert (head["Store"], head["Facings"], head["Photos failed"]) == ("Prüf-Markt №1", 10, 1)
    assert (head["Must-stock found"], head["Must-stock expected"]) == (1, 2)
    first = sheet[sheet.tables["Bybrand"].ref][1]
    assert first[3].number_format == "0.0%"


def test_totals_carry_a_native_chart_of_the_brands(tmp_path: Path) -> None:
    sheet = saved(mixed_figures(), tmp_path)["Totals"]
    (chart,) = sheet._charts
    (series,) = chart.series
    cells = [row[0].value for row in sheet[series.cat.strRef.f.split("!")[1].replace("$", "")]]

    assert cells == ["Alba", "Brio", "not recognised"]


def test_one_row_per_facing(tmp_path: Path) -> None:
    sheet = saved(mixed_figures(), tmp_path)["Facings"]
    rows = list(sheet.iter_rows(values_only=True))

    assert rows[0][:7] == ("Photo", "File", "Facing", "Brand", "Product", "SKU", "Ownership")
    assert len(rows) == 11
    assert rows[1] == (
        1, "IMG_1.jpg", "0/alba/cola/0", "Alba", "Alba Cola 0.5 l", "alba/cola", "own", 0.75, "detector", "auditor",
        0, 0, 40, 90, 40, 90,
    )  # fmt: skip
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:P11"


def test_photos_with_state_and_error(tmp_path: Path) -> None:
    rows = list(saved(mixed_figures(), tmp_path)["Photos"].iter_rows(values_only=True))

    assert [row[2] for row in rows[1:]] == ["reviewed", "detected", "reviewed", "failed", "waiting"]
    assert [row[3] for row in rows[1:]] == [6, 4, 0, 0, 0]
    assert rows[4][1] == "schäden.HEIC"
    assert rows[4][9] == "The file is damaged."


def test_no_text_becomes_a_formula(tmp_path: Path) -> None:
    workbook = saved(hostile_figures(), tmp_path)
    cells = [cell for sheet in workbook for row in sheet.iter_rows() for cell in row]

    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    texts = {cell.value for cell in cells}
    assert {*FORMULAS, "=evil.jpg", "=store", "@me", "=HYPERLINK(1)"} <= texts


@pytest.mark.parametrize("photos", [[], [photo(1)]])
def test_a_visit_without_facings(photos: list[object], tmp_path: Path) -> None:
    workbook = saved(build_figures(visit([photo(number) for number, _ in enumerate(photos)]), CATALOGUE), tmp_path)

    assert workbook["Facings"].max_row == 1
    assert workbook["Photos"].max_row == 1 + len(photos)


def test_a_workbook_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    (tmp_path / "visit.xlsx").mkdir()

    with pytest.raises(OutputError):
        write_workbook(mixed_figures(), tmp_path / "visit.xlsx")


def test_the_systems_folder_for_temporary_files_is_not_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "full"))
    assert saved(mixed_figures(), tmp_path)["Facings"].max_row > 1


def test_csv_has_one_row_per_facing_and_opens_as_utf_8(tmp_path: Path) -> None:
    file = tmp_path / "facings.csv"
    write_facings_csv(mixed_figures(), file)
    rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))

    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    assert len(rows) == 10
    assert (rows[0]["Store"], rows[0]["Date"], rows[0]["SKU"]) == ("Prüf-Markt №1", "2026-11-20", "alba/cola")
    assert (rows[-1]["SKU"], rows[-1]["Product set by"]) == ("", "")


def test_csv_texts_are_not_run_by_a_spreadsheet(tmp_path: Path) -> None:
    file = tmp_path / "facings.csv"
    write_facings_csv(hostile_figures(), file)
    rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))

    assert rows[1][2] == "'=store"
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
