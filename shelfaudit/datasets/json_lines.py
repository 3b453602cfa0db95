"""Files with a JSON object on each line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shelfaudit.datasets.builder import DatasetBuilder
from shelfaudit.datasets.dataset import DatasetError
from shelfaudit.datasets.problems import ProblemKind


def read_json_lines(file: Path, builder: DatasetBuilder) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects with their place; a line that is none is reported. A file that is one list of them is read as well.

    Raises:
        DatasetError: the file cannot be read.
    """
    try:
        with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="\n") as lines:
            for number, line in enumerate(lines, start=1):
                if number == 1 and line.lstrip().startswith("["):
                    yield from _entries(line + lines.read(), builder)
                elif line.strip():
                    yield from _entry(line, f"line {number}", builder)
    except OSError as error:
        raise DatasetError(f"The labels cannot be read ({error.strerror}).", file=file) from error


def _entry(text: str, place: str, builder: DatasetBuilder) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError) as error:
        builder.report(ProblemKind.ENTRY_INVALID, place, f"The line is no JSON ({error}); left out.")
        return
    if isinstance(entry, dict):
        yield place, entry
    else:
        builder.report(ProblemKind.ENTRY_INVALID, place, "The line is no JSON object; left out.")


def _entries(text: str, builder: DatasetBuilder) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError) as error:
        builder.report(ProblemKind.ENTRY_INVALID, "", f"It is no JSON ({error}).")
        return
    for number, entry in enumerate(entries, start=1):
        if isinstance(entry, dict):
            yield f"entry {number}", entry
        else:
            builder.report(ProblemKind.ENTRY_INVALID, f"entry {number}", "It is no JSON object; left out.")
