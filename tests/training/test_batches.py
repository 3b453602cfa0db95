from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("keras", reason="needs the extra `train`")
pytestmark = pytest.mark.training

from shelfaudit.datasets.dataset import LabelledPhoto  # noqa: E402
from shelfaudit.errors import UserError  # noqa: E402
from shelfaudit.training.batches import Batch, PhotoCache, SampleSource, prefetch, random_of_step  # noqa: E402
from shelfaudit.training.config import DataSource  # noqa: E402
from shelfaudit.training.data import SourcePhotos, load_data  # noqa: E402
from shelfaudit.training.matching import LABEL, WEIGHT  # noqa: E402
from shelfaudit.training.targets import AdaptiveTargets, DefaultBoxTargets  # noqa: E402
from tests.training.makers import tiny_config, write_dataset  # noqa: E402


def photos_of(folder: Path, count: int = 6) -> tuple[LabelledPhoto, ...]:
    source = DataSource(file=write_dataset(folder, count, seed=1))
    return load_data(tiny_config(folder, data=(source,), validation=None)).training[0].photos


def source_of(photos: tuple[LabelledPhoto, ...], **settings: object) -> SampleSource:
    part = SourcePhotos(DataSource(file=Path("labels"), **settings), photos)  # type: ignore[arg-type]
    return SampleSource([part], 160, AdaptiveTargets(160))


def batch_of(source: SampleSource) -> Callable[[int], Batch]:
    return lambda step: source.batch(2, random_of_step(1, step))


def test_batches_depend_on_their_step_alone(tmp_path: Path) -> None:
    source = source_of(photos_of(tmp_path))
    with prefetch(batch_of(source), threads=3, ahead=4) as batches:
        whole = [next(batches) for _ in range(5)]
    with prefetch(batch_of(source), first_step=3, threads=1, ahead=1) as batches:
        rest = [next(batches) for _ in range(2)]
    for mine, theirs in zip(rest, whole[3:], strict=True):
        np.testing.assert_array_equal(mine[0], theirs[0])
        np.testing.assert_array_equal(mine[1], theirs[1])
    assert not np.array_equal(whole[0][0], whole[1][0])


@pytest.mark.parametrize("sampling", ["crops", "whole", "ssd", "mosaics"])
def test_every_way_of_sampling_gives_products_to_learn(tmp_path: Path, sampling: str) -> None:
    part = SourcePhotos(DataSource(file=Path("labels"), sampling=sampling, weight=0.5), photos_of(tmp_path))  # type: ignore[arg-type]
    for targets in (AdaptiveTargets(160), DefaultBoxTargets(160)):
        _, found = SampleSource([part], 160, targets).batch(8, np.random.default_rng(0))
        assert (found[..., LABEL] == 0).any()
        assert set(np.unique(found[..., WEIGHT])) == {0.0, 0.5}


def test_sources_are_drawn_by_their_shares(tmp_path: Path) -> None:
    photos = photos_of(tmp_path)
    parts = [
        SourcePhotos(DataSource(file=Path("a"), share=3, weight=1.0), photos),
        SourcePhotos(DataSource(file=Path("b"), share=1, weight=0.25), photos),
    ]
    source = SampleSource(parts, 96, AdaptiveTargets(96))
    random = np.random.default_rng(0)
    weights = [source.sample(random).weight for _ in range(120)]
    assert 0.6 < np.mean(np.array(weights) == 1.0) < 0.9


def test_a_photo_that_cannot_be_read_is_named_and_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    photos = photos_of(tmp_path)
    photos[0].file.write_bytes(b"no picture")
    with caplog.at_level(logging.WARNING), prefetch(batch_of(source_of(photos))) as batches:
        for _ in range(8):
            next(batches)
    assert [record.getMessage().count(photos[0].file.name) for record in caplog.records] == [1]
    caplog.clear()


def test_without_a_readable_photo_the_run_ends(tmp_path: Path) -> None:
    photos = photos_of(tmp_path, 1)
    photos[0].file.unlink()
    with prefetch(batch_of(source_of(photos))) as batches, pytest.raises(UserError) as caught:
        next(batches)
    assert caught.value.file == photos[0].file


def test_the_cache_forgets_what_was_not_wanted_longest(tmp_path: Path) -> None:
    photos = photos_of(tmp_path, 3)
    cache = PhotoCache(megabytes=1)  # five photos of 256 × 256 × 3 bytes
    cache._room = 2 * 256 * 256 * 3
    for photo in (photos[0], photos[1], photos[0], photos[2]):
        np.testing.assert_array_equal(cache.read(photo), photo.read())
    photos[0].file.unlink()
    photos[1].file.unlink()
    assert cache.read(photos[0]).shape == (256, 256, 3)
    with pytest.raises(UserError):
        cache.read(photos[1])
