"""Which known products some facings look like, for the person to choose from."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from shelfaudit.usecases.known_products import Shelves, known_products
from shelfaudit.usecases.ports import NamingStore


def rank_products(repository: NamingStore, visit_id: int, facing_ids: Collection[str], most: int = 3) -> list[str]:
    """The SKUs that these facings of a visit look like, the nearest first, by their mean nearness.

    Unlike a name given by the machine, a proposal need not be sure. Empty where no look is known of the facings or of
    any product.

    Raises:
        StorageError: the database cannot be read.
        UserError: there is no such visit.
    """
    maker = repository.commonest_maker(visit_id)
    ids, looks = repository.appearances(visit_id, maker)
    wanted = set(facing_ids)
    chosen = [row for row, facing_id in enumerate(ids) if facing_id in wanted]
    if not chosen:
        return []
    shelves = Shelves(ids, looks, repository.places(visit_id))
    gallery = known_products(repository, looks.shape[1], shelves, maker).gallery
    if not len(gallery):
        return []
    standing = shelves.places_of([ids[row] for row in chosen])
    near = gallery.closeness(looks[chosen], standing).mean(axis=0)
    return [gallery.skus[product] for product in np.argsort(-near, kind="stable")[:most]]
