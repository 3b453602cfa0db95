"""What a report says about a visit, as plain data: every number once, before any page is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.domain.edits import EditKind
from shelfaudit.domain.measures import Availability, ShelfShares, measure_shares, must_stock_availability
from shelfaudit.domain.palette import UNKNOWN_STYLE, BrandStyle, brand_styles
from shelfaudit.domain.visit import Facing, Photo, PhotoState, Visit


@dataclass(frozen=True, slots=True)
class ModelNote:
    """What is known about a detector: `scores` are its measured values and what they were measured on."""

    name: str
    version: str
    file: str = ""
    sha256: str = ""
    scores: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DetectionUse:
    """Photos of the visit that were counted with the same detector at the same threshold.

    `model` is what the photos say; `note` is None where that detector is not known here any more.
    """

    model: str
    threshold: float | None
    photos: int
    note: ModelNote | None


@dataclass(frozen=True, slots=True)
class BrandCount:
    """A brand's facings in one photo; `brand` is None for those not recognised."""

    brand: str | None
    facings: int


@dataclass(frozen=True, slots=True)
class PhotoFigures:
    """One photo in the report: its number from 1 in import order, and its facings by brand, most first."""

    number: int
    photo: Photo
    brands: tuple[BrandCount, ...]

    @property
    def unknown(self) -> int:
        return sum(count.facings for count in self.brands if count.brand is None)

    @property
    def counted(self) -> bool:
        return self.photo.state in (PhotoState.DETECTED, PhotoState.REVIEWED)


@dataclass(frozen=True)
class VisitFigures:
    """All that the report, the workbook and the tables say about a visit.

    styles: by brand name, most facings first. must_stock: None where the catalogue expects nothing.
    edits: corrections that stand (undone ones do not), by kind; kinds with none are left out.
    """

    visit: Visit
    catalogue: Catalogue
    shares: ShelfShares
    styles: Mapping[str, BrandStyle]
    photos: tuple[PhotoFigures, ...]
    must_stock: Availability | None
    detections: tuple[DetectionUse, ...]
    edits: Mapping[EditKind, int]

    @property
    def counted(self) -> tuple[PhotoFigures, ...]:
        """Photos whose facings are counted."""
        return tuple(entry for entry in self.photos if entry.counted)

    @property
    def to_review(self) -> tuple[PhotoFigures, ...]:
        """Counted photos that the auditor did not confirm yet."""
        return self._in_state(PhotoState.DETECTED)

    @property
    def failed(self) -> tuple[PhotoFigures, ...]:
        return self._in_state(PhotoState.FAILED)

    @property
    def waiting(self) -> tuple[PhotoFigures, ...]:
        return self._in_state(PhotoState.WAITING)

    @property
    def has_own_brand(self) -> bool:
        """Whether the catalogue knows an own brand: without one, an own share of 0 % would say nothing."""
        return self.catalogue.has_own_brand

    def brand_name(self, facing: Facing) -> str | None:
        """The brand of a facing, or None for an unknown one."""
        brand = self.catalogue.brand_of(facing.product)
        return brand.name if brand is not None else None

    def style_of(self, brand: str | None) -> BrandStyle:
        """The style of a brand by name; None is the unknown."""
        return self.styles[brand] if brand is not None else UNKNOWN_STYLE

    def _in_state(self, state: PhotoState) -> tuple[PhotoFigures, ...]:
        return tuple(entry for entry in self.photos if entry.photo.state is state)


def build_figures(
    visit: Visit,
    catalogue: Catalogue,
    edits: Mapping[EditKind, int] | None = None,
    models: Mapping[str, ModelNote] | None = None,
) -> VisitFigures:
    """The figures of a visit.

    edits: corrections that stand, by kind. models: what is known about detectors, by the text in `Photo.model`.
    """
    facings = [photo.facings for photo in visit.photos]
    shares = measure_shares(facings, catalogue)
    availability = must_stock_availability(facings, catalogue)
    return VisitFigures(
        visit=visit,
        catalogue=catalogue,
        shares=shares,
        styles=brand_styles(shares),
        photos=tuple(_photo_figures(number, photo, catalogue) for number, photo in enumerate(visit.photos, start=1)),
        must_stock=availability if availability.expected else None,
        detections=_detection_uses(visit.photos, models or {}),
        edits={kind: count for kind in EditKind if (count := (edits or {}).get(kind, 0))},
    )


def _photo_figures(number: int, photo: Photo, catalogue: Catalogue) -> PhotoFigures:
    shares = measure_shares([photo.facings], catalogue)
    brands = [BrandCount(entry.brand.name, entry.share.facings) for entry in shares.brands]
    if shares.unknown.facings:
        brands.append(BrandCount(None, shares.unknown.facings))
    return PhotoFigures(number, photo, tuple(brands))


def _detection_uses(photos: Sequence[Photo], models: Mapping[str, ModelNote]) -> tuple[DetectionUse, ...]:
    uses: dict[tuple[str, float | None], int] = {}
    for photo in photos:
        if photo.model:
            key = (photo.model, photo.threshold)
            uses[key] = uses.get(key, 0) + 1
    return tuple(DetectionUse(model, threshold, count, models.get(model)) for (model, threshold), count in uses.items())
