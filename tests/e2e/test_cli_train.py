"""`shelfaudit train` from its configuration to its folder."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shelfaudit import cli

pytestmark = [pytest.mark.training, pytest.mark.filterwarnings("default"), pytest.mark.timeout(1800)]

CONFIG = """
name = "tiny"
run_dir = "{folder}/Läufe/run"
steps = {steps}
validation_share = 0.4
input_size = 64
evaluation_size = 128
batch_size = 2
evaluations = 1
log_steps = 1
[network]
width = 0.25
pyramid_channels = 16
repeats = 1
[[data]]
samples = {{ photos = 4, width = 160, height = 120, folder = "{folder}/shelves" }}
"""


def no_window(_arguments: list[str]) -> int:
    raise AssertionError("no window was asked for")


def write_config(folder: Path, steps: int) -> Path:
    file = folder / "run.toml"
    file.write_text(CONFIG.format(folder=folder.as_posix(), steps=steps), encoding="utf-8")
    return file


def needs_training() -> None:
    for module in ("keras", "tensorflow", "tensorboard", "matplotlib", "tomli_w"):
        pytest.importorskip(module, reason="needs the extra `train`")


def test_a_run_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needs_training()
    config = write_config(tmp_path, steps=2)
    assert cli.run(["train", str(config), "--json"], no_window) == 0
    captured = capsys.readouterr()
    result = json.loads(captured.out)
    assert (result["finished"], result["step"], result["labels"]) == (True, 2, ["product"])
    assert {"AP", "AP50", "loss"} <= result["scores"].keys()
    run = tmp_path / "Läufe" / "run"
    assert {file.name for file in run.iterdir()} == {
        "config.toml",
        "versions.json",
        "data.json",
        "metrics.jsonl",
        "history.png",
        "last.npz",
        "best.npz",
        "tensorboard",
        "finished.json",
    }
    assert "Finished: step 2" in captured.err

    assert cli.run(["train", str(config), "--steps", "3"], no_window) == 0
    assert "Goes on at step 2." in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be sent Ctrl-C there without its console")
def test_ctrl_c_saves_and_says_how_to_go_on(tmp_path: Path) -> None:
    needs_training()
    config = write_config(tmp_path, steps=100_000)
    process = subprocess.Popen(
        [sys.executable, "-m", "shelfaudit", "train", str(config)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    history = tmp_path / "Läufe" / "run" / "metrics.jsonl"
    while process.poll() is None and not history.exists():
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=1500)
    assert process.returncode == 130, said
    assert "To go on: shelfaudit train" in said
    assert (history.parent / "last.npz").exists()
    assert not (history.parent / "finished.json").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [("steps = 1", "name"), ("no toml", "TOML"), (None, "cannot be read")],
    ids=["lacking", "bad", "none"],
)
def test_a_wrong_configuration_is_one_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, said: str
) -> None:
    needs_training()
    file = tmp_path / "run.toml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    assert cli.run(["train", str(file)], no_window) == 1
    captured = capsys.readouterr().err
    assert said in captured
    assert str(file) in captured


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "keras" else find_spec(name))
    assert cli.run(["train", str(tmp_path / "run.toml")], no_window) == 1
    assert 'pip install "shelfaudit[train]"' in capsys.readouterr().err
