"""Batches of training inputs and targets, prepared by threads while the network trains."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from shelfaudit.datasets.dataset import LabelledPhoto
from shelfaudit.detection.preprocess import PixelArray
from shelfaudit.detection.priors import Priors, make_priors
from shelfaudit.domain.geometry import FloatArray
from shelfaudit.training.augment import Sample, Variation, crop_shelf, mosaic, vary_colours
from shelfaudit.training.matching import make_targets, points_inside

Batch = tuple[FloatArray, FloatArray]
"""Inputs (B, S, S, 3) in 0..255 and targets (B, N, 6)."""


class PhotoCache:
    """Photos decoded once and kept: decoding a photo for every crop would cost more than the crop."""

    def __init__(self) -> None:
        self._pixels: dict[LabelledPhoto, PixelArray] = {}

    def read(self, photo: LabelledPhoto) -> PixelArray:
        pixels = self._pixels.get(photo)
        if pixels is None:
            pixels = self._pixels[photo] = photo.read()
        return pixels


@dataclass
class SampleSource:
    """Random training samples.

    shelves: photos with a labelled region, drawn evenly.
    closeups: photos of which only the boxes are known; may be empty.
    closeup_share: fraction of the samples that are mosaics of close-ups.
    mosaic_sides: numbers of close-ups along a side of a mosaic, drawn evenly.
    """

    shelves: Sequence[LabelledPhoto]
    closeups: Sequence[LabelledPhoto]
    input_size: int
    variation: Variation = field(default_factory=Variation)
    closeup_share: float = 0.15
    mosaic_sides: tuple[int, ...] = (2, 3, 4)

    def __post_init__(self) -> None:
        self.closeups = [photo for photo in self.closeups if len(photo.boxes)]
        self._cache = PhotoCache()
        self._priors = make_priors(self.input_size, self.input_size)

    def sample(self, random: np.random.Generator) -> Sample:
        """One sample before its colours are varied."""
        if self.closeups and random.random() < self.closeup_share:
            count = int(random.choice(self.mosaic_sides)) ** 2
            chosen = [self.closeups[index] for index in random.integers(len(self.closeups), size=count)]
            return mosaic(
                [(photo, self._cache.read(photo)) for photo in chosen], self.input_size, self.variation, random
            )
        photo = self.shelves[int(random.integers(len(self.shelves)))]
        return crop_shelf(photo, self._cache.read(photo), self.input_size, self.variation, random)

    def batch(self, size: int, random: np.random.Generator) -> Batch:
        """`size` samples with varied colours and their targets."""
        samples = [self.sample(random) for _ in range(size)]
        pixels = np.stack([vary_colours(sample.pixels, random) for sample in samples]).astype(np.float32)
        return pixels, np.stack([sample_targets(sample, self._priors) for sample in samples])


def sample_targets(sample: Sample, priors: Priors) -> FloatArray:
    """The targets (N, 6) of a sample; see `matching.make_targets`."""
    known = points_inside(priors.centers, sample.complete) & ~points_inside(priors.centers, sample.ignored)
    return make_targets(priors, sample.boxes, np.zeros(len(sample.boxes), dtype=np.int64), known)


@contextmanager
def prefetch(
    source: SampleSource, batch_size: int, seed: int, first_step: int = 0, threads: int = 2, ahead: int = 12
) -> Iterator[Iterator[Batch]]:
    """The batches of a run from `first_step` on, without end; `threads` threads prepare at most `ahead` in advance.

    A batch depends on the seed and its step alone, not on which thread was faster, so that a run can be repeated, and
    one that goes on sees what it would have seen without the interruption. An error of a thread is raised in the
    place of its batch. The threads end with the context.
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="batches")

    def prepare(step: int) -> Future[Batch]:
        return pool.submit(lambda: source.batch(batch_size, np.random.default_rng([seed, step])))

    def batches() -> Iterator[Batch]:
        waiting = deque(prepare(first_step + number) for number in range(ahead))
        for step in itertools.count(first_step + ahead):
            batch = waiting.popleft().result()
            waiting.append(prepare(step))
            yield batch

    try:
        yield batches()
    finally:
        pool.shutdown(cancel_futures=True)
