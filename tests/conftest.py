"""What every test stands on: no display, a home of its own, no thread and no stray log line left behind."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

# Before anything imports Qt.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import hypothesis
import pytest

from shelfaudit import paths
from shelfaudit.storage.database import Database, open_database
from shelfaudit.storage.repository import VisitRepository

THREAD_GRACE_S = 5.0

# A busy machine must not fail a test.
hypothesis.settings.register_profile("shelfaudit", deadline=None)
hypothesis.settings.load_profile("shelfaudit")


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder and a log of the test's own: no test may touch the user's visits."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setattr(paths, "user_data_dir", lambda: folder / "data")
    monkeypatch.setattr(paths, "log_file", lambda: folder / "log" / "shelfaudit.log")
    return folder


@pytest.fixture(autouse=True)
def _no_leaked_threads(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every Python thread that a test starts must be gone soon after it (libraries of the training extra aside)."""
    before = set(threading.enumerate())
    yield
    if request.node.get_closest_marker("training") is not None:
        return
    deadline = time.monotonic() + THREAD_GRACE_S
    while leaked := [thread for thread in threading.enumerate() if thread not in before]:
        if time.monotonic() > deadline:
            pytest.fail(f"leaked threads: {', '.join(thread.name for thread in leaked)}")
        leaked[0].join(timeout=0.05)


@pytest.fixture(autouse=True)
def _no_stray_logging(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A warning or error in the log fails the test; one that expects it checks `caplog` and calls `caplog.clear()`."""
    yield
    if request.node.get_closest_marker("training") is not None:
        return
    stray = [record for record in caplog.get_records("call") if record.levelno >= logging.WARNING]
    if stray:
        pytest.fail("stray logging: " + "; ".join(f"{record.name}: {record.getMessage()}" for record in stray))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Training takes its time, on a busy machine a multiple of it."""
    for item in items:
        if item.get_closest_marker("training") is not None and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(1200))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty database."""
    with open_database(tmp_path / "visits.sqlite") as opened:
        yield opened


@pytest.fixture
def repository(database: Database) -> VisitRepository:
    """The repository of an empty database."""
    return VisitRepository(database)
