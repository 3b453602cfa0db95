"""TensorFlow writes pages for its own makers to stderr, past Python."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Nothing reaches stderr inside the block; errors are raised all the same."""
    try:
        stream = sys.stderr.fileno()
    except (AttributeError, OSError, ValueError):  # a test's or a window's stderr is no file
        yield
        return
    sys.stderr.flush()
    kept, nowhere = os.dup(stream), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream)
    try:
        yield
    finally:
        os.dup2(kept, stream)
        os.close(kept)
        os.close(nowhere)
