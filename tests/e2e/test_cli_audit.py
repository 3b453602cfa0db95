"""`shelfaudit audit`: the whole job from the command line, with everything real."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import openpyxl
import pypdf
import pytest

from shelfaudit import paths
from shelfaudit.storage.database import open_database
from shelfaudit.storage.repository import VisitRepository
from tests.e2e.conftest import Samples, Shelfaudit

STORE = "Prüf-Markt №1"


def test_photos_become_a_visit_a_report_and_a_workbook(
    samples: Samples, shelfaudit: Shelfaudit, tmp_path: Path
) -> None:
    database, report, workbook = tmp_path / "v.sqlite", tmp_path / "out" / "r.pdf", tmp_path / "out" / "w.xlsx"
    answer = shelfaudit(
        *("audit", samples.photos, "--store", STORE, "--category", "Drinks", "--date", "2026-11-20"),
        *("--auditor", "Ada", "--catalogue", samples.catalogue, "--database", database),
        *("--report", report, "--workbook", workbook, "--json"),
    )
    assert answer.code == 0, answer.err
    document = answer.document
    facings = [photo["facings"] for photo in document["photos"]]
    totals = document["totals"]
    assert all(count > 0 for count in facings)
    assert [photo["error"] for photo in document["photos"]] == [None] * len(facings)
    assert totals["facings"] == sum(facings)
    assert totals["own_facings"] + totals["competitor_facings"] + totals["unknown_facings"] == sum(facings)
    assert sum(brand["facings"] for brand in totals["brands"]) == totals["own_facings"] + totals["competitor_facings"]
    assert document["photos_per_second"] > 0

    with open_database(database) as opened:
        visit = VisitRepository(opened).visit(document["visit_id"])
    assert (visit.store.name, visit.category, visit.date.isoformat(), visit.auditor) == (
        STORE,
        "Drinks",
        "2026-11-20",
        "Ada",
    )
    assert [len(photo.facings) for photo in visit.photos] == facings

    text = " ".join(page.extract_text() for page in pypdf.PdfReader(report).pages)
    assert STORE in text
    assert str(sum(facings)) in text
    rows = {sheet.title: sheet.max_row for sheet in openpyxl.load_workbook(workbook)}
    assert sum(facings) + 1 in rows.values(), "one row for each facing, and a head"


def test_without_json_the_shares_are_a_table(samples: Samples, shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    answer = shelfaudit("audit", samples.photos, "--store", STORE, "--database", tmp_path / "v.sqlite")
    assert answer.code == 0, answer.err
    assert STORE in answer.out
    assert "not recognised" in answer.out
    assert "photos/s" in answer.err


def test_a_photo_that_may_not_be_read_fails_alone(
    samples: Samples, shelfaudit: Shelfaudit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked, *others = (Path(shutil.copy(photo, tmp_path)) for photo in sorted(samples.photos.glob("*.jpg")))
    really, may = Path.read_bytes, os.access

    def refuse(path: Path) -> bytes:
        if path == locked:
            raise PermissionError(13, "Permission denied")
        return really(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)  # root may read everything
    monkeypatch.setattr(os, "access", lambda path, mode: str(path) != str(locked) and may(path, mode))
    answer = shelfaudit("audit", locked, *others, "--store", STORE, "--json")
    assert answer.code == 3
    errors = {photo["file"]: photo["error"] for photo in answer.document["photos"]}
    assert "may not be read" in errors.pop(str(locked))
    assert set(errors.values()) == {None}


def test_the_own_share_is_null_without_an_own_brand(samples: Samples, shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    database = tmp_path / "v.sqlite"
    totals = shelfaudit("audit", samples.photos, "--store", STORE, "--database", database, "--json").document["totals"]
    assert totals["facings"] > 0
    assert (totals["own_share"], totals["own_linear_share"]) == (None, None)
    assert shelfaudit("visits", "--database", database, "--json").document["visits"][0]["own_share"] is None


def test_the_default_database_is_in_the_users_data_folder(samples: Samples, shelfaudit: Shelfaudit) -> None:
    photo = next(samples.photos.glob("*.jpg"))
    assert shelfaudit("audit", photo, "--store", STORE).code == 0
    assert paths.default_database_file().is_file()


def test_a_damaged_photo_among_good_ones_is_named_and_the_rest_counts(
    samples: Samples, shelfaudit: Shelfaudit, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    shutil.copytree(samples.photos, folder)
    whole = next(folder.glob("*.jpg")).read_bytes()
    (folder / "0 cut off.jpg").write_bytes(whole[: len(whole) // 2])
    report = tmp_path / "r.pdf"
    answer = shelfaudit(
        "audit", folder, "--store", STORE, "--database", tmp_path / "v.sqlite", "--report", report, "--json"
    )
    assert answer.code == 3
    bad, *good = answer.document["photos"]
    assert bad["facings"] == 0
    assert "cut off" in bad["error"]
    assert "0 cut off.jpg" in answer.err
    assert all(photo["facings"] > 0 and photo["error"] is None for photo in good)
    assert answer.document["totals"]["failed"] == 1
    assert report.is_file()


def test_all_photos_damaged_is_still_a_visit(shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").write_bytes(b"")
    answer = shelfaudit(
        "audit", tmp_path / "empty.jpg", "--store", STORE, "--database", tmp_path / "v.sqlite", "--json"
    )
    assert answer.code == 3
    assert answer.document["totals"]["facings"] == 0
    listed = shelfaudit("visits", "--database", tmp_path / "v.sqlite", "--json").document["visits"]
    assert [(visit["store"], visit["photos"], visit["failed"]) for visit in listed] == [(STORE, 1, 1)]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["{empty}", "--store", STORE], "no photo"),
        (["{missing}", "--store", STORE], "no such file"),
        (["{photos}", "--store", "  "], "store"),
        (["{photos}", "--store", STORE, "--catalogue", "{missing}"], "missing"),
        (["{photos}", "--store", STORE, "--model", "{missing}"], "missing"),
        (["{photos}", "--store", STORE, "--database", "{text}"], "not a shelfaudit database"),
        (["{photos}", "--store", STORE, "--report", "{empty}"], "folder"),
        (["{photos}", "--store", STORE, "--report", "same", "--workbook", "same"], "same"),
    ],
)
def test_what_the_person_can_put_right_is_one_line(
    arguments: list[str], expected: str, samples: Samples, shelfaudit: Shelfaudit, tmp_path: Path
) -> None:
    empty, text = tmp_path / "empty", tmp_path / "text.sqlite"
    empty.mkdir()
    text.write_text("this is text\n" * 200)
    places = {"empty": empty, "missing": tmp_path / "missing", "text": text, "photos": samples.photos}
    answer = shelfaudit("audit", *(argument.format(**places) for argument in arguments))
    assert answer.code == 1
    assert answer.out == ""
    (line,) = answer.err.strip().splitlines()
    assert line.startswith("error:")
    assert expected in line
    assert not paths.default_database_file().exists() or not shelfaudit("visits", "--json").document["visits"]


@pytest.mark.parametrize(
    "arguments",
    [["audit"], ["audit", "x.jpg"], ["audit", "x.jpg", "--store", "S", "--date", "20.11.2026"], ["nonsense"]],
)
def test_wrong_usage_is_code_2(arguments: list[str], shelfaudit: Shelfaudit) -> None:
    assert shelfaudit(*arguments).code == 2


def test_ctrl_c_keeps_what_is_finished(
    samples: Samples, shelfaudit: Shelfaudit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import signal

    from shelfaudit.storage.facings import FacingsPart

    save = FacingsPart.save_detection

    def save_then_interrupt(*args: object, **kwargs: object) -> object:
        stored = save(*args, **kwargs)  # type: ignore[arg-type]  # passed on as it came
        signal.raise_signal(signal.SIGINT)
        return stored

    monkeypatch.setattr(FacingsPart, "save_detection", save_then_interrupt)
    answer = shelfaudit(
        *("audit", samples.photos, "--store", STORE, "--database", tmp_path / "v.sqlite"),
        *("--report", tmp_path / "r.pdf", "--json"),
    )
    assert answer.code == 130
    first, *others = answer.document["photos"]
    assert first["facings"] > 0
    assert all(photo["facings"] == 0 for photo in others)
    assert answer.document["stopped"]
    assert not (tmp_path / "r.pdf").exists()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_bug_is_called_a_bug_and_leaves_its_traceback(
    shelfaudit: Shelfaudit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_kwargs: object) -> None:
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setattr("shelfaudit.cli.visits.database_file", broken)
    answer = shelfaudit("visits")
    assert answer.code == 70
    assert "bug" in answer.err
    assert "a mistake of ours" in paths.log_file().read_text(encoding="utf-8")
    assert "Traceback" not in answer.err


def test_the_command_line_needs_no_qt(shelfaudit: Shelfaudit) -> None:
    import sys

    loaded_before = {name for name in sys.modules if name.startswith("PySide6")}
    assert shelfaudit("visits").code == 0
    assert {name for name in sys.modules if name.startswith("PySide6")} == loaded_before


def test_the_window_opens_without_a_command(tmp_path: Path) -> None:
    from shelfaudit import cli

    opened: list[list[str]] = []

    def open_window(arguments: list[str]) -> int:
        opened.append(arguments)
        return 0

    assert cli.run([], open_window) == 0
    assert cli.run(["--database", str(tmp_path / "v.sqlite"), "--camera", "film.mp4"], open_window) == 0
    assert cli.run(["--database", "v.sqlite", "visits"], open_window) == 2
    assert opened == [[], ["--database", str(tmp_path / "v.sqlite"), "--camera", "film.mp4"]]


def test_no_thread_is_left_behind_by_an_audit(samples: Samples, shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    before = threading.active_count()
    shelfaudit("audit", samples.photos, "--store", STORE, "--database", tmp_path / "v.sqlite")
    assert threading.active_count() == before


def test_a_report_that_cannot_be_written_does_not_take_the_results_along(
    samples: Samples, shelfaudit: Shelfaudit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(_from: Path, _to: Path) -> None:
        raise PermissionError("open in another program")

    monkeypatch.setattr(Path, "replace", locked)
    answer = shelfaudit(
        *("audit", min(samples.photos.glob("*.jpg")), "--store", STORE, "--database", tmp_path / "v.sqlite"),
        *("--report", tmp_path / "r.pdf", "--json"),
    )
    assert answer.code == 1
    assert answer.document["totals"]["facings"] > 0
    assert "close it" in answer.err
    assert not list(tmp_path.glob("*.pdf"))


def test_stopping_in_the_report_says_that_the_visit_is_kept(
    samples: Samples, shelfaudit: Shelfaudit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shelfaudit.errors import Cancelled

    def stopped(*_args: object, **_kwargs: object) -> None:
        raise Cancelled

    monkeypatch.setattr("shelfaudit.usecases.report.write_report", stopped)
    answer = shelfaudit(
        *("audit", min(samples.photos.glob("*.jpg")), "--store", STORE, "--database", tmp_path / "v.sqlite"),
        *("--report", tmp_path / "r.pdf", "--json"),
    )
    assert answer.code == 130
    assert answer.document["totals"]["facings"] > 0
    assert "kept" in answer.err
