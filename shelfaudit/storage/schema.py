"""The schema's versions: recognising whose file it is, and bringing an older one up to date.

To change the schema: change `tables.py`, and write the next `migrations/versions/000N_what.py` after the first one.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from shelfaudit.errors import StorageError
from shelfaudit.storage.failures import DAMAGED, NOT_A_DATABASE

MIGRATIONS = Path(__file__).resolve().parent / "migrations"

# "shau" in the file's header says whose database it is.
APPLICATION_ID = 0x73686175


def upgrade(connection: Connection, file: Path, migrations: Path = MIGRATIONS) -> None:
    """Brings the schema to the newest revision, inside the connection's transaction.

    The database `file` is copied to `<file>.bak-<revision>` before an existing one is changed.

    Raises:
        StorageError: the database is newer than this program, or was not made by it.
    """
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    revision = _revision(connection, file)
    newest = scripts.get_current_head()
    if revision == newest:
        # Changes nothing, but fails where the file is write-protected: better now than at the first edit.
        connection.exec_driver_sql("DELETE FROM alembic_version WHERE 0")
        return
    if revision is not None:
        if revision not in {script.revision for script in scripts.walk_revisions()}:
            raise StorageError(
                f"This database was written by a newer shelfaudit (its schema is {revision}, this program knows "
                f"up to {newest}).",
                advice="Update the program, or name another file with --database.",
                file=file,
            )
        _back_up(file, file.with_name(f"{file.name}.bak-{revision}"))
    command.upgrade(config, "head")


def _revision(connection: Connection, file: Path) -> str | None:
    """The revision in the database; None where it is still empty."""
    if not inspect(connection).get_table_names():
        return None
    if connection.exec_driver_sql("PRAGMA application_id").scalar_one() != APPLICATION_ID:
        what, advice = NOT_A_DATABASE
        raise StorageError(what, advice=advice, file=file)
    revision: str | None = MigrationContext.configure(connection).get_current_revision()
    if revision is None:
        what, advice = DAMAGED
        raise StorageError(what, advice=advice, file=file)
    return revision


def _back_up(file: Path, copy: Path) -> None:
    """Copies the last saved state, including what is still in the write-ahead log."""
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
