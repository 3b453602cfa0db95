from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

pytest.importorskip("pydantic", reason="needs the extra `train`")
pytest.importorskip("tomli_w", reason="needs the extra `train`")
pytestmark = pytest.mark.training

from shelfaudit.errors import UserError  # noqa: E402
from shelfaudit.training.checkpoint import Progress  # noqa: E402
from shelfaudit.training.config import TrainingConfig, config_text, read_config  # noqa: E402
from shelfaudit.training.schedule import evaluation_is_due, learning_rate, used_fraction  # noqa: E402
from tests.training.makers import tiny_config  # noqa: E402

CONFIGS = sorted((Path(__file__).parents[2] / "shelfaudit" / "training" / "configs").glob("*.toml"))

GOOD = """
name = "käse"
run_dir = "runs/käse"
steps = 10
[[data]]
file = "a/labels.json"
complete = "boxes"
sampling = "mosaics"
mosaic_sides = [2]
[[data]]
samples = { photos = 8, seed = 3 }
share = 0.5
[network]
kind = "ssd"
[variation]
side_range = [30, 40]
"""


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_the_shipped_configurations_can_be_read(file: Path, tmp_path: Path) -> None:
    config = read_config(file)
    copy = tmp_path / "config.toml"
    copy.write_text(config_text(config), encoding="utf-8")
    assert read_config(copy) == config


def test_every_setting_survives_being_written(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text(GOOD, encoding="utf-8")
    config = read_config(file)
    assert config.network.kind == "ssd"
    assert config.data[0].mosaic_sides == (2,)
    assert config.data[1].samples is not None
    assert config.variation.side_range == (30.0, 40.0)
    file.write_text(config_text(config), encoding="utf-8")
    assert read_config(file) == config


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("steps = 10", "steps = 10\nrate = 1", "rate: there is no such setting"),
        ("steps = 10", "", "needs a budget"),
        ("steps = 10", "steps = 0", "steps"),
        ("steps = 10", "steps = 10\ninput_size = 100", "input_size"),
        ("steps = 10", 'steps = 10\ndevices = "some"', "devices"),
        ('kind = "ssd"', 'kind = "yolo"', "network.kind"),
        ('file = "a/labels.json"', "", "either a file or samples"),
        ("share = 0.5", "share = -1", "data.1.share"),
        ("[30, 40]", "[30]", "variation.side_range"),
        ('name = "käse"', "name = käse", "not TOML"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    file = tmp_path / "run.toml"
    assert old in GOOD
    file.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(UserError) as caught:
        read_config(file)
    assert said in caught.value.message
    assert caught.value.file == file


def test_a_missing_or_binary_configuration_is_an_error_for_people(tmp_path: Path) -> None:
    binary = tmp_path / "photo.toml"
    binary.write_bytes(b"\xff\xd8\xff")
    for file in (binary, tmp_path / "missing.toml", tmp_path):
        with pytest.raises(UserError):
            read_config(file)


def test_rate_warms_up_and_falls(tmp_path: Path) -> None:
    config = tiny_config(tmp_path)
    peak = config.learning_rate
    assert learning_rate(config, 0, 0.0) == pytest.approx(peak / config.warmup_steps)
    assert learning_rate(config, 1000, 0.0) == pytest.approx(peak)
    assert learning_rate(config, 1000, 0.5) == pytest.approx(peak * (1 + config.final_rate) / 2)
    assert learning_rate(config, 1000, 1.0) == pytest.approx(peak * config.final_rate)


def test_whichever_budget_is_used_up_first_ends_the_run(tmp_path: Path) -> None:
    both = tiny_config(tmp_path, steps=100, minutes=1)
    assert used_fraction(both, 50, 6) == 0.5
    assert used_fraction(both, 10, 45) == 0.75
    assert used_fraction(both, 200, 0) == 1
    assert used_fraction(tiny_config(tmp_path, steps=None, minutes=2), 10_000, 60) == 0.5


def evaluations_of(config: TrainingConfig, progress: Progress, last: int) -> list[int]:
    """The steps at which a run up to step `last` is evaluated."""
    steps = []
    for step in range(progress.step + 1, last + 1):
        progress = dataclasses.replace(progress, step=step)
        if evaluation_is_due(config, progress):
            progress = dataclasses.replace(progress, evaluated_step=step)
            steps.append(step)
    return steps


def test_evaluations_are_spread_over_the_budget(tmp_path: Path) -> None:
    config = tiny_config(tmp_path, steps=100, evaluations=3)
    assert evaluations_of(config, Progress(), 100) == [34, 67, 100]
    # One that an interruption kept from being made is still due; a larger budget has evaluations of its own.
    assert evaluation_is_due(config, Progress(step=70, evaluated_step=34))
    longer = dataclasses.replace(config, steps=200)
    assert evaluations_of(longer, Progress(step=100, evaluated_step=100), 200) == [134, 200]
