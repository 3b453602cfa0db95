"""Finding a product by a few letters (no Qt)."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from shelfaudit.domain.catalogue import Catalogue, Product


class Source(StrEnum):
    """Why a product stands where it does in the list; the words are shown."""

    PROPOSED = "proposed"
    RECENT = "recent"
    ALL = ""


@dataclass(frozen=True, slots=True)
class Match:
    """A product that fits what was typed."""

    product: Product
    source: Source


class CatalogueIndex:
    """The products of a catalogue by brand and name, with the text that each is found by; made once a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.skus = [
            product.sku
            for product in sorted(
                catalogue.products.values(), key=lambda product: (folded(product.brand), folded(product.name))
            )
        ]
        self.texts = {product.sku: _text(product) for product in catalogue.products.values()}


class ProductSearch:
    """The products of a catalogue in the order of their likelihood: proposals, then recent ones, then all by name."""

    def __init__(self, index: CatalogueIndex, proposals: Sequence[str] = (), recent: Sequence[str] = ()) -> None:
        """`proposals` and `recent` are SKUs, the best and the latest first; those not in the catalogue are left out."""
        self._index = index
        known = index.catalogue.products
        sources = dict.fromkeys(index.skus, Source.ALL)
        sources |= dict.fromkeys((sku for sku in recent if sku in known), Source.RECENT)
        sources |= dict.fromkeys((sku for sku in proposals if sku in known), Source.PROPOSED)
        order = dict.fromkeys(sku for sku in (*proposals, *recent, *index.skus) if sku in known)
        self._entries = [(Match(known[sku], sources[sku]), index.texts[sku]) for sku in order]

    def find(self, typed: str) -> list[Match]:
        """Products that hold every word typed in brand, name, size, category, SKU or barcode; accents and case do not
        matter.

        Those where each word begins a word of the text come first; within that the order is that of likelihood.
        """
        words = folded(typed).split()
        found = [(match, text) for match, text in self._entries if all(word in text for word in words)]
        if words:
            found.sort(key=lambda entry: not all(f" {word}" in f" {entry[1]}" for word in words))
        return [match for match, _ in found]

    def knows(self, typed: str) -> bool:
        """Whether a product has exactly this name, with or without its brand, or this SKU or barcode."""
        text = folded(typed).strip()
        candidates = (match.product for match, found in self._entries if text in found)
        return any(
            text in {folded(name) for name in (p.name, f"{p.brand} {p.name}", p.sku, p.barcode) if name}
            for p in candidates
        )


def _text(product: Product) -> str:
    parts = (product.brand, product.name, product.size, product.category, product.sku, product.barcode)
    return folded(" ".join(part for part in parts if part))


def folded(text: str) -> str:
    """Text for comparing: no case, no accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
