"""`shelfaudit` and `python -m shelfaudit`: the window, or a command."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from shelfaudit import cli


def main(argv: Sequence[str] | None = None) -> int:
    """Run with these arguments (default: those of the process); returns the exit code."""
    return cli.run(sys.argv[1:] if argv is None else argv, open_window=_open_window)


def _open_window(arguments: list[str]) -> int:
    # Imported here, so that the commands work on a machine without a display and without Qt's libraries.
    from shelfaudit.app import run_desktop

    return run_desktop(arguments)


if __name__ == "__main__":
    sys.exit(main())
