"""The folder of a training run: what was wanted, with which versions and data, how it went, and what came out.

`config.toml` (every setting), `versions.json`, `data.json`, `metrics.jsonl` (the history, a line for each entry),
`history.png`, `last.npz` and `best.npz` (checkpoints), `tensorboard/`, and `finished.json` once the run is over.
"""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections.abc import Mapping
from pathlib import Path

from shelfaudit import __version__
from shelfaudit.errors import UserError
from shelfaudit.training.config import TrainingConfig, config_text, plain, read_config

CHANGEABLE = {"minutes", "steps", "evaluations", "early_stopping", "checkpoint_minutes", "log_steps", "devices"} | {
    "cache_megabytes",
    "export",
    "name",
    "run_dir",
}
"""Settings that may change before a run goes on: none of them alters what the checkpoint holds."""

_LIBRARIES = ("keras", "tensorflow-cpu", "tensorflow", "jax", "torch", "numpy", "opencv-python-headless", "pycocotools")


class RunFolder:
    """Reads and writes a run's folder, in files that are replaced whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def config_file(self) -> Path:
        return self.folder / "config.toml"

    @property
    def last(self) -> Path:
        """The newest checkpoint."""
        return self.folder / "last.npz"

    @property
    def best(self) -> Path:
        """The checkpoint that evaluated best."""
        return self.folder / "best.npz"

    @property
    def metrics(self) -> Path:
        """The history as JSON lines."""
        return self.folder / "metrics.jsonl"

    @property
    def plot(self) -> Path:
        return self.folder / "history.png"

    @property
    def tensorboard(self) -> Path:
        return self.folder / "tensorboard"

    @property
    def finished_mark(self) -> Path:
        return self.folder / "finished.json"

    @property
    def finished(self) -> bool:
        """Whether the run is over: its budget is used up, or it was stopped early by its validation scores."""
        return self.finished_mark.exists()

    def config(self) -> TrainingConfig:
        """The configuration as run. Raises UserError."""
        return read_config(self.config_file)

    def open(self, config: TrainingConfig, data: Mapping[str, object], backend: str) -> None:
        """Make the folder, or check that what is in it was made with this configuration.

        Raises:
            UserError: the folder cannot be written, or belongs to another configuration.
        """
        if self.last.exists() and self.config_file.exists():
            self._check_same(config)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.finished_mark.unlink(missing_ok=True)
            self._write(self.config_file, config_text(config))
            self._write_json(self.folder / "versions.json", versions(backend))
            self._write_json(self.folder / "data.json", data)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise UserError(f"The run's folder cannot be written ({reason}).", file=self.folder) from error

    def _check_same(self, config: TrainingConfig) -> None:
        before, now = plain(self.config()), plain(config)
        changed = [
            name
            for name in sorted(before.keys() | now.keys())
            if name not in CHANGEABLE and before.get(name) != now.get(name)
        ]
        if changed:
            raise UserError(
                f"This run was started with other settings ({', '.join(changed)}).",
                advice="Name another run_dir, or delete this folder.",
                file=self.folder,
            )

    def record(self, entry: Mapping[str, object]) -> None:
        """Add a line to the history."""
        with self.metrics.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")

    def history(self) -> list[dict[str, object]]:
        """The history, oldest entry first; a line that a crash cut off is left out."""
        if not self.metrics.exists():
            return []
        entries = []
        for line in self.metrics.read_text(encoding="utf-8").splitlines():
            try:
                entries.append(json.loads(line))
            except ValueError:
                continue
        return entries

    def forget_after(self, step: int) -> None:
        """Drop the history of later steps, which a run that goes on from an older checkpoint makes again."""
        kept = [entry for entry in self.history() if int(str(entry["step"])) <= step]
        if self.metrics.exists():
            self._write(self.metrics, "".join(json.dumps(entry) + "\n" for entry in kept))

    def finish(self, result: Mapping[str, object]) -> None:
        """Mark the run as over."""
        self._write_json(self.finished_mark, result)

    def _write_json(self, file: Path, document: Mapping[str, object]) -> None:
        self._write(file, json.dumps(document, indent=2, ensure_ascii=False) + "\n")

    def _write(self, file: Path, text: str) -> None:
        partial = file.with_name(f"{file.name}.partial")
        partial.write_text(text, encoding="utf-8")
        partial.replace(file)


def versions(backend: str) -> dict[str, object]:
    """What the run was made with."""
    libraries: dict[str, str] = {}
    for library in _LIBRARIES:
        try:
            libraries[library] = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "shelfaudit": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "backend": backend,
        "libraries": libraries,
    }
