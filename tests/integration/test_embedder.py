"""The embedder that ships, by the real runtime."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from shelfaudit import paths
from shelfaudit.domain.geometry import boxes_to_array
from shelfaudit.errors import ModelError
from shelfaudit.recognition.crops import cut_crops
from shelfaudit.recognition.embedder import Embedder, bundled_embedder
from shelfaudit.samples import render_photo
from tests.fixtures import TINY_MODEL


def test_crops_of_one_product_are_nearer_than_those_of_others() -> None:
    photo = render_photo(77)
    skus = [sku for _, sku in photo.facings]
    vectors = bundled_embedder().embed(photo.pixels, boxes_to_array([box for box, _ in photo.facings]))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    similar = vectors @ vectors.T
    np.fill_diagonal(similar, -1)
    asked = [row for row, sku in enumerate(skus) if skus.count(sku) > 1]
    right = sum(skus[similar[row].argmax()] == skus[row] for row in asked)
    assert right >= 0.9 * len(asked) > 0


def test_any_number_of_crops_gives_as_many_vectors() -> None:
    crops = np.random.default_rng(1).integers(0, 256, (11, 96, 96, 3), dtype=np.uint8)
    embedder = bundled_embedder()
    whole = embedder.embed_crops(crops)
    assert whole.shape == (11, embedder.length)
    np.testing.assert_allclose(embedder.embed_crops(crops[:3]), whole[:3], atol=1e-5)
    assert embedder.embed_crops(crops[:0]).shape == (0, embedder.length)


def test_it_belongs_to_one_thread_and_each_thread_gets_its_own() -> None:
    mine = bundled_embedder()
    assert bundled_embedder() is mine
    theirs: list[Embedder] = []
    errors: list[Exception] = []

    def elsewhere() -> None:
        theirs.append(bundled_embedder())
        try:
            mine.embed_crops(np.zeros((1, 96, 96, 3), dtype=np.uint8))
        except RuntimeError as error:
            errors.append(error)

    mine.embed_crops(np.zeros((1, 96, 96, 3), dtype=np.uint8))
    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert theirs[0] is not mine
    assert len(errors) == 1


def test_a_detector_a_damaged_file_and_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no embedder"):
        Embedder(TINY_MODEL, 1)
    damaged = tmp_path / "Prüfung.tflite"
    shutil.copy(paths.embedder_file(), damaged)
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 0xFF
    damaged.write_bytes(content)
    with pytest.raises(ModelError, match="not the one"):
        Embedder(damaged, 1)
    with pytest.raises(ModelError, match="missing"):
        Embedder(tmp_path / "none.tflite", 1)


def test_crops_of_boxes_beyond_the_edge_are_filled() -> None:
    pixels = np.full((40, 30, 3), 120, dtype=np.uint8)
    boxes = np.array([[-20, -20, 10, 10], [25, 35, 90, 90], [5, 5, 5, 5], [100, 100, 120, 120]], dtype=np.float32)
    assert (cut_crops(pixels, boxes, 32) == 120).all()
