"""What is known of how products look: the facings that auditors named, and the catalogue's reference pictures."""

from __future__ import annotations

import numpy as np

from shelfaudit import settings
from shelfaudit.recognition.gallery import Gallery
from shelfaudit.usecases.ports import NamingStore


def known_products(repository: NamingStore, length: int) -> Gallery:
    """The gallery of all known looks of this vector length (those of another model cannot be compared).

    Raises:
        StorageError: the database cannot be read.
    """
    skus: list[str] = []
    vectors = [np.zeros((0, length), dtype=np.float32)]
    allowances = [np.zeros(0, dtype=np.float32)]
    named, references = repository.named_appearances(), repository.reference_appearances()
    for (source, looks), allowance in ((named, 0.0), (references, settings.current().reference_allowance)):
        if looks.shape[1] == length:
            skus += source
            vectors.append(looks)
            allowances.append(np.full(len(source), allowance, dtype=np.float32))
    return Gallery(skus, np.concatenate(vectors), np.concatenate(allowances))
