"""Is a database whole and can it be written?"""

from __future__ import annotations

from shelfaudit.errors import StorageError
from shelfaudit.storage.database import Database


def check_health(database: Database) -> None:
    """Read every page and take the write lock, changing nothing.

    Raises:
        StorageError: the database is damaged, locked, or cannot be written.
    """
    with database.writing() as session:
        problems = session.connection().exec_driver_sql("PRAGMA integrity_check(3)").scalars().all()
        orphans = session.connection().exec_driver_sql("PRAGMA foreign_key_check").fetchmany(1)
    if problems != ["ok"] or orphans:
        what = "; ".join(str(problem) for problem in problems if problem != "ok") or "rows refer to missing ones"
        raise StorageError(f"The database is damaged ({what}).", advice="Restore a copy of it.", file=database.file)
