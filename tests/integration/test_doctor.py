"""The doctor's single checks, on things that are ill."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import sqlite3
import sys
from pathlib import Path

import pytest

from shelfaudit import paths
from shelfaudit.errors import StorageError, UserError
from shelfaudit.storage.database import open_database
from shelfaudit.storage.health import check_health
from shelfaudit.storage.repository import VisitRepository
from shelfaudit.usecases import doctor
from tests.unit.fakes import write_photo

TINY_MODEL = Path(__file__).parent.parent / "fixtures" / "tiny.tflite"


def test_all_is_well_with_the_small_model(tmp_path: Path) -> None:
    assert "not there yet" in doctor.check_database(tmp_path / "none.sqlite")
    assert not list(tmp_path.iterdir())
    for check in (doctor.check_program, doctor.check_libraries, doctor.check_settings, doctor.check_resources):
        assert check()
    assert "written and read back" in doctor.check_new_database()
    assert "SHA-256" in doctor.check_model(TINY_MODEL)


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(UserError, match="pillow-heif"):
        doctor.check_libraries()


def test_a_library_without_package_metadata_is_still_well(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_metadata(_name: str) -> str:
        raise importlib.metadata.PackageNotFoundError

    monkeypatch.setattr(importlib.metadata, "version", no_metadata)
    assert "numpy" in doctor.check_libraries()


def test_missing_resources_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "resources_dir", lambda: tmp_path)
    with pytest.raises(UserError, match=r"DejaVuSans\.ttf"):
        doctor.check_resources()


def test_photos_of_a_visit_that_is_gone_are_a_damage(tmp_path: Path) -> None:
    file = tmp_path / "visits.sqlite"
    with open_database(file) as database:
        repository = VisitRepository(database)
        visit = repository.create_visit("Store", "", dt.date(2026, 1, 1), "")
        repository.add_photos(visit.id, [write_photo(tmp_path / f"{number}.jpg") for number in range(2)])
        check_health(database)
    with sqlite3.connect(file) as raw:
        raw.execute("UPDATE photo SET visit_id = 999")
    raw.close()
    with open_database(file) as database, pytest.raises(StorageError, match="damaged"):
        check_health(database)


def test_a_check_that_breaks_down_is_a_failure_and_not_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise ZeroDivisionError("a mistake")

    monkeypatch.setattr(doctor, "check_resources", broken)
    results = {result.name: result for result in doctor.run_checks(TINY_MODEL)}
    assert not results["resources"].healthy
    assert "a mistake" in results["resources"].detail
    assert results["new database"].healthy
