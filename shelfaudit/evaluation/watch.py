"""An evaluation job beside a training run: each new checkpoint in the run's folder is scored.

The run writes checkpoints and goes on; this polls its folder, so that neither waits for the other and each can be
stopped and started alone.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from shelfaudit.datasets.dataset import Dataset
from shelfaudit.detection.detector import Detector
from shelfaudit.errors import OutputError, UserError
from shelfaudit.evaluation.evaluate import evaluate_detector
from shelfaudit.evaluation.results import EvaluationResult, summarise

CHECKPOINT = "last.npz"
"""The newest checkpoint of a run; it is replaced whole."""

FINISHED = "finished.json"
"""What a run leaves when it is over."""

EVALUATIONS = "evaluations.jsonl"
"""The scores of the checkpoints, a JSON object a line; the threshold is the one that counts best on the data set."""

_TICK_S = 0.2


@dataclass(frozen=True)
class Checkpoint:
    """The averaged weights of a checkpoint as a detector; steps and minutes of training behind them."""

    detector: Detector
    step: int
    minutes: float


def watch_run(
    folder: Path,
    open_checkpoint: Callable[[Path], Checkpoint],
    dataset: Dataset,
    dataset_file: Path,
    *,
    once: bool = False,
    poll_seconds: float = 10.0,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[Checkpoint, EvaluationResult]]:
    """Score the checkpoints of a run as they come; each is appended to `EVALUATIONS` in the folder, then yielded.

    Checkpoints that came and went while one was being scored are not scored: the newest is what counts. Steps that are
    in the file already are left out, so that a watch may be stopped and started. It ends when the run is over and its
    last checkpoint is scored, or `cancelled` says so.

    Args:
        open_checkpoint: makes a detector of a checkpoint file.
        once: end after the checkpoint that is there.
        poll_seconds: how often the folder is looked at.

    Raises:
        UserError: there is no such folder, with `once` no checkpoint in it, or a checkpoint cannot be used.
        OutputError: the scores cannot be written.
    """
    if not folder.is_dir():
        raise UserError("There is no such folder of a run.", advice="Name the run_dir of a training.", file=folder)
    file = folder / CHECKPOINT
    seen = ""
    while not cancelled():
        # Asked before the checkpoint is looked at: the last one is written before the run says that it is over.
        over = once or (folder / FINISHED).exists()
        stamp = _stamp(file)
        if stamp and stamp != seen:
            seen = stamp
            checkpoint = open_checkpoint(file)
            if checkpoint.step not in _scored_steps(folder / EVALUATIONS):
                evaluation = evaluate_detector(checkpoint.detector, dataset, progress=progress, cancelled=cancelled)
                if evaluation.stopped:
                    return
                result = summarise(evaluation, checkpoint.detector.info, dataset_file)
                _append(folder / EVALUATIONS, checkpoint, result)
                yield checkpoint, result
        elif once:
            raise UserError("The run has no checkpoint yet.", advice="Wait for its first one.", file=file)
        if over:
            return
        _wait(poll_seconds, cancelled)


def _stamp(file: Path) -> str:
    """What changes when the file is replaced; "" where there is none."""
    try:
        status = file.stat()
    except OSError:
        return ""
    return f"{status.st_mtime_ns} {status.st_size} {status.st_ino}"


def _scored_steps(file: Path) -> set[int]:
    """The steps whose scores are in the file; a line that was cut off is none."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return set()
    except OSError as error:
        raise UserError(f"The scores so far cannot be read ({error.strerror}).", file=file) from error
    steps = set()
    for line in lines:
        try:
            steps.add(int(json.loads(line)["step"]))
        except (ValueError, TypeError, KeyError):
            continue
    return steps


def _append(file: Path, checkpoint: Checkpoint, result: EvaluationResult) -> None:
    threshold, count_error = result.best_threshold
    entry = {
        "step": checkpoint.step,
        "minutes": round(checkpoint.minutes, 2),
        **result.scores.to_json(),
        "threshold": threshold,
        "count_error": round(count_error, 4),
        "intervals": result.intervals.to_json(),
        "images": len(result.photos),
        "failures": len(result.evaluation.failures),
        "time": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }
    try:
        # A line that a crash cut off must not take the next one along.
        cut = file.exists() and not file.read_bytes().endswith(b"\n")
        with file.open("a", encoding="utf-8") as scores:
            scores.write("\n" * cut + json.dumps(entry) + "\n")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError(
            f"The scores cannot be written ({reason}).", advice="Make room, try again.", file=file
        ) from error


def _wait(seconds: float, cancelled: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while not cancelled() and (left := end - time.monotonic()) > 0:
        time.sleep(min(_TICK_S, left))
