"""`shelfaudit catalogue` from the command line: look, import, export, list."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from tests.e2e.conftest import Samples, Shelfaudit

TABLE = "sku;name;brand;ownership;size;barcode\nAC5;Alba Cola;Alba;own;0,5 l;4006381333931\nBL5;Brio Lime;Brio;;;\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "Katalog №1.csv"
    file.write_text(TABLE, encoding="utf-8")
    return file


def test_look_import_change_and_list(shelfaudit: Shelfaudit, table: Path, tmp_path: Path) -> None:
    database = ("--database", tmp_path / "v.sqlite")
    looked = shelfaudit("catalogue", "import", table, "--dry-run", *database)
    assert looked.code == 0
    assert "new        AC5  Alba Cola (Alba)" in looked.out
    assert "Nothing was written (2 new, 0 changed, 0 unchanged)" in looked.err
    assert shelfaudit("catalogue", "list", "--json", *database).document["products"] == []

    assert "Imported: 2 new" in shelfaudit("catalogue", "import", table, *database).err
    table.write_text(TABLE.replace("0,5 l", "0,33 l").replace("Alba;own", "Alba;competitor"), encoding="utf-8")
    changed = shelfaudit("catalogue", "import", table, *database)
    assert "changed    AC5  size: 0,5 l → 0,33 l" in changed.out
    assert "brand      Alba: own, automatic colour → competitor, automatic colour" in changed.out
    listed = shelfaudit("catalogue", "list", *database)
    assert "0,33 l" in listed.out
    (cola, _) = shelfaudit("catalogue", "list", "--json", *database).document["products"]
    assert (cola["sku"], cola["size"], cola["facings"]) == ("AC5", "0,33 l", 0)


def test_wrong_rows_stop_the_import_unless_they_may_be_left_out(
    shelfaudit: Shelfaudit, table: Path, tmp_path: Path
) -> None:
    database = ("--database", tmp_path / "v.sqlite")
    table.write_text(TABLE + "X;;Alba;;;\nY;Y;Alba;;;4,006E+12\n", encoding="utf-8")
    refused = shelfaudit("catalogue", "import", table, *database)
    assert refused.code == 1
    assert "error: Row 4: the name is missing. Fill it in." in refused.err
    assert "digits are lost. Format the column as text" in refused.err
    assert "Nothing was imported" in refused.err
    document = shelfaudit("catalogue", "import", table, "--json", *database).document
    assert [error["column"] for error in document["errors"]] == ["name", "barcode"]
    assert document["imported"] is False
    assert shelfaudit("catalogue", "import", table, "--skip-errors", *database).code == 0
    assert len(shelfaudit("catalogue", "list", "--json", *database).document["products"]) == 2


def test_out_as_a_workbook_and_in_again(shelfaudit: Shelfaudit, table: Path, tmp_path: Path) -> None:
    database = ("--database", tmp_path / "v.sqlite")
    shelfaudit("catalogue", "import", table, *database)
    workbook = tmp_path / "catalogue.xlsx"
    assert shelfaudit("catalogue", "export", workbook, *database).code == 0
    assert openpyxl.load_workbook(workbook).active.max_row == 3
    again = shelfaudit("catalogue", "import", workbook, *database)
    assert "Nothing to import (0 new, 0 changed, 2 unchanged)" in again.err


def test_pictures_come_with_a_folder(shelfaudit: Shelfaudit, samples: Samples, tmp_path: Path) -> None:
    database = ("--database", tmp_path / "v.sqlite")
    answer = shelfaudit("catalogue", "import", samples.catalogue, "--json", *database)
    assert answer.code == 0, answer.err
    assert answer.document["imported"] is True
    assert len(answer.document["new"]) > 5


def test_no_catalogue_is_said(shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    missing = shelfaudit("catalogue", "import", tmp_path / "none.csv", "--database", tmp_path / "v.sqlite")
    assert missing.code == 1
    assert "cannot be read" in missing.err
    assert shelfaudit("catalogue", "export", tmp_path / "c.csv", "--database", tmp_path / "none.sqlite").code == 1
