"""What the command line prints where: for a person, for a program that reads it, and for one that stops reading."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shelfaudit import cli
from shelfaudit.storage.database import open_database
from shelfaudit.storage.repository import VisitRepository
from tests.e2e.conftest import Samples, Shelfaudit
from tests.fixtures import TINY_MODEL

HOSTILE = "[/x] :smile: \x1b[31m<b>"


@pytest.mark.parametrize(
    "command",
    [
        ("audit", "nowhere.jpg", "--store", "X"),
        ("audit", __file__, "--store", "X", "--model", "nowhere.tflite"),
        ("audit", __file__, "--store", "X", "--catalogue", "nowhere.csv"),
        ("visits", "--database", "nowhere.sqlite"),
    ],
)
def test_an_error_is_one_json_object_too(command: tuple[str, ...], shelfaudit: Shelfaudit) -> None:
    answer = shelfaudit(*command, "--json")
    assert answer.code == 1
    assert set(answer.document) == {"error"}
    assert "nowhere" in answer.document["error"]
    assert "nowhere" in answer.err


def test_a_bug_is_one_json_object_too(shelfaudit: Shelfaudit, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("shelfaudit.cli.visits.database_file", break_down)
    answer = shelfaudit("visits", "--json")
    assert answer.code == 70
    assert "ZeroDivisionError" in answer.document["error"]


def test_a_report_that_cannot_be_written_keeps_neither_answer_nor_workbook_back(
    samples: Samples, shelfaudit: Shelfaudit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shelfaudit.reporting.frames.CountingCanvas.save", full)
    workbook = tmp_path / "w.xlsx"
    answer = shelfaudit(
        *("audit", samples.photos, "--store", "X", "--database", tmp_path / "v.sqlite", "--model", TINY_MODEL),
        *("--report", tmp_path / "r.pdf", "--workbook", workbook, "--json"),
    )
    assert answer.code == 1
    assert "No space left" in answer.err
    assert answer.document["visit_id"] == 1
    assert workbook.is_file()


def test_names_are_shown_as_they_are(samples: Samples, shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    database, damaged = tmp_path / "v.sqlite", tmp_path / "[red] :boom: 1.jpg"
    damaged.write_bytes(b"")
    table = tmp_path / "c.csv"
    table.write_text(f"sku,name,brand\nx,{HOSTILE},{HOSTILE}\n", encoding="utf-8")
    audited = shelfaudit(
        *("audit", samples.photos, damaged, "--store", HOSTILE, "--category", HOSTILE, "--auditor", HOSTILE),
        *("--database", database, "--model", TINY_MODEL, "--catalogue", table),
    )
    listed = shelfaudit("visits", "--database", database)
    assert (audited.code, listed.code) == (3, 0)
    for out in (audited.out, listed.out):
        assert r"[/x] :smile: \x1b[31m<b>" in out
        assert "\x1b" not in out
    assert damaged.name in audited.err


def test_a_database_that_may_not_be_looked_at_is_explained(
    shelfaudit: Shelfaudit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, really = tmp_path / "v.sqlite", Path.stat
    database.mkdir()  # cannot be opened either, even by root

    def refuse(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path == database:
            raise PermissionError(13, "Permission denied")
        return really(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", refuse)
    answer = shelfaudit("visits", "--database", database)
    assert answer.code == 1
    assert "rights" in answer.err


def test_a_demo_in_a_file_is_explained(shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    answer = shelfaudit("demo", "--headless", "--output", tmp_path / "file", "--model", TINY_MODEL)
    assert answer.code == 1
    assert "Its folder is a file" in answer.err


@pytest.mark.parametrize("option", ["--store", "--category", "--auditor"])
def test_a_text_that_is_none_is_wrong_usage(option: str, samples: Samples, shelfaudit: Shelfaudit) -> None:
    others = [] if option == "--store" else ["--store", "X"]
    answer = shelfaudit("audit", samples.photos, *others, option, "Pr\udcfcf")
    assert answer.code == 2
    assert "encoding" in answer.err


def test_a_date_long_ago_is_wrong_usage_and_one_to_come_is_remarked(
    samples: Samples, shelfaudit: Shelfaudit, tmp_path: Path
) -> None:
    audit = ("audit", samples.photos, "--store", "X", "--database", tmp_path / "v.sqlite", "--model", TINY_MODEL)
    assert shelfaudit(*audit, "--date", "0206-11-20").code == 2
    answer = shelfaudit(*audit, "--date", "9999-12-31")
    assert answer.code == 0
    assert "future" in answer.err


def test_closed_streams_are_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    try:
        assert cli.run(["visits"], lambda _: 1) == 0
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.close()


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break in another way there")
def test_a_reader_that_leaves_takes_no_result_along(samples: Samples, tmp_path: Path) -> None:
    report = tmp_path / "r.pdf"
    command = [
        *(sys.executable, "-m", "shelfaudit", "audit", str(samples.photos), "--store", "X", "--model", str(TINY_MODEL)),
        *("--database", str(tmp_path / "v.sqlite"), "--report", str(report), "--json"),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read().decode()
    assert process.returncode == 0, said
    assert "bug" not in said
    assert report.is_file()
    with open_database(tmp_path / "v.sqlite") as database:
        assert VisitRepository(database).visits()[0].facings > 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_results_that_cannot_be_printed_are_explained() -> None:
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "shelfaudit", "doctor", "--json", "--model", str(TINY_MODEL)]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1
    assert "cannot be printed" in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
