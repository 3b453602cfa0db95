"""Opening a database, and every way in which that or a write can fail, in words a person can act on."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import IntegrityError

from shelfaudit.domain import edits
from shelfaudit.domain.catalogue import Brand, Catalogue
from shelfaudit.errors import StorageError
from shelfaudit.storage.database import Database, open_database
from shelfaudit.storage.failures import explained
from shelfaudit.storage.repository import VisitRepository
from shelfaudit.storage.schema import MIGRATIONS
from shelfaudit.storage.tables import Base
from tests.storage_makers import a_detected_photo, a_visit, unit_vectors

NEWEST = max(script.name[:4] for script in (MIGRATIONS / "versions").glob("0*.py"))
NEXT = f"{int(NEWEST) + 1:04}"
NEXT_REVISION = """
from alembic import op

revision = "{next}"
down_revision = "{newest}"


def upgrade() -> None:
    op.execute("CREATE TABLE gap (id INTEGER PRIMARY KEY)")
    {rest}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """In a folder that does not exist yet, with names as they occur."""
    return tmp_path / "Prüf-Markt №1" / "日本 100 % #1.sqlite"


def later_migrations(folder: Path, rest: str = "") -> Path:
    """The scripts of a program one revision ahead of this one."""
    scripts = shutil.copytree(MIGRATIONS, folder / "later %(x)s", ignore=shutil.ignore_patterns("__pycache__"))
    text = NEXT_REVISION.format(rest=rest, newest=NEWEST, next=NEXT)
    (scripts / "versions" / f"{NEXT}_gaps.py").write_text(text, encoding="utf-8")
    return scripts


