"""The same boxes under other classes: one for all, or one for each product."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from shelfaudit.datasets.dataset import Dataset
from shelfaudit.datasets.kinds import Classes

PRODUCT = "product"
"""The class of a box of which no more is known."""


def with_classes(dataset: Dataset, classes: Classes) -> Dataset:
    """The data set with these classes; boxes keep the names of their products."""
    if classes is Classes.ONE:
        return one_class(dataset)
    return class_per_product(dataset) if classes is Classes.PRODUCTS else dataset


def one_class(dataset: Dataset) -> Dataset:
    """Every box is a `product`."""
    return Dataset((PRODUCT,), tuple(replace(photo, labels=np.zeros_like(photo.labels)) for photo in dataset.photos))


def class_per_product(dataset: Dataset, name_of: Callable[[str], str | None] = lambda product: product) -> Dataset:
    """A class for each name that `name_of` gives a product, in alphabetical order.

    Boxes without a product, or for whose product it gives None, are of the class `product`, which comes first then.
    """
    names = {product: name_of(product) or PRODUCT for product in _products(dataset)}
    known = sorted(set(names.values()) - {PRODUCT})
    some_unknown = PRODUCT in names.values() or any(None in photo.products for photo in dataset.photos)
    labels = ([PRODUCT] if some_unknown else []) + known
    index_of = {label: index for index, label in enumerate(labels)}
    photos = [
        replace(
            photo,
            labels=np.array(
                [index_of[names[product] if product is not None else PRODUCT] for product in photo.products],
                dtype=np.int64,
            ),
        )
        for photo in dataset.photos
    ]
    return Dataset(tuple(labels), tuple(photos))


def _products(dataset: Dataset) -> set[str]:
    return {product for photo in dataset.photos for product in photo.products if product is not None}
