"""`shelfaudit train`: a training run from its configuration."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shelfaudit.cli import console
from shelfaudit.cli.console import ExitCode
from shelfaudit.cli.extras import require_extra
from shelfaudit.cli.options import Json

if TYPE_CHECKING:
    from shelfaudit.training.checkpoint import Progress
    from shelfaudit.training.config import TrainingConfig
    from shelfaudit.training.learner import Losses
    from shelfaudit.training.train import Run, RunResult


def train(
    config: Annotated[
        Path, typer.Argument(metavar="CONFIG.toml", help="What to train; see docs/training.md.", show_default=False)
    ],
    run_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the run.", show_default="the configuration's")
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            min=0.01,
            metavar="M",
            help="Budget by the clock (alone: no limit of steps).",
            show_default="the configuration's",
        ),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Budget in steps (alone: no limit of time).", show_default="the configuration's"
        ),
    ] = None,
    devices: Annotated[
        str | None,
        typer.Option(metavar="N|all", help="How many GPUs share a batch.", show_default="the configuration's"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Train a detector. Started again, it goes on from the run's last checkpoint. Needs the extra `train`.

    Example: `shelfaudit train shelfaudit/training/configs/samples.toml` learns to find packs on drawn shelves, in about
    six minutes.

    What comes out: the run's folder with checkpoints (`last.npz`, `best.npz`), history (`metrics.jsonl`,
    `history.png`, `tensorboard`), configuration, versions and data as run, and `finished.json` at the end. Ctrl-C saves
    and stops; the same command goes on. `KERAS_BACKEND=jax` (or torch) trains with another backend than TensorFlow.
    """
    require_extra("train", "keras", "pydantic", "tomli_w", "tensorboard", "matplotlib", "pycocotools")
    from shelfaudit.training.config import read_config

    with console.json_answer(as_json) as answer:
        wanted = with_options(read_config(config), run_dir, minutes, steps, devices)
        with console.stop_on_interrupt("this step") as cancelled:
            run, result = train_with_progress(wanted, cancelled)
        if as_json:
            answer(result_document(run, result))
    say_how_it_went(run, result, config)
    console.finish(ExitCode.DONE if result.finished else ExitCode.STOPPED)


def with_options(
    config: TrainingConfig, run_dir: Path | None, minutes: float | None, steps: int | None, devices: str | None
) -> TrainingConfig:
    """The configuration with what the command line says otherwise."""
    if run_dir is not None:
        config = dataclasses.replace(config, run_dir=run_dir)
    if minutes is not None or steps is not None:
        config = dataclasses.replace(config, minutes=minutes, steps=steps)
    if devices == "all":
        return dataclasses.replace(config, devices="all")
    if devices is None:
        return config
    if not devices.isascii() or not devices.isdigit() or int(devices) < 1:
        raise typer.BadParameter(f"{devices!r} is neither a number of devices nor 'all'.", param_hint="--devices")
    return dataclasses.replace(config, devices=int(devices))


def train_with_progress(config: TrainingConfig, cancelled: Callable[[], bool]) -> tuple[Run, RunResult]:
    """Make the run and train it, with a bar on stderr. Raises UserError, Cancelled."""
    from shelfaudit.training.train import Run

    with console.progress_bar("Drawing sample shelves") as report:
        run = Run(config, report)
    if run.progress.step:
        console.note(f"Goes on at step {run.progress.step}.")
    with training_bar() as show:
        return run, run.train(show, cancelled)


@contextmanager
def training_bar() -> Iterator[Callable[[float, Progress, Losses], None]]:
    """A bar with step, loss and remaining time on stderr."""
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("step {task.fields[step]}, loss {task.fields[loss]}, {task.fields[speed]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    screen = console.stderr()
    with Bar(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task("Training", total=1.0, step=0, loss="–", speed="")
        smoothed: float | None = None
        first: Progress | None = None

        def show(fraction: float, progress: Progress, losses: Losses) -> None:
            nonlocal smoothed, first
            first = first or progress
            # One batch's loss jumps about; what matters is where it goes.
            smoothed = losses["loss"] if smoothed is None else 0.95 * smoothed + 0.05 * losses["loss"]
            seconds = progress.seconds - first.seconds
            speed = f"{(progress.step - first.step) / seconds:.1f} steps/s" if seconds > 0 else ""
            bar.update(task, completed=fraction, step=progress.step, loss=f"{smoothed:.3f}", speed=speed)

        yield show


def say_how_it_went(run: Run, result: RunResult, config_file: Path) -> None:
    """Scores, where everything is, and how to go on."""
    progress = result.progress
    spent = f"step {progress.step}, {progress.seconds / 60:.1f} minutes"
    if not result.finished:
        console.note(f"Stopped at {spent}; saved in {run.folder.folder}.")
        console.note(f"To go on: shelfaudit train {config_file} (with the same options)")
        return
    why = "Stopped early, validation has not become better" if result.stopped_early else "Finished"
    console.note(f"{why}: {spent}; everything is in {run.folder.folder}.")
    if result.scores is not None:
        names = ("AP", "AP50", "AP75", "count_error", "loss")
        console.note("Validation: " + ", ".join(f"{name} {result.scores[name]:.3f}" for name in names))
    if progress.best is not None:
        metric = run.config.early_stopping.metric
        console.note(f"Best {metric}: {progress.best:.3f} at step {progress.best_step}, kept in {run.folder.best}.")


def result_document(run: Run, result: RunResult) -> dict[str, object]:
    """The JSON object of `--json`."""
    progress = result.progress
    return {
        "run_dir": str(run.folder.folder),
        "finished": result.finished,
        "stopped_early": result.stopped_early,
        "step": progress.step,
        "minutes": round(progress.seconds / 60, 2),
        "labels": list(run.data.labels),
        "scores": dict(result.scores) if result.scores is not None else None,
        "best": {"metric": run.config.early_stopping.metric, "value": progress.best, "step": progress.best_step}
        if progress.best is not None
        else None,
    }
