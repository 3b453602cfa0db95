"""The auditor's word on what a facing is not."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Refusal:
    """A facing of a photo is not the product of this SKU; where not `refused`, it may be again.

    The facing itself does not change by it: the machine gives it another name, or none.
    """

    photo_id: int
    facing_id: str
    sku: str
    refused: bool = True

    @property
    def reverted(self) -> Refusal:
        """The word that takes this one back."""
        return replace(self, refused=not self.refused)
