"""SQLite's failures in words a person can act on, told apart by SQLite's own error code."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from shelfaudit.errors import StorageError

# The upper bits of an extended code say more about the same failure.
_PRIMARY_CODE = 0xFF

_FULL = ("The disk is full; the last change was not saved.", "Free some space on this disk and try again.")
_LOCKED = ("Another program is using the database.", "Close the other program or wait until it has finished.")
_NOT_WRITABLE = (
    "The database cannot be written.",
    "Allow writing to the file and its folder, or name another file with --database.",
)
_NO_ACCESS = ("The database cannot be opened.", "Check the folder and its rights, or name another with --database.")
DAMAGED = ("The database is damaged.", "Restore a copy of it, or name another file with --database.")
_DISK = ("The disk could not be read or written.", "Check that the disk or network drive is still connected.")
NOT_A_DATABASE = ("This is not a shelfaudit database.", "Name another file with --database.")

_FAILURES: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_PROTOCOL: _LOCKED,
    sqlite3.SQLITE_READONLY: _NOT_WRITABLE,
    sqlite3.SQLITE_PERM: _NO_ACCESS,
    sqlite3.SQLITE_AUTH: _NO_ACCESS,
    sqlite3.SQLITE_CANTOPEN: _NO_ACCESS,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_IOERR: _DISK,
    sqlite3.SQLITE_NOTADB: NOT_A_DATABASE,
}


@contextmanager
def explained(file: Path) -> Iterator[None]:
    """Turns a failure of the disk or of another program into a StorageError; a bug passes through unchanged."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        # sqlite3 sets the code only where SQLite itself failed.
        code = getattr(cause, "sqlite_errorcode", None)
        failure = _FAILURES.get(code & _PRIMARY_CODE) if isinstance(code, int) else None
        if failure is None:
            raise
        what, advice = failure
        raise StorageError(what, advice=advice, file=file) from error
