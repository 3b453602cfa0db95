"""The command line: `run` wires the commands; each calls a use case and prints what came of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from shelfaudit.cli.application import app
from shelfaudit.cli.console import ExitCode, OpenWindow, note, print_bug, print_error
from shelfaudit.errors import Cancelled, UserError

__all__ = ["app", "run"]


def run(arguments: Sequence[str], open_window: OpenWindow) -> int:
    """Run one command line; returns the exit code (see `ExitCode`).

    open_window: opens the desktop application; given by the caller, so that the command line needs no Qt.
    """
    for name in ("stdout", "stderr"):
        # Closed by the caller, or a build without a console: there is nobody to print to, which is no failure.
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123  # for the process
    for stream in (sys.stdout, sys.stderr):
        # A terminal without, say, "№" shall show a "?" rather than break the command.
        if (reconfigure := getattr(stream, "reconfigure", None)) is not None:
            reconfigure(errors="replace")
    try:
        app(args=list(arguments), prog_name="shelfaudit", obj=open_window)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else ExitCode.DONE
    except UserError as error:
        print_error(error)
        return ExitCode.USER_ERROR
    except Cancelled:
        note("Stopped; what was finished is kept.")
        return ExitCode.STOPPED
    except KeyboardInterrupt:
        return ExitCode.STOPPED
    except Exception as error:  # the funnel: whatever gets here is a bug
        print_bug(error)
        return ExitCode.BUG
    return ExitCode.DONE
