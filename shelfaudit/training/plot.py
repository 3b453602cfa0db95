"""The history of a run as a picture: losses, learning rate, validation scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

LOSSES = ("loss", "score_loss", "box_loss")
SCORES = ("AP", "AP50", "AP75", "count_error")


def plot_history(history: Sequence[Mapping[str, Any]], title: str, file: Path) -> None:
    """Write the plot of a history (see `run_folder.RunFolder.history`) as PNG."""
    training = [entry for entry in history if "loss" in entry]
    validation = [entry for entry in history if "validation" in entry]
    # Without pyplot: no window system is touched, and nothing is kept open.
    figure = Figure(figsize=(10, 7), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title)
    losses, scores = cast("Sequence[Axes]", figure.subplots(2, 1, sharex=True))
    for name in LOSSES:
        losses.plot(_steps(training), [entry[name] for entry in training], label=name.replace("_", " "))
    with_loss = [entry for entry in validation if "loss" in entry["validation"]]
    losses.plot(_steps(with_loss), [entry["validation"]["loss"] for entry in with_loss], "o--", label="validation loss")
    losses.set_ylabel("loss per product")
    losses.set_ylim(bottom=0)
    rates = losses.twinx()
    rates.plot(
        _steps(training), [entry["learning_rate"] for entry in training], color="gray", linestyle=":", linewidth=1
    )
    rates.set_ylabel("learning rate (dotted)")
    for name in SCORES:
        scores.plot(
            _steps(validation), [entry["validation"][name] for entry in validation], "o-", label=name.replace("_", " ")
        )
    scores.set_ylabel("validation")
    scores.set_ylim(0, 1)
    scores.set_xlabel("step")
    for axes in (losses, scores):
        axes.grid(alpha=0.3)
        axes.legend(loc="upper right" if axes is losses else "lower right")
    partial = file.with_name(f"{file.stem}.partial.png")
    figure.savefig(partial)
    partial.replace(file)


def _steps(entries: Sequence[Mapping[str, Any]]) -> list[int]:
    return [entry["step"] for entry in entries]
