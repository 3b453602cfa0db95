"""What the commands share: what they print where, progress, stopping, and the way an error reaches the person.

Results go to stdout, everything else (progress, notes, errors) to stderr.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from types import FrameType

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from shelfaudit import __version__, paths
from shelfaudit.errors import UserError

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


def stdout() -> Console:
    """The console of results. Made anew for each use, because tests and callers exchange the streams."""
    # Text that goes into a file or another program must not be cut to the width of a terminal.
    return Console(file=sys.stdout, highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else FILE_WIDTH)


def stderr() -> Console:
    """The console of everything else."""
    return Console(file=sys.stderr, highlight=False, soft_wrap=True)


def print_json(document: Mapping[str, object]) -> None:
    """One JSON object on stdout, in ASCII so that no terminal's encoding can break it."""
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def note(text: str) -> None:
    """A line for the person, on stderr."""
    stderr().print(escape(text))


def warn(text: str) -> None:
    """A line about something that went wrong while the rest goes on."""
    stderr().print(f"[yellow]{escape(text)}[/yellow]")


def print_error(error: UserError) -> None:
    """One red line: what happened, to which file, what to do."""
    stderr().print(f"[bold red]error:[/bold red] [red]{escape(error.message)}[/red]")


def print_bug(error: BaseException) -> None:
    """Say that this is our mistake, and where the traceback is."""
    kind = type(error).__name__
    where = _write_traceback(error)
    stderr().print(f"[bold red]This is a bug in shelfaudit {__version__}:[/bold red] {escape(f'{kind}: {error}')}")
    if where is not None:
        note(f"The details are in {where}. Please send us that file and say what you did.")
    else:
        note("".join(traceback.format_exception(error)))


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
def stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """A cancel check that becomes true at the first Ctrl-C, so that what is finished is kept; the second one kills."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return

    def ask(_signal: int, _frame: FrameType | None) -> None:
        asked.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        note("Stopping after this photo; what is finished is kept. Press Ctrl-C again to stop at once.")

    previous = signal.signal(signal.SIGINT, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, previous)


def finish(code: ExitCode) -> None:
    """End the command with this code (0 needs no call)."""
    if code is not ExitCode.DONE:
        raise typer.Exit(int(code))
