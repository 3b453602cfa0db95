"""What the tests of windows stand on."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _collect_in_the_ui_thread() -> Iterator[None]:
    """No worker thread of this or a later test deletes a widget of this one (see `shelfaudit.gui.garbage`)."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()