def rows(file: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


@contextmanager
def another_program_writing(file: Path) -> Iterator[None]:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


def test_an_edit_told_as_saved_survives_a_power_cut(database: Database) -> None:
    """SQLite documents that in WAL mode only synchronous=FULL (2) has each commit on the disk."""
    with database.writing() as session:
        pragmas = {
            name: session.connection().exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


def test_any_file_name_will_do(file: Path) -> None:
    for _ in range(2):
        with open_database(file) as database:
            a_visit(VisitRepository(database))
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert rows(file, "SELECT count(*) FROM visit") == [(2,)]


def test_an_empty_file_becomes_a_database(file: Path) -> None:
    file.parent.mkdir()
    file.touch()
    with open_database(file) as database:
        assert VisitRepository(database).visits() == []


def schema(file: Path) -> set[tuple[object, ...]]:
    """Tables with their columns and constraints, and indexes; a column that was added stands behind the constraints,
    which makes no difference."""
    query = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND name != 'alembic_version'"
    return {(kind, name, *sorted(parts(str(sql)))) for kind, name, sql in rows(file, query)}


def parts(sql: str) -> list[str]:
    """What stands between the commas of a CREATE statement, each on one line."""
    body = " ".join(sql.split())
    inner = body[body.find("(") + 1 : body.rfind(")")]
    return [body[: body.find("(")].strip(), body[body.rfind(")") + 1 :], *(part.strip() for part in inner.split(","))]


def test_migrations_lead_to_the_tables_of_the_program(tmp_path: Path) -> None:
    migrated, created = tmp_path / "migrated.sqlite", tmp_path / "created.sqlite"
    open_database(migrated).close()
    engine = create_engine(f"sqlite:///{created}")
    Base.metadata.create_all(engine)
    engine.dispose()

    assert schema(migrated) == schema(created)
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    assert {name for (name,) in rows(migrated, tables)} == set(Base.metadata.tables) | {"alembic_version"}


def test_an_older_database_is_copied_then_brought_up_to_date(file: Path, tmp_path: Path) -> None:
    with open_database(file) as database:
        photo = a_detected_photo(VisitRepository(database))
    with open_database(file, migrations=later_migrations(tmp_path)) as database:
        assert VisitRepository(database).photo(photo.id) == photo
    assert rows(file, "SELECT version_num FROM alembic_version") == [(NEXT,)]
    copy = file.with_name(file.name + f".bak-{NEWEST}")
    assert rows(copy, "SELECT version_num FROM alembic_version") == [(NEWEST,)]
    assert rows(copy, "SELECT count(*) FROM facing") == [(len(photo.facings),)]


def test_a_migration_that_fails_changes_nothing(file: Path, tmp_path: Path) -> None:
    with open_database(file) as database:
        photo = a_detected_photo(VisitRepository(database))
    scripts = later_migrations(tmp_path, rest="raise RuntimeError('half-way')")
    with pytest.raises(RuntimeError, match="half-way"):
        open_database(file, migrations=scripts)
    assert rows(file, "SELECT 1 FROM sqlite_master WHERE name = 'gap'") == []
    with open_database(file) as database:
        assert VisitRepository(database).photo(photo.id) == photo


def test_a_newer_database_is_refused_and_left_alone(file: Path, tmp_path: Path) -> None:
    open_database(file, migrations=later_migrations(tmp_path)).close()
    before = file.read_bytes()
    with pytest.raises(StorageError, match="written by a newer shelfaudit") as refused:
        open_database(file)
    assert refused.value.file == file
    assert "--database" in refused.value.advice
    assert NEXT in refused.value.what
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_another_programs_database_is_refused_and_left_alone(file: Path) -> None:
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE visit (id INTEGER PRIMARY KEY)")
    before = file.read_bytes()
    with pytest.raises(StorageError, match="not a shelfaudit database"):
        open_database(file)
    assert file.read_bytes() == before


def test_a_database_without_a_revision_is_damaged_and_left_alone(file: Path) -> None:
    open_database(file).close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DELETE FROM alembic_version")
        connection.commit()
    with pytest.raises(StorageError, match="damaged"):
        open_database(file)


def test_a_file_that_is_no_database_is_refused_and_left_alone(file: Path) -> None:
    file.parent.mkdir()
    file.write_text("sku,name,brand\n" * 200, encoding="utf-8")
    with pytest.raises(StorageError, match="not a shelfaudit database") as refused:
        open_database(file)
    assert str(file) in refused.value.message
    assert file.read_text(encoding="utf-8") == "sku,name,brand\n" * 200


def test_a_damaged_database_is_refused(file: Path) -> None:
    with open_database(file) as database:
        a_detected_photo(VisitRepository(database), 400)
    data = bytearray(file.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    file.write_bytes(data)
    with pytest.raises(StorageError, match="damaged"), open_database(file) as database:
        VisitRepository(database).visits()


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be opened"):
        open_database(tmp_path)


def test_a_file_where_the_folder_should_be(file: Path) -> None:
    file.parent.touch()
    with pytest.raises(StorageError, match="folder of the database cannot be made"):
        open_database(file)


def test_a_database_in_use_is_not_opened(file: Path) -> None:
    open_database(file).close()
    with another_program_writing(file), pytest.raises(StorageError, match="Another program is using"):
        open_database(file, lock_timeout_s=0.05)
    open_database(file).close()


def test_a_write_while_another_program_writes_fails_whole_and_reading_goes_on(file: Path) -> None:
    with open_database(file, lock_timeout_s=0.05) as database:
        repository = VisitRepository(database)
        photo = a_detected_photo(repository)
        with another_program_writing(file):
            with pytest.raises(StorageError, match="Another program is using"):
                repository.save_edit(photo.id, edits.remove(photo.facings))
            assert repository.photo(photo.id) == photo
        repository.save_edit(photo.id, edits.remove(photo.facings))
        assert repository.photo(photo.id).facings == ()


def test_a_write_waits_for_another_program_that_is_soon_done(file: Path) -> None:
    with open_database(file) as database:
        repository = VisitRepository(database)
        written = threading.Event()

        def write() -> None:
            repository.save_ui_state("key", "value")
            written.set()

        with another_program_writing(file):
            thread = threading.Thread(target=write)
            thread.start()
            assert not written.wait(0.2)
        thread.join()
        assert written.is_set()


def test_a_full_disk_is_said_and_nothing_is_half_saved(database: Database) -> None:
    repository = VisitRepository(database)
    photo = a_detected_photo(repository)
    with database.writing() as session:
        pages = session.connection().exec_driver_sql("PRAGMA page_count").scalar_one()
        # SQLite's own limit raises the same error as a full disk, on this connection (the only one in the pool).
        session.connection().exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StorageError, match="disk is full"):
        repository.save_appearances(photo.id, dict.fromkeys((f.id for f in photo.facings), unit_vectors(1, 9000)[0]))
    assert repository.appearances(photo.visit_id)[0] == []
    repository.save_edit(photo.id, edits.remove(photo.facings[:1]))
    assert repository.photo(photo.id).facings == photo.facings[1:]


def test_a_read_only_database_is_said(file: Path) -> None:
    """Opened as SQLite opens a write-protected file: works for root, too, who may write any file."""
    open_database(file).close()
    uri = f"{file.as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(uri, uri=True)) as connection,
        pytest.raises(StorageError, match="cannot be written"),
        explained(file),
    ):
        connection.execute("DELETE FROM visit")


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no such permissions there")
@pytest.mark.parametrize("protected", ["file", "folder"])
def test_a_write_protected_file_or_folder_is_refused(file: Path, protected: str) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    open_database(file).close()
    path, mode = (file, 0o444) if protected == "file" else (file.parent, 0o555)
    path.chmod(mode)
    try:
        with pytest.raises(StorageError):
            open_database(file)
    finally:
        path.chmod(0o755)


def test_a_bug_is_not_explained_away(repository: VisitRepository) -> None:
    with pytest.raises(IntegrityError):
        repository.save_references("no/such-product", unit_vectors(1))


def test_threads_may_share_a_repository(repository: VisitRepository) -> None:
    failures: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for number in range(10):
                repository.save_catalogue(Catalogue.of([Brand(f"{name} {number}")], []))
                assert f"{name} {number}" in repository.catalogue().brands
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(repository.catalogue().brands) == 40
