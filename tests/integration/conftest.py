"""A real database in a folder of its own, for every integration test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shelfaudit.storage.database import Database, open_database
from shelfaudit.storage.repository import VisitRepository


@pytest.fixture
def database_file(tmp_path: Path) -> Path:
    """Where the test's database is: in a folder that does not exist yet, with names as they occur."""
    return tmp_path / "Prüf-Markt №1" / "visits 100 % #1.sqlite"


@pytest.fixture
def database(database_file: Path) -> Iterator[Database]:
    with open_database(database_file) as database:
        yield database


@pytest.fixture
def repository(database: Database) -> VisitRepository:
    return VisitRepository(database)
