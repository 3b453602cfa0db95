"""Errors that a person can act on. Everything that is not a `UserError` is a bug."""

from __future__ import annotations

from pathlib import Path


class UserError(Exception):
    """Something outside the program went wrong: says what happened, to which file, and what to do.

    `what` is one sentence without the file's name, `advice` the next step for the person at the screen.
    """

    def __init__(self, what: str, *, advice: str = "", file: Path | None = None) -> None:
        self.what = what
        self.advice = advice
        self.file = file
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """One line: the file, what happened, what to do."""
        named = f"{self.file}: {self.what}" if self.file is not None else self.what
        return f"{named} {self.advice}".strip()


class PhotoError(UserError):
    """A photo cannot be read: missing, damaged, of an unknown kind, or too large."""


class PhotoMissing(PhotoError):
    """There is no such file."""


class PhotoTruncated(PhotoError):
    """The end of a photo's file is missing."""


class ModelError(UserError):
    """A model file is missing, damaged, or not a detector this program can run."""


class StorageError(UserError):
    """The database cannot be opened or written: locked, newer, damaged, read-only or the disk is full."""


class CatalogueError(UserError):
    """A catalogue file or folder does not have the expected form."""


class OutputError(UserError):
    """A report, workbook or other output file cannot be written."""


class CameraError(UserError):
    """No camera, a camera in use by another program, or one that was unplugged."""


class EditConflict(UserError):
    """An edit does not fit the facings it is applied to (they were changed since)."""


class Cancelled(Exception):
    """The person asked a long task to stop. Not an error: what was finished is kept."""
