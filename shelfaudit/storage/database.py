"""One database file: opening it, and transactions on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, Pool

from shelfaudit.errors import StorageError
from shelfaudit.storage.failures import explained
from shelfaudit.storage.schema import MIGRATIONS, upgrade

LOCK_TIMEOUT_S = 5.0

# In WAL mode only synchronous=FULL has a transaction on the disk when the commit returns.
_PRAGMAS = {"foreign_keys": "ON", "synchronous": "FULL"}
# Without foreign keys, as SQLite's documentation asks for: a migration may have to rebuild a table others refer to.
_PRAGMAS_TO_MIGRATE = {"foreign_keys": "OFF", "synchronous": "FULL"}

_BEGIN = "begin_statement"


class Database:
    """An open database. Use `open_database`.

    Threads may share it: each transaction has a connection of its own, and readers do not wait for a writer (WAL).
    """

    def __init__(self, file: Path, engine: Engine) -> None:
        self.file = file
        self._engine = engine
        # Taking the write lock at the start makes SQLite wait for it; taking it half-way fails at once instead.
        self._writing_engine = engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that sees one state of the database and changes nothing. Raises StorageError."""
        with explained(self.file), Session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction, committed at the end and on the disk by then; undone by any exception. Raises StorageError."""
        with explained(self.file), Session(self._writing_engine) as session, session.begin():
            yield session

    def close(self) -> None:
        """Closes every connection; the write-ahead log is merged into the file."""
        self._engine.dispose()

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def open_database(file: Path, *, lock_timeout_s: float = LOCK_TIMEOUT_S, migrations: Path = MIGRATIONS) -> Database:
    """Opens the database, creating it and its folder where missing and bringing an older one up to date.

    An older database is first copied to `<file>.bak-<revision>`. `migrations` is the folder of Alembic scripts.

    Raises:
        StorageError: the file is newer than this program, no shelfaudit database, damaged, locked by another program
            for longer than `lock_timeout_s`, or cannot be written, or the disk is full.
    """
    file = file.absolute()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"The folder of the database cannot be made ({error.strerror or error}).",
            advice="Name another file with --database.",
            file=file,
        ) from error
    with explained(file):
        _upgrade(file, lock_timeout_s, migrations)
    return Database(file, _create_engine(file, lock_timeout_s, _PRAGMAS))


def _upgrade(file: Path, lock_timeout_s: float, migrations: Path) -> None:
    engine = _create_engine(file, lock_timeout_s, _PRAGMAS_TO_MIGRATE, poolclass=NullPool)
    try:
        with engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"}).begin() as connection:
            upgrade(connection, file, migrations)
        _use_write_ahead_log(engine)
    finally:
        engine.dispose()


def _use_write_ahead_log(engine: Engine) -> None:
    """The file keeps this mode, so this does something once in its life; not before it is known to be ours."""
    with closing(engine.raw_connection()) as connection:
        try:
            connection.cursor().execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            # Another program writes just now. Until the next start readers wait for writers; nothing else differs.
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise


def _create_engine(
    file: Path, lock_timeout_s: float, pragmas: Mapping[str, str], poolclass: type[Pool] | None = None
) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        connect_args={"timeout": lock_timeout_s, "check_same_thread": False},
        poolclass=poolclass,
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        # Python's own transaction handling would leave CREATE TABLE outside of the transaction.
        connection.isolation_level = None
        for name, value in pragmas.items():
            connection.execute(f"PRAGMA {name} = {value}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))

    return engine
