"""What the commands share: what they print where, progress, stopping, and the way an error reaches the person.

Results go to stdout, everything else (progress, notes, errors) to stderr.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
import traceback
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from types import FrameType
from typing import IO, Any, TextIO

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

from shelfaudit import __version__, paths
from shelfaudit.errors import Cancelled, OutputError, UserError

OpenWindow = Callable[[list[str]], int]
"""Opens the desktop application with these arguments; returns its exit code."""

FILE_WIDTH = 200


class ExitCode(IntEnum):
    """What the process tells its caller."""

    DONE = 0
    USER_ERROR = 1
    USAGE = 2
    SOME_PHOTOS_FAILED = 3
    BUG = 70  # EX_SOFTWARE of sysexits.h
    STOPPED = 130  # 128 + SIGINT, as shells report it


class PlainConsole(Console):
    """Shows every text as it is: names of stores, brands and files come from outside, and are no markup.

    Where the reader has gone (`shelfaudit visits | head -1`), what is still to be said is dropped and the work goes on.
    """

    def __init__(self, stream: TextIO, **options: Any) -> None:
        super().__init__(file=stream, markup=False, emoji=False, highlight=False, soft_wrap=True, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(visible(text), **options)

    def on_broken_pipe(self) -> None:
        send_nowhere(self.file)


def stdout() -> Console:
    """The console of results. Made anew for each use, because tests and callers exchange the streams."""
    # Text that goes into a file or another program must not be cut to the width of a terminal.
    return PlainConsole(sys.stdout, width=None if sys.stdout.isatty() else FILE_WIDTH)


def stderr() -> Console:
    """The console of everything else."""
    return PlainConsole(sys.stderr)


def visible(text: str) -> str:
    """Control characters (a file name may hold commands for the terminal) and broken ones as readable escapes."""
    return "".join(
        repr(character)[1:-1] if unicodedata.category(character) in {"Cc", "Cs"} else character for character in text
    )


def send_nowhere(stream: IO[str]) -> None:
    """Whatever is written to this stream of the process from now on is dropped."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


@contextmanager
def _writing_results() -> Iterator[None]:
    """Sees writing to stdout through. Raises OutputError where it cannot be written, say into a file on a full disk."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        send_nowhere(sys.stdout)
    except OSError as error:
        send_nowhere(sys.stdout)
        reason = error.strerror or type(error).__name__
        raise OutputError(f"The results cannot be printed ({reason}).", advice="Make room and try again.") from error


def print_json(document: Mapping[str, object]) -> None:
    """One JSON object on stdout, in ASCII so that no terminal's encoding can break it."""
    with _writing_results():
        sys.stdout.write(json.dumps(document, indent=2) + "\n")


def print_table(table: Table) -> None:
    """A table on stdout."""
    with _writing_results():
        stdout().print(table)


def print_line(text: str | Text) -> None:
    """A line on stdout."""
    with _writing_results():
        stdout().print(text)


@contextmanager
def json_answer(wanted: bool) -> Iterator[Callable[[Mapping[str, object]], None]]:
    """What prints the answer of a command that was asked for JSON, once.

    A command that ends with an error before its answer has `{"error": "…"}` printed instead: whoever reads stdout
    gets one JSON object, whatever happens. Errors after the answer are told by stderr and the exit code alone.
    """
    answered = False

    def answer(document: Mapping[str, object]) -> None:
        nonlocal answered
        answered = True
        print_json(document)

    try:
        yield answer
    except Exception as error:
        if wanted and not answered:
            print_json({"error": _in_words(error)})
        raise


def _in_words(error: Exception) -> str:
    if isinstance(error, UserError):
        return error.message
    if isinstance(error, Cancelled):
        return "Stopped before anything was finished."
    return f"This is a bug in shelfaudit {__version__}: {type(error).__name__}: {error}"


def note(text: str) -> None:
    """A line for the person, on stderr."""
    stderr().print(text)


def warn(text: str) -> None:
    """A line about something that went wrong while the rest goes on."""
    stderr().print(text, style="yellow")


def print_error(error: UserError) -> None:
    """One red line: what happened, to which file, what to do."""
    stderr().print(Text.assemble(("error: ", "bold red"), (visible(error.message), "red")))


def print_bug(error: BaseException) -> None:
    """Say that this is our mistake, and where the traceback is."""
    where = _write_traceback(error)
    stderr().print(
        Text.assemble(
            (f"This is a bug in shelfaudit {__version__}: ", "bold red"), visible(f"{type(error).__name__}: {error}")
        )
    )
    if where is not None:
        note(f"The details are in {where}. Please send us that file and say what you did.")
    else:
        for line in "".join(traceback.format_exception(error)).splitlines():
            note(line)


def _write_traceback(error: BaseException) -> Path | None:
    file = paths.log_file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as log:
            log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} shelfaudit {__version__}: {' '.join(sys.argv[1:])}\n")
            log.writelines(traceback.format_exception(error))
    except OSError:
        return None
    return file


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress callback that draws a bar with the remaining time and the speed on stderr."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    console = stderr()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None, speed="")

        def report(done: int, total: int) -> None:
            elapsed = bar.tasks[task].elapsed or 0.0
            speed = f"{done / elapsed:.1f}/s" if done and elapsed > 0 else ""
            bar.update(task, completed=done, total=total, speed=speed)

        yield report


@contextmanager
def transfer_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress callback for bytes that draws a bar with size, speed and the remaining time on stderr."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    console = stderr()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None, visible=False)

        def report(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total or None, visible=True)

        yield report


@contextmanager
def stop_on_interrupt(unit: str = "this photo") -> Iterator[Callable[[], bool]]:
    """A cancel check that becomes true at the first Ctrl-C, so that what is finished is kept; the second one kills.

    unit: what the command finishes before it stops.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return

    def ask(_signal: int, _frame: FrameType | None) -> None:
        asked.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        note(f"Stopping after {unit}; what is finished is kept. Press Ctrl-C again to stop at once.")

    previous = signal.signal(signal.SIGINT, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, previous)


def finish(code: ExitCode) -> None:
    """End the command with this code (0 needs no call)."""
    if code is not ExitCode.DONE:
        raise typer.Exit(int(code))
