"""Catalogues as offices send them: a table from a spreadsheet, or a folder of pictures."""

from __future__ import annotations

import csv
import unicodedata
from pathlib import Path

import pytest

from shelfaudit.domain.catalogue import Brand, Catalogue, Ownership, Product
from shelfaudit.errors import CatalogueError
from shelfaudit.storage import catalogue_files

TABLE = """\
sku,name,brand,ownership,width_cm,barcode,must_stock
AC5,Alba Cola 0.5 l,Alba,own,6.5,4000000000013,yes
BF1,Brio Früsch,Brio,,,,
"""
EXPECTED = Catalogue.of(
    [Brand("Alba", Ownership.OWN), Brand("Brio")],
    [
        Product("AC5", "Alba Cola 0.5 l", "Alba", width_cm=6.5, barcode="4000000000013", must_stock=True),
        Product("BF1", "Brio Früsch", "Brio"),
    ],
)


def read_catalogue(path: Path) -> tuple[Catalogue, dict[str, list[Path]]]:
    return catalogue_files.read_catalogue(path, picture_suffixes={".jpg", ".png"})


def write(file: Path, text: str, encoding: str = "utf-8") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode(encoding))
    return file


def touch(folder: Path, *names: str) -> list[Path]:
    return [write(folder / name, "") for name in names]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_table_as_spreadsheets_write_it(tmp_path: Path, encoding: str, delimiter: str, line_end: str) -> None:
    text = TABLE.replace(",", delimiter).replace("\n", line_end)
    assert read_catalogue(write(tmp_path / "Katalog №1.csv", text, encoding)) == (EXPECTED, {})


def test_titles_in_any_case_and_order_with_others_between(tmp_path: Path) -> None:
    text = 'Brand; NAME ;Price;SKU;Width_cm\nAlba;"Cola; 0,5 l";0,99;AC5;6,5\n\n;;;;\nAlba;Zero;1,09;AZ5\n'
    catalogue, _ = read_catalogue(write(tmp_path / "c.csv", text))
    assert list(catalogue.products.values()) == [
        Product("AC5", "Cola; 0,5 l", "Alba", width_cm=6.5),
        Product("AZ5", "Zero", "Alba"),
    ]


@pytest.mark.parametrize(("word", "meant"), [("x", True), ("YES", True), ("1", True), ("no", False), ("0", False)])
def test_must_stock_in_the_words_of_tables(tmp_path: Path, word: str, meant: bool) -> None:
    catalogue, _ = read_catalogue(write(tmp_path / "c.csv", f"sku,name,brand,must_stock\nA,A,A,{word}\n"))
    assert catalogue.products["A"].must_stock is meant


def test_one_row_says_whose_brand_it_is(tmp_path: Path) -> None:
    catalogue, _ = read_catalogue(
        write(tmp_path / "c.csv", "sku,name,brand,ownership\n1,A,Alba,\n2,B,Alba,Own\n3,C,Alba,\n")
    )
    assert catalogue.brands == {"Alba": Brand("Alba", Ownership.OWN)}


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (",Zero,Alba,own,,,", "Row 4: the sku is missing"),
        ("AZ5,,Alba,own,,,", "Row 4: the name is missing"),
        ("AZ5,Zero", "Row 4: the brand is missing"),
        ("AC5,Zero,Alba,own,,,", "Row 4: the SKU 'AC5' is already in row 2"),
        ("AZ5,Zero,Alba,ours,,,", "Row 4: ownership must be own or competitor, not 'ours'"),
        ("AZ5,Zero,Alba,competitor,,,", "Row 4: the brand 'Alba' is own in an earlier row"),
        ("AZ5,Zero,Alba,own,wide,,", "Row 4: width_cm must be a number above 0, not 'wide'"),
        ("AZ5,Zero,Alba,own,-6,,", "Row 4: width_cm must be a number above 0, not '-6'"),
        ("AZ5,Zero,Alba,own,nan,,", "Row 4: width_cm must be a number above 0, not 'nan'"),
        ("AZ5,Zero,Alba,own,,,maybe", "Row 4: must_stock must be yes or no, not 'maybe'"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, row: str, complaint: str) -> None:
    file = write(tmp_path / "c.csv", TABLE + row + "\n")
    with pytest.raises(CatalogueError) as refused:
        read_catalogue(file)
    assert complaint in refused.value.what
    assert refused.value.file == file


