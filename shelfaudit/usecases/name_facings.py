"""First names: facings that look like a known product get its name, the others stay unknown."""

from __future__ import annotations

from shelfaudit.recognition.gallery import propose
from shelfaudit.usecases.known_products import known_products, places_of
from shelfaudit.usecases.ports import NamingStore


def name_facings(repository: NamingStore, visit_id: int) -> dict[str, str | None]:
    """Match every facing of a visit against the facings the auditors named and the catalogue's reference pictures.

    Returns the proposed SKU by facing id, None where nothing is sure, or where the auditor said that the facing is not
    this product. What an auditor named is not changed by it.

    Raises:
        StorageError: the database cannot be read or written.
    """
    facing_ids, looks = repository.appearances(visit_id)
    if not facing_ids:
        return {}
    places = places_of(facing_ids, repository.places(visit_id))
    proposals = propose(looks, known_products(repository, looks.shape[1], visit_id), places)
    refused = repository.refusals(visit_id)
    names = {
        facing_id: proposal.sku if proposal is not None and (facing_id, proposal.sku) not in refused else None
        for facing_id, proposal in zip(facing_ids, proposals, strict=True)
    }
    repository.save_names(visit_id, names)
    return names
