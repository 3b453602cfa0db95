"""First names: facings that look like a known product get its name, the others stay unknown."""

from __future__ import annotations

from dataclasses import dataclass

from shelfaudit.recognition.proposals import Proposal, propose
from shelfaudit.usecases.known_products import Shelves, known_products
from shelfaudit.usecases.ports import NamingStore


@dataclass(frozen=True, slots=True)
class Naming:
    """What the machine says that a facing is.

    sku: None where nothing is sure. doubt: estimated probability in [0, 1] that the name is wrong; 0 without a name.
    runner_up: the SKU that comes closest to the one given, where that is not far behind.
    """

    sku: str | None = None
    doubt: float = 0.0
    runner_up: str | None = None


UNKNOWN = Naming()


def name_facings(repository: NamingStore, visit_id: int) -> dict[str, Naming]:
    """Match the facings of a visit against those that auditors named and the catalogue's reference pictures.

    Returns what is proposed by facing id: no name where nothing is sure, where the auditor said that the facing is not
    this product, or where an auditor named it.

    Raises:
        StorageError: the database cannot be read or written.
    """
    maker = repository.commonest_maker(visit_id)
    facing_ids, looks = repository.appearances(visit_id, maker)
    if not facing_ids:
        return {}
    shelves = Shelves(facing_ids, looks, repository.places(visit_id))
    known = known_products(repository, looks.shape[1], shelves, maker)
    rows = [row for row, facing_id in enumerate(facing_ids) if facing_id not in known.facing_ids]
    asked = [facing_ids[row] for row in rows]
    refused = repository.refusals(visit_id)
    places_in_list = {facing_id: row for row, facing_id in enumerate(asked)}
    not_these = {(places_in_list[facing_id], sku) for facing_id, sku in refused if facing_id in places_in_list}
    proposals = propose(looks[rows], known.gallery, shelves.places_of(asked), not_these)
    namings = dict.fromkeys(facing_ids, UNKNOWN)
    for facing_id, proposal in zip(asked, proposals, strict=True):
        namings[facing_id] = _naming(facing_id, proposal, refused)
    repository.save_names(visit_id, {facing_id: naming.sku for facing_id, naming in namings.items()})
    return namings


def _naming(facing_id: str, proposal: Proposal | None, refused: set[tuple[str, str]]) -> Naming:
    if proposal is None:
        return UNKNOWN
    # What the auditor ruled out is no alternative.
    runner_up = None if (facing_id, proposal.runner_up) in refused else proposal.runner_up
    return Naming(proposal.sku, proposal.doubt, runner_up)
