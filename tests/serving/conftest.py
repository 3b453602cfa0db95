"""Servers that end with the test or, where none of the tests changes them, with the file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from shelfaudit.detection.detector import load_detector
from tests.fixtures import TINY_MODEL

if TYPE_CHECKING:
    from shelfaudit.usecases.ports import PhotoDetector
    from tests.serving.servers import RunningServer, StartServer


@pytest.fixture
def start_server() -> Iterator[StartServer]:
    """Starts servers that end with the test."""
    from tests.serving.servers import running_server  # needs the extra `serve`

    with ExitStack() as stack:

        def start(detector: PhotoDetector | None = None, **options: object) -> RunningServer:
            context = running_server(detector or load_detector(TINY_MODEL), **options)  # type: ignore[arg-type]
            return stack.enter_context(context)

        yield start


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    """A server with the tiny model, shared by the tests of a file."""
    from tests.serving.servers import running_server

    with running_server(load_detector(TINY_MODEL), requests_per_minute=0) as running:
        yield running
