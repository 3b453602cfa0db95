"""A function in a process of its own: what it does to that process, the application survives."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from shelfaudit.errors import ModelError, UserError

Answer = TypeVar("Answer")

STOP_SECONDS = 2.0


def run_isolated(function: Callable[[Path], Answer], file: Path, seconds: float) -> Answer:
    """`function(file)` in a fresh process.

    function: of a module's top level; its answer must be picklable.

    Raises:
        ModelError: as the function did, or the process broke down, or was not done after `seconds`.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(sender, function, file), daemon=True)
    process.start()
    sender.close()
    try:
        if not receiver.poll(seconds):
            raise ModelError(f"Running it takes longer than {seconds:.0f} seconds.", advice=_NOT_THIS, file=file)
        outcome = receiver.recv()
    except EOFError as error:
        raise ModelError("Running it brings the TFLite runtime down.", advice=_NOT_THIS, file=file) from error
    finally:
        receiver.close()
        _end(process)
    if isinstance(outcome, _Refusal):
        raise ModelError(outcome.what, advice=outcome.advice, file=file)
    answer: Answer = outcome
    return answer


_NOT_THIS = "Take another model."


class _Refusal:
    """A user error on its way between two processes."""

    def __init__(self, what: str, advice: str) -> None:
        self.what, self.advice = what, advice


def _answer(sender: Connection, function: Callable[[Path], Any], file: Path) -> None:
    # The runtime writes what it thinks of a file to stderr, past Python.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            os.dup2(nowhere, stream.fileno())
    try:
        outcome: Any = function(file)
    except UserError as error:
        outcome = _Refusal(error.what, error.advice)
    sender.send(outcome)
    sender.close()


def _end(process: multiprocessing.process.BaseProcess) -> None:
    """See that the process is gone."""
    process.join(STOP_SECONDS)
    if process.is_alive():
        process.kill()
        process.join()
    process.close()
