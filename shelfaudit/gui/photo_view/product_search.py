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


class ProductSearch:
    """The products of a catalogue in the order of their likelihood: proposals, then recent ones, then all by name."""

    def __init__(self, catalogue: Catalogue, proposals: Sequence[str] = (), recent: Sequence[str] = ()) -> None:
        """`proposals` and `recent` are SKUs, the best and the latest first; those not in the catalogue are left out."""
        self._entries: list[tuple[Match, str]] = []
        sources = [*((sku, Source.PROPOSED) for sku in proposals), *((sku, Source.RECENT) for sku in recent)]
        others = sorted(catalogue.products.values(), key=lambda product: (folded(product.brand), folded(product.name)))
        sources += [(product.sku, Source.ALL) for product in others]
        seen: set[str] = set()
        for sku, source in sources:
            product = catalogue.products.get(sku)
            if product is not None and sku not in seen:
                seen.add(sku)
                text = folded(f"{product.brand} {product.name} {product.sku} {product.barcode}")
                self._entries.append((Match(product, source), text))

    def find(self, typed: str) -> list[Match]:
        """Products that hold every word typed in brand, name, SKU or barcode; accents and case do not matter.

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
        return any(
            text in {folded(name) for name in (p.name, f"{p.brand} {p.name}", p.sku, p.barcode) if name}
            for p in (match.product for match, _ in self._entries)
        )


def folded(text: str) -> str:
    """Text for comparing: no case, no accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
