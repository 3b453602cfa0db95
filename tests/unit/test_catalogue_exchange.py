"""Catalogues there and back: what spreadsheets do to tables, what is said about it, and what an import would do."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from shelfaudit.domain import barcode
from shelfaudit.domain.catalogue import Brand, BrandColour, Catalogue, Ownership, Product
from shelfaudit.domain.catalogue_import import Gravity, ImportPlan, Outcome, plan_import
from shelfaudit.errors import CatalogueError
from shelfaudit.storage.catalogue_files import catalogue_table, read_catalogue_file
from shelfaudit.storage.catalogue_files.columns import tidy

COLA = Product("AC5", "Alba Cola", "Alba", 6.5, "4006381333931", True, category="Drinks", size="0.5 l")
KNOWN = Catalogue.of([Brand("Alba", Ownership.OWN, BrandColour.GREEN)], [COLA])


def plan(file: Path, known: Catalogue = KNOWN) -> ImportPlan:
    read = read_catalogue_file(file, picture_suffixes={".jpg"})
    return plan_import(known, read.rows, read.remarks)


def csv_file(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    file = folder / "Käse.csv"
    file.write_bytes(text.encode(encoding))
    return file


def xlsx_file(folder: Path, rows: list[list[Any]], formats: dict[int, str] | None = None) -> Path:
    file = folder / "Käse.xlsx"
    with xlsxwriter.Workbook(str(file)) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                form = workbook.add_format({"num_format": (formats or {}).get(column, "General")})
                sheet.write(number, column, cell, form)
    return file


def said(found: ImportPlan) -> list[tuple[int, str, str]]:
    return [(remark.row, remark.column, remark.what) for remark in found.remarks]


# There and back

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).map(tidy).filter(bool)
STARTS = st.sampled_from(["", "=", "+", "-", "@", "'", "'=", "''", "=cmd|' /C calc'!A0"])
NAME = st.builds(lambda start, text: tidy(start + text), STARTS, TEXT)
BRAND = st.builds(
    Brand, name=NAME, ownership=st.sampled_from(Ownership), colour=st.none() | st.sampled_from(BrandColour)
)
WIDTH = st.none() | st.floats(0.01, 1e6)


@st.composite
def catalogues(draw: st.DrawFn) -> Catalogue:
    brands = draw(st.lists(BRAND, min_size=1, max_size=4, unique_by=lambda brand: brand.name))
    product = st.builds(
        Product,
        sku=NAME,
        name=NAME,
        brand=st.sampled_from([brand.name for brand in brands]),
        width_cm=WIDTH,
        barcode=st.text("0123456789", max_size=14),
        must_stock=st.booleans(),
        category=NAME | st.just(""),
        size=NAME | st.just(""),
    )
    return Catalogue.of(brands, draw(st.lists(product, max_size=5)))


@given(catalogues(), catalogues(), st.sampled_from([".csv", ".xlsx"]))
@settings(deadline=None, max_examples=60)
def test_any_catalogue_comes_back_into_an_empty_one_and_over_any_other(
    tmp_path_factory: pytest.TempPathFactory, written: Catalogue, other: Catalogue, suffix: str
) -> None:
    file = tmp_path_factory.mktemp("table") / f"c{suffix}"
    file.write_bytes(catalogue_table(written, file))
    into_empty = plan(file, Catalogue())
    assert not into_empty.errors
    assert into_empty.after == written
    assert plan(file, other).after == other.merged(written)
    assert not plan(file, written).changes_something


@given(catalogues())
@settings(deadline=None, max_examples=30)
def test_no_cell_of_a_csv_is_a_formula(written: Catalogue) -> None:
    import csv

    text = catalogue_table(written, Path("c.csv")).decode("utf-8-sig")
    assert not [
        cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row if cell[:1] in "=+-@" and cell
    ]


def test_a_workbook_holds_text_alone(tmp_path: Path) -> None:
    file = tmp_path / "c.xlsx"
    hostile = Catalogue.of([Brand("=1+1")], [Product("007", "@SUM(A1)", "=1+1", barcode="0012345678905")])
    file.write_bytes(catalogue_table(hostile, file))
    rows = list(openpyxl.load_workbook(file).worksheets[0].iter_rows())
    assert {cell.data_type for row in rows for cell in row if cell.value is not None} == {"s"}
    assert rows[1][0].value == "007"


# What spreadsheets do

TABLES = [
    ("utf-8", ","), ("utf-8-sig", ";"), ("utf-16", "\t"), ("cp1252", ";"),
]  # fmt: skip


@pytest.mark.parametrize(("encoding", "delimiter"), TABLES)
def test_encodings_and_separators(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = 'sku,name,brand,width_cm,size\nM1,Müsli,Früh,"6,5","0,5 kg"\n'.replace(",", delimiter)
    if delimiter != ",":
        text = text.replace(f"6{delimiter}5", "6,5").replace(f"0{delimiter}5", "0,5")
    assert plan(csv_file(tmp_path, text, encoding)).after.products["M1"] == Product(
        "M1", "Müsli", "Früh", 6.5, size="0,5 kg"
    )


@pytest.mark.parametrize(
    ("cell", "kept"), [("4.006381333931E+12", "4006381333931"), ("4,006381333931e12", "4006381333931"), ("12.0", "12")]
)
def test_a_barcode_that_became_a_number_comes_back(tmp_path: Path, cell: str, kept: str) -> None:
    found = plan(csv_file(tmp_path, f'sku,name,brand,barcode\nM1,M,F,"{cell}"\n'))
    assert found.after.products["M1"].barcode == kept


@pytest.mark.parametrize("cell", ["4.00638E+12", "4.006e12", "4E+12"])
def test_a_barcode_without_all_its_digits_is_an_error(tmp_path: Path, cell: str) -> None:
    found = plan(csv_file(tmp_path, f"sku,name,brand,barcode\nM1,M,F,{cell}\nM2,N,F,\n"))
    assert said(found) == [(2, "barcode", f"{cell!r} is a number that the spreadsheet shortened; digits are lost")]
    assert "as text" in found.errors[0].advice
    assert set(found.after.products) == {"AC5", "M2"}


def test_a_sku_with_an_e_in_it_is_a_sku(tmp_path: Path) -> None:
    found = plan(csv_file(tmp_path, "sku,name,brand\n1E5,M,F\n4.006E+5,N,F\n"))
    assert "1E5" in found.after.products
    assert [remark.row for remark in found.errors] == [3]


def test_numbers_of_a_workbook_are_read_as_they_look(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["SKU", "Name", "Brand", "Barcode", "Width_cm", "must_stock"],
        [1234, "M", "F", 4006381333931, 6.5, True],
        [7, "N", "F", 4006381333931.0, 7, False],
    ]
    found = plan(xlsx_file(tmp_path, rows, {0: "00000"}))
    assert found.after.products["01234"] == Product("01234", "M", "F", 6.5, "4006381333931", True)
    assert found.after.products["00007"].width_cm == 7
    assert said(found) == [(3, "barcode", "the barcode 4006381333931 is that of M, too")]


def test_a_sku_that_lost_its_zeros_and_a_barcode_that_lost_them_are_doubted(tmp_path: Path) -> None:
    known = Catalogue.of([Brand("F")], [Product("00123", "M", "F")])
    found = plan(csv_file(tmp_path, "sku,name,brand,barcode\n123,M,F,12345678905\n"), known)
    assert [(row, column) for row, column, _ in said(found)] == [(2, "sku"), (2, "barcode")]
    assert "012345678905" in found.warnings[1].what
    assert not found.errors


def test_a_wrong_check_digit_is_doubted_not_refused(tmp_path: Path) -> None:
    found = plan(csv_file(tmp_path, "sku,name,brand,barcode\nM1,M,F,4006381333932\n"))
    assert said(found) == [(2, "barcode", "the barcode 4006381333932: the last digit should be 1")]
    assert found.after.products["M1"].barcode == "4006381333932"


@pytest.mark.parametrize(("code", "doubt"), [("96385074", ""), ("012345678905", ""), ("", ""), ("ABC", "only digits")])
def test_barcodes_as_they_are_printed(code: str, doubt: str) -> None:
    assert (doubt in barcode.doubt(code)) if doubt else barcode.doubt(code) == ""


def test_rows_that_come_twice(tmp_path: Path) -> None:
    found = plan(csv_file(tmp_path, "sku,name,brand\nM1,M,F\nM1,M,F\nM1,Other,F\n"))
    assert [(remark.row, remark.gravity) for remark in found.remarks] == [(3, Gravity.WARNING), (4, Gravity.ERROR)]
    assert found.after.products["M1"].name == "M"


def test_hostile_cells(tmp_path: Path) -> None:
    long = "x" * 201
    text = f'sku,name,brand\nM1,bell\x07 and\x00 line,F\nM2,{long},F\nM3,"two\nlines",F\nM4,=1+1,F\n'
    found = plan(csv_file(tmp_path, text))
    assert said(found) == [(3, "name", "the name is longer than 200 characters")]
    names = {sku: product.name for sku, product in found.after.products.items()}
    assert (names["M1"], names["M3"], names["M4"]) == ("bell and line", "two lines", "=1+1")


def test_every_wrong_row_is_told_and_the_others_go_in(tmp_path: Path) -> None:
    text = (
        "sku,name,brand,ownership,width_cm,must_stock\n,A,F,,,\nB,B,F,ours,,\nC,C,F,,-1,\nD,D,F,,,maybe\nE,E,F,own,,\n"
    )
    found = plan(csv_file(tmp_path, text))
    assert [(remark.row, remark.column) for remark in found.errors] == [
        (2, "sku"), (3, "ownership"), (4, "width_cm"), (5, "must_stock"),
    ]  # fmt: skip
    assert all(remark.advice for remark in found.errors)
    assert [planned.after.sku for planned in found.products] == ["E"]


def test_a_workbook_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "c.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in range(7):
            packed.writestr(f"{number}.xml", b"\0" * 50_000_000)
    with pytest.raises(CatalogueError, match="unpacks to more"):
        plan(file)


# What an import does


def test_new_changed_and_unchanged_field_by_field(tmp_path: Path) -> None:
    text = "sku,name,brand,size,colour\nAC5,Alba Cola Classic,Alba,0.33 l,\nAZ5,Alba Zero,Alba,,\n"
    found = plan(csv_file(tmp_path, text))
    (changed,) = found.of(Outcome.CHANGED)
    assert changed.changes == {"name": ("Alba Cola", "Alba Cola Classic"), "size": ("0.5 l", "0.33 l")}
    assert [planned.after.sku for planned in found.of(Outcome.NEW)] == ["AZ5"]
    # What the table has no column for stays as it was.
    assert found.after.products["AC5"].barcode == COLA.barcode
    assert found.after.brands["Alba"] == KNOWN.brands["Alba"]
    assert plan(csv_file(tmp_path, "sku,name,brand\nAC5,Alba Cola,Alba\n")).of(Outcome.UNCHANGED)


def test_a_brand_alone_and_its_colour(tmp_path: Path) -> None:
    found = plan(csv_file(tmp_path, "sku,name,brand,ownership,colour\n,,Brio,own,Pink\n,,Alba,,automatic\n"))
    assert found.new_brands == [Brand("Brio", Ownership.OWN, BrandColour.PINK)]
    assert found.changed_brands == [(KNOWN.brands["Alba"], Brand("Alba", Ownership.OWN))]


def test_a_colour_that_is_none_says_which_there_are(tmp_path: Path) -> None:
    found = plan(csv_file(tmp_path, "sku,name,brand,colour\nM,M,F,mauve\n"))
    assert "vermilion" in found.errors[0].advice
