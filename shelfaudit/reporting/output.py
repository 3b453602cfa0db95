"""Writing files so that a failure leaves the old file, never half of a new one."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from shelfaudit.errors import OutputError


@contextlib.contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """A temporary file in the folder of `file`; it takes that place when the block ends without an error.

    The folder is created where it is missing.

    Raises:
        OutputError: the file cannot be written there (no permission, a full disk, open in another program).
    """
    temporary: Path | None = None
    try:
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


def _explained(error: OSError, file: Path) -> OutputError:
    if isinstance(error, PermissionError):
        advice = "If it is open in another program, close it there and try again; otherwise choose another folder."
        return OutputError("The file cannot be written.", advice=advice, file=file)
    if isinstance(error, IsADirectoryError) or file.is_dir():
        return OutputError("There is a folder of this name.", advice="Choose another name.", file=file)
    reason = error.strerror or type(error).__name__
    return OutputError(f"The file cannot be written ({reason}).", advice="Choose another place.", file=file)
