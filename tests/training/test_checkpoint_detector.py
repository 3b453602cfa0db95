"""The evaluation job beside a training, with a real checkpoint of a tiny network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("keras", reason="needs the extra `train`")
pytest.importorskip("tensorflow", reason="needs the extra `train`")
pytestmark = [pytest.mark.training, pytest.mark.filterwarnings("default")]

from shelfaudit.__main__ import main  # noqa: E402
from shelfaudit.errors import UserError  # noqa: E402
from shelfaudit.training.checkpoint_detector import open_checkpoint  # noqa: E402
from shelfaudit.training.config import read_config  # noqa: E402
from shelfaudit.training.train import Run  # noqa: E402
from tests.training.makers import write_dataset  # noqa: E402


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a run of three steps."""
    labels = write_dataset(tmp_path, 2, seed=1)
    folder = tmp_path / "run"
    folder.mkdir()
    text = f"""
        name = "tiny"
        run_dir = "{folder.as_posix()}"
        minutes = 60
        steps = 3
        input_size = 128
        evaluation_size = 256
        batch_size = 2
        [[data]]
        file = "{labels.as_posix()}"
        [network]
        width = 0.25
        pyramid_channels = 16
        repeats = 1
        """
    (folder / "config.toml").write_text(text, encoding="utf-8")
    Run(read_config(folder / "config.toml")).train()
    return folder


def test_a_watch_scores_the_checkpoint_of_a_run(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = write_dataset(tmp_path, 2, seed=2)
    assert main(["evaluate", "--watch", str(run), str(labels), "--once"]) == 0
    assert capsys.readouterr().out.startswith("step 3 (")
    (line,) = (run / "evaluations.jsonl").read_text(encoding="utf-8").splitlines()
    entry = json.loads(line)
    assert (entry["step"], entry["images"]) == (3, 2)
    assert 0 <= entry["AP"] <= entry["AP50"] <= 1


def test_a_checkpoint_that_cannot_be_used_is_an_error(run: Path) -> None:
    checkpoint = run / "last.npz"
    content = checkpoint.read_bytes()
    for damaged in (b"", b"text", content[: len(content) // 2]):
        checkpoint.write_bytes(damaged)
        with pytest.raises(UserError):
            open_checkpoint(checkpoint)
    checkpoint.unlink()
    with pytest.raises(UserError):
        open_checkpoint(checkpoint)
    checkpoint.write_bytes(content)
    config = run / "config.toml"
    config.write_text(config.read_text(encoding="utf-8").replace("= 16", "= 24"), encoding="utf-8")
    with pytest.raises(UserError, match="another network"):
        open_checkpoint(checkpoint)
    config.unlink()
    with pytest.raises(UserError, match="configuration"):
        open_checkpoint(checkpoint)
