"""Batches of training inputs and targets, prepared by threads while the network trains."""

from __future__ import annotations

import dataclasses
import itertools
import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import numpy as np

from shelfaudit.datasets.dataset import DatasetError, LabelledPhoto
from shelfaudit.detection.preprocess import PixelArray
from shelfaudit.domain.geometry import FloatArray
from shelfaudit.training.augment import Sample, Variation, crop_as_ssd, crop_shelf, mosaic, show_whole
from shelfaudit.training.colours import vary_colours
from shelfaudit.training.data import SourcePhotos
from shelfaudit.training.targets import TargetMaker

log = logging.getLogger(__name__)

Made = TypeVar("Made")

Batch = tuple[FloatArray, FloatArray]
"""Inputs (B, S, S, 3) in 0..255 and targets (B, N, 6)."""

DRAWS = 20
"""So many photos in a row that cannot be read end the run: the data set is not there."""

_OF_ONE_PHOTO: dict[str, Callable[[LabelledPhoto, PixelArray, int, Variation, np.random.Generator], Sample]] = {
    "crops": crop_shelf,
    "whole": show_whole,
    "ssd": crop_as_ssd,
}


class PhotoCache:
    """Photos decoded once and kept while there is room: decoding a photo for every crop would cost more than the crop.

    The photos that were not wanted for the longest time go first.
    """

    def __init__(self, megabytes: int) -> None:
        self._room = megabytes * 1_000_000
        self._pixels: OrderedDict[LabelledPhoto, PixelArray] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, photo: LabelledPhoto) -> PixelArray:
        """See `LabelledPhoto.read`."""
        with self._lock:
            pixels = self._pixels.get(photo)
            if pixels is not None:
                self._pixels.move_to_end(photo)
                return pixels
        pixels = photo.read()
        with self._lock:
            if photo not in self._pixels:
                self._pixels[photo] = pixels
                self._room -= pixels.nbytes
            while self._room < 0:
                _, oldest = self._pixels.popitem(last=False)
                self._room += oldest.nbytes
        return pixels


class SampleSource:
    """Random training samples of several sources, each drawn as often as its share says.

    Args:
        sources: photos and how to sample them.
        input_size: side of a sample in pixels.
        make_targets: of the network that learns from them.
        variation: how much samples differ from the photos.
        cache_megabytes: memory for decoded photos.
    """

    def __init__(
        self,
        sources: Sequence[SourcePhotos],
        input_size: int,
        make_targets: TargetMaker,
        variation: Variation | None = None,
        cache_megabytes: int = 6000,
    ) -> None:
        self._sources = sources
        self._input_size = input_size
        self._make_targets = make_targets
        self._variation = variation or Variation()
        self._cache = PhotoCache(cache_megabytes)
        shares = np.array([part.source.share for part in sources])
        self._chances = shares / shares.sum()
        self._unreadable: set[LabelledPhoto] = set()

    def sample(self, random: np.random.Generator) -> Sample:
        """One sample before its colours are varied.

        A photo that cannot be read is named in the log, once, and another one is drawn.

        Raises:
            DatasetError: no photo could be read.
        """
        for _ in range(DRAWS):
            part = self._sources[int(random.choice(len(self._sources), p=self._chances))]
            try:
                sample = self._sample_of(part, random)
                return dataclasses.replace(sample, weight=part.source.weight)
            except DatasetError as error:
                failure = error
        raise failure

    def _sample_of(self, part: SourcePhotos, random: np.random.Generator) -> Sample:
        size, variation = self._input_size, self._variation
        if part.source.sampling == "mosaics":
            count = int(random.choice(part.source.mosaic_sides)) ** 2
            chosen = [part.photos[index] for index in random.integers(len(part.photos), size=count)]
            return mosaic([(photo, self._read(photo)) for photo in chosen], size, variation, random)
        photo = part.photos[int(random.integers(len(part.photos)))]
        return _OF_ONE_PHOTO[part.source.sampling](photo, self._read(photo), size, variation, random)

    def _read(self, photo: LabelledPhoto) -> PixelArray:
        try:
            return self._cache.read(photo)
        except DatasetError as error:
            if photo not in self._unreadable:
                self._unreadable.add(photo)
                log.warning("left out: %s", error.message)
            raise

    def samples(self, size: int, random: np.random.Generator) -> list[Sample]:
        """`size` samples with varied colours."""
        drawn = [self.sample(random) for _ in range(size)]
        return [dataclasses.replace(sample, pixels=vary_colours(sample.pixels, random)) for sample in drawn]

    def batch(self, size: int, random: np.random.Generator) -> Batch:
        """`size` samples with varied colours and their targets."""
        samples = self.samples(size, random)
        pixels = np.stack([sample.pixels for sample in samples]).astype(np.float32)
        return pixels, np.stack([self._make_targets(sample) for sample in samples])


def random_of_step(seed: int, step: int) -> np.random.Generator:
    """What a step's batch is drawn with."""
    return np.random.default_rng([seed, step])


@contextmanager
def prefetch(
    batch_of: Callable[[int], Made], first_step: int = 0, threads: int = 2, ahead: int = 12
) -> Iterator[Iterator[Made]]:
    """The batches of a run from `first_step` on, without end; `threads` threads prepare at most `ahead` in advance.

    batch_of: makes the batch of a step; it must depend on the step alone, not on which thread was faster, so that a run
    can be repeated, and one that goes on sees what it would have seen without the interruption. An error of a thread
    is raised in the place of its batch. The threads end with the context.
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="batches")

    def prepare(step: int) -> Future[Made]:
        return pool.submit(batch_of, step)

    def batches() -> Iterator[Made]:
        waiting = deque(prepare(first_step + number) for number in range(ahead))
        for step in itertools.count(first_step + ahead):
            batch = waiting.popleft().result()
            waiting.append(prepare(step))
            yield batch

    try:
        yield batches()
    finally:
        pool.shutdown(cancel_futures=True)
