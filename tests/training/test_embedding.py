"""The embedder's training: the loss, batches, a run that goes on, and the file that comes out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("keras", reason="needs the extra `train`")
pytestmark = [pytest.mark.training, pytest.mark.filterwarnings("default")]

from shelfaudit.domain.geometry import FloatArray  # noqa: E402
from shelfaudit.errors import UserError  # noqa: E402
from shelfaudit.recognition.embedder import Embedder  # noqa: E402
from shelfaudit.training.architecture import Architecture  # noqa: E402
from shelfaudit.training.embedding.augment import CropVariation, view_crop  # noqa: E402
from shelfaudit.training.embedding.batches import PairBatches, Source  # noqa: E402
from shelfaudit.training.embedding.config import CropSource, EmbedderConfig, read_embedder_config  # noqa: E402
from shelfaudit.training.embedding.data import NamedCrop, drawn_shelves  # noqa: E402
from shelfaudit.training.embedding.export import export_embedder  # noqa: E402
from shelfaudit.training.embedding.loss import ContrastiveLoss  # noqa: E402
from shelfaudit.training.embedding.train import EmbedderRun  # noqa: E402

CONFIGS = Path(__file__).parents[2] / "shelfaudit" / "training" / "embedding"


def units(*rows: tuple[float, ...]) -> FloatArray:
    array = np.array(rows, dtype=np.float32)
    return np.asarray(array / np.linalg.norm(array, axis=1, keepdims=True), dtype=np.float32)


def loss_of(numbers: list[int], vectors: FloatArray) -> float:
    return float(ContrastiveLoss(0.1)(np.array(numbers), vectors))


class TestLoss:
    def test_is_that_of_the_formula(self) -> None:
        vectors = units((1, 0), (0.8, 0.6), (0, 1))
        similar = vectors @ vectors.T / 0.1
        pairs = [(0, 1, [2]), (1, 0, [2])]
        expected = np.mean([np.log1p(np.exp(similar[a, others] - similar[a, b]).sum()) for a, b, others in pairs])
        assert loss_of([7, 7, 9], vectors) == pytest.approx(float(expected), rel=1e-5)

    def test_falls_when_a_product_comes_together(self) -> None:
        apart = loss_of([1, 1, 2, 2], units((1, 0), (0, 1), (1, 0.1), (0.1, 1)))
        together = loss_of([1, 1, 2, 2], units((1, 0), (1, 0.1), (0, 1), (0.1, 1)))
        assert together < apart - 1

    def test_without_a_pair_nothing_is_learned(self) -> None:
        assert loss_of([1, 2, 3], units((1, 0), (0, 1), (1, 1))) == 0


def a_crop(colour: tuple[int, int, int]) -> NamedCrop:
    return NamedCrop(np.full((60, 40, 3), colour, dtype=np.uint8), np.array([4, 6, 36, 54], dtype=np.float32))


def test_a_batch_holds_pairs_and_depends_on_its_step_alone() -> None:
    shelf = {name: [a_crop((10 * number, 60, 90))] for number, name in enumerate("abcdef")}
    batches = PairBatches([Source([shelf], 1.0, 4, CropVariation())], 8, 32, seed=3)
    crops, numbers = batches.batch(5)
    assert crops.shape == (16, 32, 32, 3)
    assert all(numbers[::2] == numbers[1::2])
    again, same = PairBatches([Source([shelf], 1.0, 4, CropVariation())], 8, 32, seed=3).batch(5)
    np.testing.assert_array_equal(crops, again)
    np.testing.assert_array_equal(numbers, same)
    assert not np.array_equal(crops, batches.batch(6)[0])


def test_no_crops_are_no_training() -> None:
    with pytest.raises(ValueError, match="no named crops"):
        PairBatches([Source([], 1.0, 4, CropVariation())], 8, 32, seed=3)


def test_a_view_keeps_the_colour_of_the_pack() -> None:
    crop = a_crop((200, 30, 30))
    for seed in range(20):
        view = view_crop(crop.pixels, crop.box, 32, CropVariation(covered=0.0), np.random.default_rng(seed))
        assert view.shape == (32, 32, 3)
        red, green, blue = view.reshape(-1, 3).mean(axis=0)
        assert red > green + 40
        assert red > blue + 40


def tiny(folder: Path, steps: int = 3) -> EmbedderConfig:
    return EmbedderConfig(
        name="tiny-embedder",
        run_dir=folder / "run",
        data=(CropSource(drawn=1, together=6),),
        steps=steps,
        input_size=32,
        length=16,
        pairs=6,
        network=Architecture(width=0.25, repeats=1, frozen_groups=0),
        terms="Drawn shelves only.",
    )


def test_a_run_goes_on_and_its_file_answers_as_the_network(tmp_path: Path) -> None:
    steps: list[int] = []
    assert EmbedderRun(tiny(tmp_path)).train(lambda step, _steps, _loss: steps.append(step))
    run = EmbedderRun(tiny(tmp_path, steps=5))
    assert run.train(lambda step, _steps, _loss: steps.append(step))
    assert steps == [1, 2, 3, 4, 5]
    file = tmp_path / "models" / "tiny.tflite"
    export_embedder(tiny(tmp_path, steps=5), file)  # checks the answers itself
    embedder = Embedder(file, 1)
    assert embedder.info.name == "tiny-embedder"
    assert embedder.length == 16
    assert "Drawn shelves only." in file.with_suffix(".md").read_text(encoding="utf-8")


def test_learning_tells_drawn_packs_apart(tmp_path: Path) -> None:
    run = EmbedderRun(tiny(tmp_path, steps=60))
    losses: list[float] = []
    run.train(lambda _step, _steps, loss: losses.append(loss))
    assert np.mean(losses[-10:]) < 0.7 * np.mean(losses[:5])


def test_the_shipped_configuration_can_be_read_and_mistakes_are_named(tmp_path: Path) -> None:
    config = read_embedder_config(CONFIGS / "pack-embedder.toml")
    assert config.name == "pack-embedder"
    wrong = tmp_path / "wrong.toml"
    for text, words in (("steps = 'many'", "configuration"), ("[[[", "TOML")):
        wrong.write_text(text, encoding="utf-8")
        with pytest.raises(UserError, match=words):
            read_embedder_config(wrong)
    with pytest.raises(ValueError, match="one of photos"):
        CropSource()


def test_drawn_shelves_hold_the_products_of_their_photos() -> None:
    shelves = drawn_shelves(1, seed=9)
    assert all(len(shelf) > 1 for shelf in shelves)
