"""The command line entered by `main()`, on sample photos."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shelfaudit.__main__ import main
from shelfaudit.samples import write_reference_crops, write_sample_visit


@dataclass(frozen=True)
class Answer:
    """What a command left: its exit code and both streams."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """Stdout as the one JSON object it must be."""
        document = json.loads(self.out)
        assert isinstance(document, dict)
        return document


Shelfaudit = Callable[..., Answer]


@pytest.fixture
def shelfaudit(capsys: pytest.CaptureFixture[str]) -> Shelfaudit:
    """Run one command line."""

    def run(*arguments: object) -> Answer:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return run


@dataclass(frozen=True)
class Samples:
    """A folder of sample photos with what is truly in them, and reference pictures of the products."""

    photos: Path
    catalogue: Path


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    """Two sample photos in a folder with a name that is not ASCII, made once."""
    folder = tmp_path_factory.mktemp("samples")
    samples = Samples(folder / "Prüf-Markt №1", folder / "catalogue")
    write_sample_visit(samples.photos, seed=3, photos=2)
    write_reference_crops(samples.catalogue)
    return samples
