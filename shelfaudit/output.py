"""Writing files so that a failure leaves the old file, never half of a new one, and no input is overwritten."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from shelfaudit.errors import OutputError


@contextlib.contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """A temporary file in the folder of `file`; it takes that place when the block ends without an error.

    The folder is created where it is missing. Where `file` is a link, what it leads to is replaced.

    Raises:
        OutputError: the file cannot be written there (no permission, a full disk, open in another program), or there
            is a folder or a device of this name.
    """
    temporary: Path | None = None
    try:
        file = Path(os.path.realpath(file)) if file.is_symlink() else file
        _refuse_other_than_a_file(file)
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            dir=file.parent, prefix=f".{file.stem[:40]}-", suffix=file.suffix, delete=False
        ) as handle:
            temporary = Path(handle.name)
        yield temporary
        # A temporary file is readable by its owner only; a report is meant to be passed on.
        temporary.chmod(0o644)
        temporary.replace(file)
    except OSError as error:
        raise _explained(error, file) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def check_output(file: Path) -> None:
    """Find out before the work whether its result can be written, as far as that can be told; changes nothing.

    Raises:
        OutputError: as `replacing`.
    """
    try:
        _refuse_other_than_a_file(file)
        nearest = next(parent for parent in file.absolute().parents if os.path.lexists(parent))
        if not nearest.is_dir():
            raise OutputError("Its folder is a file.", advice="Choose another folder.", file=file)
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        raise _explained(error, file) from error


def refuse_to_overwrite(inputs: Iterable[Path], file: Path) -> None:
    """See that a result does not take the place of what it is made of: a photo cannot be taken again.

    Raises:
        OutputError: `file` is one of `inputs`.
    """
    place = Path(os.path.realpath(file))
    for given in inputs:
        # The names first: following links costs a look at the disk for each of thousands of photos.
        if given.name.casefold() == place.name.casefold() and Path(os.path.realpath(given.parent)) == place.parent:
            raise OutputError(
                "This file is needed, and would be overwritten.", advice="Name another file for the result.", file=file
            )


def _refuse_other_than_a_file(file: Path) -> None:
    """Raises OutputError for a folder and for a device, which would be replaced; OSError for an impossible name."""
    try:
        mode = file.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    if stat.S_ISDIR(mode):
        raise OutputError("This is a folder.", advice="Name a file in it.", file=file)
    if not stat.S_ISREG(mode):
        raise OutputError("This is a device, not a file.", advice="Name a file.", file=file)


def _explained(error: OSError, file: Path) -> OutputError:
    if isinstance(error, PermissionError):
        advice = "If it is open in another program, close it there and try again; otherwise choose another folder."
        return OutputError("The file cannot be written.", advice=advice, file=file)
    reason = error.strerror or type(error).__name__
    return OutputError(f"The file cannot be written ({reason}).", advice="Choose another place.", file=file)