def test_the_row_is_the_one_the_spreadsheet_shows(tmp_path: Path) -> None:
    file = write(tmp_path / "c.csv", 'sku,name,brand\n1,"two\nlines",Alba\n\n,B,Alba\n')
    with pytest.raises(CatalogueError, match=r"Row 4: the sku"):
        read_catalogue(file)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "missing: sku, name, brand"),
        ("sku,title,brand\n1,A,Alba\n", "missing: name"),
        ("sku,name,brand\n", "no product in this catalogue"),
        ("PK\x03\x04\x14\x00", "missing: sku, name, brand"),
    ],
)
def test_another_kind_of_file_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(CatalogueError, match=complaint):
        read_catalogue(write(tmp_path / "c.csv", text))


@pytest.mark.parametrize(("name", "complaint"), [("c.csv", "not a CSV file"), ("c.xlsx", "not an Excel workbook")])
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, name: str, complaint: str) -> None:
    file = tmp_path / name
    file.write_bytes(b"PK\x03\x04\x81\x8d\x8f")
    with pytest.raises(CatalogueError, match=complaint):
        read_catalogue(file)


def test_a_cell_beyond_all_measure_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="not a table of text"):
        read_catalogue(write(tmp_path / "c.csv", "sku,name,brand\n" + "x" * (csv.field_size_limit() + 1)))


def test_a_missing_catalogue_is_said(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="cannot be read") as refused:
        read_catalogue(tmp_path / "none.csv")
    assert refused.value.file == tmp_path / "none.csv"


def test_pictures_beside_the_table(tmp_path: Path) -> None:
    cola, zero = touch(tmp_path, "bilder/Cola vörn.jpg", "zero.png")
    text = 'sku;name;brand;pictures\nA;Cola;Alba;"bilder\\Cola vörn.jpg; zero.png;"\nB;Zero;Alba;\n'
    assert read_catalogue(write(tmp_path / "c.csv", text))[1] == {"A": [cola, zero]}
    with pytest.raises(CatalogueError, match=r"Row 2: there is no picture 'gone\.jpg'"):
        read_catalogue(write(tmp_path / "c.csv", "sku,name,brand,pictures\nA,Cola,Alba,gone.jpg\n"))


def test_a_folder_per_brand_and_product(tmp_path: Path) -> None:
    pictures = touch(tmp_path, "Alba/Cola 0.5 l/1.jpg", "Alba/Cola 0.5 l/2.PNG", "Brio/Früsch/ü.jpg")
    touch(tmp_path, "readme.txt", "Alba/Cola 0.5 l/notes.txt", "Alba/Cola 0.5 l/.hidden.jpg", ".git/x/y.jpg")
    catalogue, found = read_catalogue(tmp_path)
    assert catalogue == Catalogue.of(
        [Brand("Alba"), Brand("Brio")],
        [Product("Alba/Cola 0.5 l", "Cola 0.5 l", "Alba"), Product("Brio/Früsch", "Früsch", "Brio")],
    )
    assert found == {"Alba/Cola 0.5 l": pictures[:2], "Brio/Früsch": pictures[2:]}


def test_a_table_in_the_folder_adds_what_it_knows(tmp_path: Path) -> None:
    by_sku, by_name, by_path, alone = touch(
        tmp_path,
        "Alba/AC5/1.jpg",
        f"Brio/{unicodedata.normalize('NFD', 'Brio Früsch')}/1.jpg",
        "Cima/Tea/1.jpg",
        "Cima/Ice/1.jpg",
    )
    extra = touch(tmp_path, "extra.jpg")[0]
    write(
        tmp_path / "catalogue.csv",
        "sku,name,brand,ownership,pictures\n"
        "AC5,Alba Cola,Alba,own,extra.jpg\n"
        "BF1,Brio Früsch,Brio,,\n"
        "Cima/Tea,Green tea,Cima,own,\n"
        "AZ5,Alba Zero,Alba,,\n",
    )
    catalogue, found = read_catalogue(tmp_path)
    assert list(catalogue.products) == ["AC5", "BF1", "Cima/Tea", "AZ5", "Cima/Ice"]
    assert catalogue.products["Cima/Tea"].name == "Green tea"
    assert {name: brand.ownership.value for name, brand in catalogue.brands.items()} == {
        "Alba": "own",
        "Brio": "competitor",
        "Cima": "own",
    }
    assert found == {"AC5": [extra, by_sku], "BF1": [by_name], "Cima/Tea": [by_path], "Cima/Ice": [alone]}


def test_pictures_in_the_wrong_place_are_said(tmp_path: Path) -> None:
    touch(tmp_path, "Alba/cola.jpg")
    with pytest.raises(CatalogueError, match="not in a folder per product") as refused:
        read_catalogue(tmp_path)
    assert refused.value.file == tmp_path / "Alba"


def test_an_empty_folder_is_no_catalogue(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="no product in this catalogue"):
        read_catalogue(tmp_path)
