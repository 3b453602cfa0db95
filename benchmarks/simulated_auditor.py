"""An auditor with perfect knowledge and two hands, whose actions are counted.

It corrects a visit in a database by what the application uses: edits, the review queue, the naming of look-alikes and
the search of the label picker; so what it measures changes with them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import combinations

from benchmarks.known_photos import KnownPhoto, matched
from shelfaudit.domain import edits
from shelfaudit.domain.catalogue import Catalogue, Product
from shelfaudit.domain.edits import Edit
from shelfaudit.domain.geometry import Box, boxes_to_array
from shelfaudit.domain.measures import count_by_product
from shelfaudit.domain.review import Ask, Decision, ReviewContext, open_decisions, photo_order
from shelfaudit.domain.shelf import find_rows
from shelfaudit.domain.visit import Facing, Photo, new_facing_id
from shelfaudit.gui.naming_flow import MAX_PROPOSALS, MAX_RECENT
from shelfaudit.gui.photo_view.product_search import CatalogueIndex, ProductSearch
from shelfaudit.storage.repository import VisitRepository
from shelfaudit.usecases.correct import correct
from shelfaudit.usecases.describe import describe_boxes, maker_of
from shelfaudit.usecases.name_facings import name_facings
from shelfaudit.usecases.ports import PhotoDetector
from shelfaudit.usecases.rank_products import rank_products

COSTS: Mapping[str, Mapping[str, int]] = {
    "draw mode": {"keys": 1},
    "draw": {"drags": 1},
    "adjust": {"drags": 1},
    "select": {"clicks": 1},
    "select a run": {"drags": 1},
    "select one more": {"clicks": 1},
    "remove": {"keys": 1},
    "recent": {"keys": 1},
    "open picker": {"keys": 1},
    "take": {"keys": 1},
    "accept": {"keys": 1},
    "put box": {"keys": 2},
    "next photo": {"keys": 1},
}
"""What each gesture costs. A typed letter is a character; a held Ctrl is free."""

KINDS = ("clicks", "drags", "keys", "characters")
SAME_BOX = 0.5
MOST_OF_A_WORD = 4
"""Letters of each of two words that are tried."""


class Help(IntEnum):
    """What helps the auditor; each has those before it."""

    NOTHING = 0
    DETECTION = 1
    MANY_AT_ONCE = 2
    QUEUE = 3
    LOOK_ALIKES = 4
    EARLIER_VISITS = 5


@dataclass
class _Open:
    """A photo being corrected: what it truly shows, and which of that each of its facings is on."""

    known: KnownPhoto
    photo_id: int
    facings: tuple[Facing, ...]
    threshold: float | None
    on: dict[str, int]

    @property
    def missed(self) -> list[int]:
        found = set(self.on.values())
        return [place for place, (box, _) in enumerate(self.known.facings) if place not in found and self.judges(box)]

    def judges(self, box: Box) -> bool:
        return self.known.judges(box)

    def sku(self, facing: Facing) -> str | None:
        return self.known.facings[self.on[facing.id]][1]


class SimulatedAuditor:
    """Corrects one visit; `tally` counts clicks, drags, keys, characters, the facings looked at, and the errors that
    the queue did not ask about."""

    def __init__(
        self,
        repository: VisitRepository,
        detector: PhotoDetector,
        visit_id: int,
        known: Mapping[int, KnownPhoto],
        helps: Help,
    ) -> None:
        self._repository = repository
        self._detector = detector
        self._visit_id = visit_id
        self._helps = helps
        self._catalogue: Catalogue = repository.catalogue()
        self._recent: list[str] = []
        self._letters_of: dict[str, str] = {}
        self._settled: set[str] = set()
        self.tally: Counter[str] = Counter()
        self._photos = {photo.id: _opened(photo, known[photo.id]) for photo in repository.visit(visit_id).photos}

    def correct(self) -> None:
        """Bring every photo of the visit in line with the truth."""
        if self._helps >= Help.LOOK_ALIKES:
            self._name_look_alikes()
        for photo_id in list(self._photos) if self._helps < Help.QUEUE else self._ranked():
            photo = self._photos[photo_id]
            if self._helps >= Help.QUEUE:
                self._answer_questions(photo)
                self.tally["not asked"] += self._errors(photo)
            else:
                self.tally["looks"] += len(photo.facings) + len(photo.missed)
            self._correct_boxes(photo)
            self._correct_names(photo)
            self._do("next photo")
        while self.errors_left():
            # Names given later changed what was right before: back to those photos.
            for photo in self._photos.values():
                if errors := self._errors(photo):
                    self.tally["not asked"] += errors
                    self._do("next photo")
                    self._correct_names(photo)

    def errors_left(self) -> int:
        """What still differs from the truth."""
        return sum(self._errors(photo) for photo in self._photos.values())

    # By hand

    def _correct_boxes(self, photo: _Open) -> None:
        for facing in [facing for facing in photo.facings if facing.id not in photo.on]:
            self._do("select", "remove")
            self._edit(photo, edits.remove([facing]))
        missed = photo.missed
        if missed:
            self._do("draw mode")
        for place in missed:
            self._do("draw")
            self._draw(photo, photo.known.facings[place][0], place)

    def _correct_names(self, photo: _Open) -> None:
        """One facing after the other; where many can be named at once, all of a product by runs in the rows."""
        wrong = [facing for facing in photo.facings if photo.sku(facing) not in (None, facing.product)]
        if self._helps < Help.MANY_AT_ONCE:
            for facing in wrong:
                self._do("select")
                self._name(photo, [facing])
            return
        while wrong:
            sku = photo.sku(wrong[0])
            same = [facing for facing in wrong if photo.sku(facing) == sku]
            for run in _runs(photo, same):
                self._do("select a run" if run > 1 else "select one more")
            self._name(photo, same)
            current = {facing.id: facing for facing in photo.facings}
            wrong = [current[f.id] for f in wrong if photo.sku(f) not in (None, current[f.id].product)]

    # By the queue

    def _ranked(self) -> list[int]:
        order = photo_order({photo_id: self._questions(photo) for photo_id, photo in self._photos.items()})
        return [*order, *(photo_id for photo_id in self._photos if photo_id not in order)]

    def _questions(self, photo: _Open) -> list[Decision]:
        counts = count_by_product(facing for one in self._photos.values() for facing in one.facings)
        found = open_decisions(photo.facings, threshold=photo.threshold, context=ReviewContext(self._catalogue, counts))
        return [decision for decision in found if decision.id not in self._settled and photo.judges(decision.box)]

    def _answer_questions(self, photo: _Open) -> None:
        while questions := self._questions(photo):
            self.tally["looks"] += 1
            self._answer(photo, questions[0])

    def _answer(self, photo: _Open, decision: Decision) -> None:
        if decision.ask is Ask.MISSING:
            self._settled.add(decision.id)
            known = photo.known.facings
            here = [place for place in photo.missed if decision.box.contains(*known[place][0].center)]
            if here:
                self._do("put box", *(["adjust"] if decision.box.iou(known[here[0]][0]) < SAME_BOX else []))
                self._draw(photo, known[here[0]][0], here[0])
            else:
                self._do("accept")
            return
        facing = next(facing for facing in photo.facings if facing.id == decision.facing_id)
        if facing.id not in photo.on:
            self._do("remove")
            self._edit(photo, edits.remove([facing]))
        elif photo.sku(facing) in (None, facing.product):
            self._do("accept")
            self._edit(photo, edits.relabel([facing], facing.product))
        else:
            self._name(photo, [facing])

    # What hands do

    def _name(self, photo: _Open, facings: Sequence[Facing]) -> None:
        """Give facings of one product its name, by its number key or by the picker."""
        sku = photo.sku(facings[0])
        assert sku is not None
        if self._helps < Help.DETECTION:
            self._do("open picker", "take")
            self.tally["characters"] += len(self._catalogue.products[sku].name)
        elif self._helps >= Help.MANY_AT_ONCE and sku in self._recent:
            self._do("recent")
        else:
            self._do("open picker", "take")
            self.tally["characters"] += self._letters(sku, facings)
        if sku not in self._recent:
            self._recent = [sku, *self._recent][:MAX_RECENT]
        self._edit(photo, edits.relabel(facings, sku))
        if self._helps >= Help.LOOK_ALIKES:
            self._name_look_alikes()

    def _letters(self, sku: str, facings: Sequence[Facing]) -> int:
        """How many letters of its name bring a product to the top of the picker."""
        recent = self._recent if self._helps >= Help.MANY_AT_ONCE else []
        proposals: list[str] = []
        if self._helps >= Help.LOOK_ALIKES:
            ids = {facing.id for facing in facings}
            proposals = rank_products(self._repository, self._visit_id, ids, MAX_PROPOSALS)
        search = ProductSearch(CatalogueIndex(self._catalogue), proposals, recent)
        if search.find("")[0].product.sku == sku:
            return 0
        # What was enough before mostly is; trying all takes long in a large catalogue.
        known = self._letters_of.get(sku)
        if known is None or search.find(known)[0].product.sku != sku:
            self._letters_of[sku] = known = _fewest_letters(search, self._catalogue.products[sku])
        return len(known)

    def _draw(self, photo: _Open, box: Box, place: int) -> None:
        facing = Facing(new_facing_id(), box)
        photo.on[facing.id] = place
        self._edit(photo, edits.add(facing))
        if self._helps >= Help.LOOK_ALIKES:
            looks = describe_boxes(self._detector, photo.known.pixels, boxes_to_array([box]))
            self._repository.save_appearances(photo.photo_id, {facing.id: looks[0]}, maker_of(self._detector))
            self._name_look_alikes()

    def _edit(self, photo: _Open, edit: Edit) -> None:
        correct(self._repository, {photo.photo_id: edit})
        photo.facings = edit.apply(photo.facings)

    def _name_look_alikes(self) -> None:
        name_facings(self._repository, self._visit_id)
        for stored in self._repository.visit(self._visit_id).photos:
            self._photos[stored.id].facings = stored.facings

    def _do(self, *gestures: str) -> None:
        for gesture in gestures:
            self.tally.update(COSTS[gesture])

    @staticmethod
    def _errors(photo: _Open) -> int:
        false = sum(facing.id not in photo.on for facing in photo.facings)
        wrong = sum(f.id in photo.on and photo.sku(f) not in (None, f.product) for f in photo.facings)
        return false + wrong + len(photo.missed)


def _opened(photo: Photo, known: KnownPhoto) -> _Open:
    facings = photo.facings
    truth = matched([f.box for f in facings], [f.score or 0.0 for f in facings], [box for box, _ in known.facings])
    on = {facing.id: place for facing, place in zip(facings, truth, strict=True) if place is not None}
    return _Open(known, photo.id, facings, photo.threshold, on)


def _fewest_letters(search: ProductSearch, product: Product) -> str:
    """What brings a product to the top of the picker: the beginning of one of its words, or of two."""
    words = product.name.split()
    one = [word[:length] for word in words for length in range(1, len(word) + 1)]
    two = [
        f"{first[:a]} {second[:b]}"
        for first, second in combinations(words, 2)
        for a in range(1, min(len(first), MOST_OF_A_WORD) + 1)
        for b in range(1, min(len(second), MOST_OF_A_WORD) + 1)
    ]
    for letters in sorted([*one, *two], key=len):
        if search.find(letters)[0].product.sku == product.sku:
            return letters
    return product.name


def _runs(photo: _Open, facings: Sequence[Facing]) -> list[int]:
    """The lengths of the runs that these facings form in the rows of the photo: a band selects one of them."""
    wanted = {facing.id for facing in facings}
    runs: list[int] = []
    for row in find_rows([facing.box for facing in photo.facings]):
        length = 0
        for index in row:
            if photo.facings[index].id in wanted:
                length += 1
            elif length:
                runs.append(length)
                length = 0
        if length:
            runs.append(length)
    return runs
