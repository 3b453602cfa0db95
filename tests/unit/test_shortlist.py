"""A large gallery answers as a small one does: nearly always, and always for what is on the same shelf."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from shelfaudit.domain.geometry import FloatArray
from shelfaudit.recognition import gallery as gallery_module
from shelfaudit.recognition.gallery import Comparison, Gallery
from shelfaudit.recognition.proposals import propose
from shelfaudit.recognition.shelf_places import Places
from shelfaudit.recognition.shortlist import AXES, CLOSE_GROUPS, largest, principal_axes

LENGTH = 200


def unit(vectors: NDArray[np.floating]) -> FloatArray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def galleries(
    products: NDArray[np.int64],
    pictures: FloatArray,
    places: Places | None = None,
    allowances: FloatArray | None = None,
) -> tuple[Gallery, Gallery]:
    """The same gallery twice: compared exactly, and by a shortlist."""

    class LargeGallery(Gallery):
        def compare(self, vectors: FloatArray, places: Places | None = None) -> Iterator[Comparison]:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(gallery_module, "EXACT_PICTURES", 0)
                patch.setattr(gallery_module, "FEW_VECTORS", 0)
                yield from super().compare(vectors, places)

    skus = [f"product {product:05}" for product in products]
    return Gallery(skus, pictures, allowances, places), LargeGallery(skus, pictures, allowances, places)


def shelf_of(count: int, photo: int) -> Places:
    boxes = np.array([(60 * place, 0, 60 * place + 50, 100) for place in range(count)], dtype=np.float32)
    return Places(np.full(count, photo, dtype=np.int64), boxes)


def test_few_products_are_all_compared_exactly() -> None:
    chance = np.random.default_rng(1)
    pictures = unit(chance.standard_normal((CLOSE_GROUPS, LENGTH)))
    asked = unit(chance.standard_normal((30, LENGTH)))
    allowances = chance.random(CLOSE_GROUPS, dtype=np.float32)
    exact, quick = galleries(np.arange(CLOSE_GROUPS), pictures, allowances=allowances)
    np.testing.assert_allclose(quick.closeness(asked), exact.closeness(asked), atol=1e-5)


@pytest.mark.parametrize(("products", "each"), [(400, 5), (20, 100), (2000, 1)])
def test_names_are_those_of_an_exact_comparison(products: int, each: int) -> None:
    chance = np.random.default_rng(2)
    looks = chance.standard_normal((products, LENGTH)) * np.linspace(1, 0.1, LENGTH)
    numbers = np.repeat(np.arange(products), each)
    pictures = unit(looks[numbers] + 0.3 * chance.standard_normal((products * each, LENGTH)))
    asked = unit(looks[chance.integers(0, products, 200)] + 0.3 * chance.standard_normal((200, LENGTH)))
    exact, quick = galleries(numbers, pictures)
    wanted, got = (propose(asked, gallery, least=0.3, margin=0.05) for gallery in (exact, quick))
    assert sum(proposal is not None for proposal in wanted) > 100
    assert np.mean([(one and one.sku) == (other and other.sku) for one, other in zip(wanted, got, strict=True)]) > 0.98
    assert all(
        one.similarity == pytest.approx(other.similarity, abs=0.05)
        for one, other in zip(wanted, got, strict=True)
        if one and other
    )


def test_a_rare_design_of_a_product_is_found() -> None:
    """Fifty pictures show the product as it was, one as it is now: their mean is nothing like the new one."""
    chance = np.random.default_rng(3)
    looks = chance.standard_normal((41, LENGTH))
    numbers = np.repeat(np.arange(40), 51)
    shown = numbers.copy()
    shown[50] = 40
    pictures = unit(looks[shown] + 0.2 * chance.standard_normal((len(shown), LENGTH)))
    exact, quick = galleries(numbers, pictures)
    asked = unit(looks[40:] + 0.2 * chance.standard_normal((1, LENGTH)))
    np.testing.assert_allclose(quick.closeness(asked)[0, 0], exact.closeness(asked)[0, 0], atol=1e-5)
    assert quick.closeness(asked).argmax() == 0


def test_what_is_in_the_same_photo_is_compared_exactly() -> None:
    chance = np.random.default_rng(4)
    numbers = np.repeat(np.arange(100), 6)
    pictures, asked = (unit(chance.standard_normal((count, LENGTH))) for count in (600, 25))
    here = shelf_of(600, photo=7)
    # One picture of each of the first thirty products is in the photo; of ten of them all are.
    inside = (np.arange(600) < 60) | ((np.arange(600) % 6 == 0) & (numbers < 30))
    here.photos[~inside] = np.where(np.arange(600)[~inside] % 2, -1, 8)
    exact, quick = galleries(numbers, pictures, here)
    standing = shelf_of(25, photo=7)
    wanted, got = exact.closeness(asked, standing), quick.closeness(asked, standing)
    np.testing.assert_allclose(got[:, :10], wanted[:, :10], atol=1e-5)
    assert (got <= wanted + 0.05).all()


@given(st.integers(0, 100), st.integers(1, 700), st.integers(1, 9))
def test_the_largest_are_found_among_any_number(seed: int, columns: int, count: int) -> None:
    values = np.random.default_rng(seed).standard_normal((3, columns)).astype(np.float32)
    found = np.sort(largest(values, count), axis=1)
    assert (found == np.sort(np.argsort(values, axis=1)[:, -count:], axis=1)).all()


def test_axes_are_orthonormal_and_hold_what_varies() -> None:
    chance = np.random.default_rng(5)
    vectors = unit(chance.standard_normal((900, 20)) @ chance.standard_normal((20, 3 * AXES)))
    axes = principal_axes(vectors)
    np.testing.assert_allclose(axes.T @ axes, np.eye(AXES), atol=1e-4)
    np.testing.assert_allclose(vectors @ axes @ axes.T, vectors, atol=1e-3)


def test_a_few_vectors_are_compared_exactly_with_any_gallery(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(6)
    pictures, asked = unit(chance.standard_normal((300, LENGTH))), unit(chance.standard_normal((5, LENGTH)))
    gallery = Gallery([f"{row:03}" for row in range(300)], pictures)
    monkeypatch.setattr(gallery_module, "EXACT_PICTURES", 10)
    np.testing.assert_allclose(gallery.closeness(asked), asked @ pictures.T, atol=1e-5)
