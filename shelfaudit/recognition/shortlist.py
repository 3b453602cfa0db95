"""Which pictures of a large gallery are worth an exact comparison.

Pictures of a product are alike, so that a facing is first compared with the mean picture of each product (of each
design, where a product has several), then with the pictures of the closest ones. Both on the principal axes of the
gallery only: an eighth of a vector tells nearly as much as the whole.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from shelfaudit.domain.geometry import FloatArray

IntArray = NDArray[np.int64]

CLOSE_GROUPS = 8
"""Groups whose pictures are looked at, for each facing."""

AXES = 128
"""Length of a vector that tells which pictures are close: nine tenths of the variance of shelves lie on these axes."""

ALIKE = 0.6
"""Pictures of a product that are less similar are told apart as different designs of it."""

MOST_DESIGNS = 4

NONE = -1
"""In place of a picture, where a group has none to look at."""

_SAMPLE = 4096
_COLUMNS_AT_ONCE = 16
_ROUNDS = 3
_ROWS_AT_ONCE = 16_384


class Shortlist:
    """The pictures of a gallery in groups, each of one product and of like looks.

    Args:
        vectors: (M, K), unit vectors, of any float type.
        products: (M,), the number of each picture's product: 0, 1, …, each at least once, in this order.
        allowances: (M,), added to the similarity of each picture.
        photos: (M,), numbers of the photos they were taken in; what is negative is on no shelf that is asked for.
    """

    def __init__(self, vectors: FloatArray, products: IntArray, allowances: FloatArray, photos: IntArray) -> None:
        self._axes = principal_axes(vectors)
        reduced = np.concatenate([vectors[part].astype(np.float32) @ self._axes for part in _parts(len(vectors))])
        # The first designs come first: there, the group's number is the product's.
        groups = products + _designs(reduced, products) * (products.max() + 1)
        order = np.argsort(groups, kind="stable")
        groups = groups[order]
        self._rows = order
        self._pictures, self._allowances, self._photos = reduced[order], allowances[order], photos[order]
        self._starts = _starts(groups)
        self._ends = np.append(self._starts[1:], len(groups))
        sizes = (self._ends - self._starts).astype(np.float32)
        self._means = np.add.reduceat(self._pictures, self._starts, axis=0) / sizes[:, None]
        self._mean_allowances = np.add.reduceat(self._allowances, self._starts) / sizes
        self._on_shelf = np.maximum.reduceat(self._photos, self._starts) >= 0
        self._count = int(products.max()) + 1

    def __len__(self) -> int:
        """The number of groups."""
        return len(self._starts)

    def search(self, vectors: FloatArray, photos: IntArray | None = None) -> tuple[FloatArray, IntArray]:
        """Compare the vectors (N, K) with the mean pictures, and find what else to compare them with.

        photos: (N,), in which photos they are: pictures in the same photo are left out (`NONE` where nothing is left);
            None: nowhere.

        Returns:
            About how similar each is to each product, by its mean picture (N, products), which is less than by its most
            similar picture; and the most similar picture of each of the closest groups (N, C).
        """
        asked = vectors @ self._axes
        similar: FloatArray = asked @ self._means.T + self._mean_allowances
        groups = largest(similar, CLOSE_GROUPS)
        return similar[:, : self._count], self._most_similar(asked, photos, groups)

    def _most_similar(self, asked: FloatArray, photos: IntArray | None, groups: IntArray) -> IntArray:
        """For each facing the most similar picture of each of its groups (N, C)."""
        pairs = np.argsort(groups, axis=None, kind="stable")
        facings = pairs // groups.shape[1]
        vectors = asked[facings]
        found = np.empty(len(pairs), dtype=np.int64)
        firsts = _starts(groups.ravel()[pairs])
        present = groups.ravel()[pairs[firsts]]
        bounds = zip(firsts.tolist(), [*firsts[1:].tolist(), len(pairs)], strict=True)
        pictures = zip(self._starts[present].tolist(), self._ends[present].tolist(), strict=True)
        shared = self._on_shelf[present] & (photos is not None)
        for (first, last), (start, end), on_shelf in zip(bounds, pictures, shared.tolist(), strict=True):
            similar = vectors[first:last] @ self._pictures[start:end].T
            similar += self._allowances[start:end]
            if photos is not None and on_shelf:
                similar[photos[facings[first:last], None] == self._photos[start:end]] = -np.inf
            best = similar.argmax(axis=1)
            found[first:last] = best + start
            if on_shelf:
                found[first:last][similar.max(axis=1) == -np.inf] = NONE
        answer = np.empty_like(found)
        answer[pairs] = np.where(found == NONE, NONE, self._rows[found])
        return answer.reshape(groups.shape)


def largest(values: FloatArray, count: int) -> IntArray:
    """Columns of the `count` largest values of each row (N, count at most), in any order.

    Most columns are left out sixteen at once: those whose maximum is too small.
    """
    columns = values.shape[1]
    count = min(count, columns)
    width = columns // _COLUMNS_AT_ONCE
    if width < count:
        return np.argpartition(values, columns - count, axis=1)[:, columns - count :]
    strips = values[:, : width * _COLUMNS_AT_ONCE].reshape(len(values), _COLUMNS_AT_ONCE, width)
    best = np.argpartition(strips.max(axis=1), width - count, axis=1)[:, width - count :]
    inside = (best[:, :, None] + width * np.arange(_COLUMNS_AT_ONCE)).reshape(len(values), -1)
    rest = np.broadcast_to(np.arange(width * _COLUMNS_AT_ONCE, columns), (len(values), columns % _COLUMNS_AT_ONCE))
    candidates = np.concatenate([inside, rest], axis=1)
    chosen = np.argpartition(np.take_along_axis(values, candidates, axis=1), -count, axis=1)[:, -count:]
    return np.take_along_axis(candidates, chosen, axis=1)


def principal_axes(vectors: FloatArray) -> FloatArray:
    """The directions in which the vectors (M, K) reach farthest: orthonormal columns (K, at most `AXES`).

    Found by subspace iteration (Halko, Martinsson & Tropp, SIAM Review 2011) on a sample of the vectors.
    """
    sample = vectors[:: -(-len(vectors) // _SAMPLE)].astype(np.float32)
    length = vectors.shape[1]
    axes = np.eye(length, dtype=np.float32)
    if length > AXES:
        axes = np.random.default_rng(0).standard_normal((length, AXES), dtype=np.float32)
        for _ in range(_ROUNDS):
            axes = np.linalg.qr(sample.T @ (sample @ axes))[0]
    return np.ascontiguousarray(axes)


def _designs(pictures: FloatArray, products: IntArray) -> IntArray:
    """Which design of its product each picture shows, from 0 to `MOST_DESIGNS` - 1; every product has a design 0."""
    pictures = _unit(pictures)
    starts = _starts(products)
    means = _unit(np.add.reduceat(pictures, starts, axis=0))
    fits = [np.einsum("nk,nk->n", pictures[part], means[products[part]]) for part in _parts(len(pictures))]
    fit = np.concatenate(fits)
    designs = np.zeros(len(pictures), dtype=np.int64)
    for product in np.flatnonzero(np.minimum.reduceat(fit, starts) < ALIKE):
        here = slice(starts[product], starts[product + 1] if product + 1 < len(starts) else None)
        designs[here] = _tell_apart(pictures[here], int(fit[here].argmax()))
    return designs


def _tell_apart(pictures: FloatArray, typical: int) -> IntArray:
    """Which of some designs each picture shows: a typical one, then whatever is unlike all before."""
    similar = pictures @ pictures[typical][:, None]
    while similar.shape[1] < MOST_DESIGNS and (nearest := similar.max(axis=1)).min() < ALIKE:
        similar = np.column_stack([similar, pictures @ pictures[nearest.argmin()]])
    return np.asarray(similar.argmax(axis=1), dtype=np.int64)


def _unit(vectors: FloatArray) -> FloatArray:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def _starts(numbers: IntArray) -> IntArray:
    """Where each run of equal numbers begins."""
    return np.flatnonzero(np.diff(numbers, prepend=numbers[:1] - 1))


def _parts(count: int) -> Iterator[slice]:
    return (slice(start, start + _ROWS_AT_ONCE) for start in range(0, count, _ROWS_AT_ONCE))
