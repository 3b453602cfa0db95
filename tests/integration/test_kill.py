"""A program that is killed loses no edit that it called saved."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import shelfaudit
from shelfaudit.storage.database import open_database
from shelfaudit.storage.repository import VisitRepository
from tests.storage_makers import a_detected_photo

# Adds facings without end and prints the id of each one as soon as it is called saved.
ENDLESS_EDITS = """
import sys
from pathlib import Path
from shelfaudit.domain import edits
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.visit import Facing, new_facing_id
from shelfaudit.storage.database import open_database
from shelfaudit.storage.repository import VisitRepository

repository = VisitRepository(open_database(Path(sys.argv[1])))
while True:
    facing = Facing(new_facing_id(), Box(0, 0, 10, 20))
    repository.save_edit(int(sys.argv[2]), edits.add(facing))
    print(facing.id, flush=True)
"""


@pytest.mark.parametrize("edits_before_the_kill", [1, 25])
def test_a_killed_program_loses_no_saved_edit(tmp_path: Path, edits_before_the_kill: int) -> None:
    file = tmp_path / "visits.sqlite"
    with open_database(file) as database:
        photo = a_detected_photo(VisitRepository(database))
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS_EDITS, str(file), str(photo.id)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(shelfaudit.__file__).parents[1])},
    )
    assert process.stdout is not None
    saved = [process.stdout.readline().strip() for _ in range(edits_before_the_kill)]
    process.kill()
    saved += process.stdout.read().split()
    process.stdout.close()
    process.wait()
    assert len(saved) >= edits_before_the_kill
    assert all(saved)
    with open_database(file) as database:
        repository = VisitRepository(database)
        stored = [facing.id for facing in repository.photo(photo.id).facings]
        counts = repository.edit_counts(photo.visit_id)
    start = [facing.id for facing in photo.facings]
    assert stored[: len(start)] == start
    # One more may have been saved but not yet printed.
    assert stored[len(start) :][: len(saved)] == saved
    assert len(stored) - len(start) - len(saved) in (0, 1)
    assert sum(counts.values()) == len(stored) - len(start)
