"""The proposal of a name for a facing: of the known product it looks like, where that is sure enough."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np

from shelfaudit import settings
from shelfaudit.domain.geometry import FloatArray
from shelfaudit.recognition.gallery import EXACT_PICTURES, Comparison, Gallery
from shelfaudit.recognition.shelf_places import Places

_RUNNER_UP_WITHIN = 2.0
"""In margins: a product that is farther behind is not the one it is mistaken for."""

# The logit of a name's being right, at the limits and by lead. Of 3180 names given on labelled shelves and in a visit
# of rendered photos 23 were wrong, and these expect 68: there every product was known, and where some are not, wrong
# names are several times as frequent (benchmarks/bench_recognition.py). By lead: 13 of 945 wrong below 0.04, 10 of 1513
# up to 0.12, none of 722 beyond.
_LOGIT_AT_LIMITS = 3.0
_LOGIT_PER_LEAD = 13.0


@dataclass(frozen=True, slots=True)
class Proposal:
    """The known product a facing looks like.

    similarity: of the nearest known picture of it. lead: what it has beyond both limits, the least similarity and the
    margin (the lesser of the two). runner_up: the SKU of the next other product, where that is not far behind.
    """

    sku: str
    similarity: float
    lead: float = 0.0
    runner_up: str | None = None

    @property
    def doubt(self) -> float:
        """Estimated probability that the name is wrong: a logistic function of the lead."""
        return 1 / (1 + math.exp(_LOGIT_AT_LIMITS + _LOGIT_PER_LEAD * self.lead))


@dataclass(frozen=True)
class _Limits:
    """When a name is sure. least: similarity to the product. margin: lead over the next other one. refused: rows of
    facings and SKUs that they are not."""

    least: float
    margin: float
    refused: Collection[tuple[int, str]]


def propose(
    vectors: FloatArray,
    gallery: Gallery,
    places: Places | None = None,
    refused: Collection[tuple[int, str]] = (),
    *,
    least: float | None = None,
    margin: float | None = None,
) -> list[Proposal | None]:
    """The product that each of the vectors (N, K) looks like, or None where it is not sure.

    A name is proposed where the nearest picture is similar enough and no other product comes close. A wrong name
    costs the auditor more than a missing one: nobody looks for it. Where it is known where the facings stand, those
    that got a name vouch for others in a second round: a pack in another light, a side, a row's dark end are like their
    neighbours rather than like the picture.

    Args:
        vectors: unit vectors as `describe_appearance` makes them.
        gallery: the known products; an empty one proposes nothing.
        places: (N,), where the facings stand; None: not known.
        refused: rows of vectors with a SKU that they are not; they get no name where that is the nearest.
        least: least similarity to the product; None takes the settings' (measured by
            benchmarks/bench_recognition.py, as is the margin).
        margin: least lead over the next other product; None takes the settings'.

    Raises:
        ValueError: the vectors are not as long as those of the gallery.
    """
    now = settings.current()
    limits = _Limits(
        now.name_similarity if least is None else least, now.name_margin if margin is None else margin, refused
    )
    if not len(gallery):
        return [None] * len(vectors)
    proposals: list[Proposal | None] = []
    for some in gallery.compare(vectors, places):
        proposals += _decide(some, gallery, range(len(proposals), len(proposals) + len(some.told)), limits)
    if places is None:
        return proposals
    named = {row: proposal for row, proposal in enumerate(proposals) if proposal is not None}
    left = [row for row in range(len(vectors)) if row not in named]
    if named and left:
        surest = sorted(named, key=lambda row: -named[row].lead)[:EXACT_PICTURES]
        vouching = Gallery([named[row].sku for row in surest], vectors[surest], places=places.rows(surest))
        done = 0
        for some in _compare_with_both(vectors[left], places.rows(left), gallery, vouching):
            rows = left[done : done + len(some.told)]
            done += len(rows)
            for row, proposal in zip(rows, _decide(some, gallery, rows, limits), strict=True):
                proposals[row] = proposal
    return proposals


def _compare_with_both(
    vectors: FloatArray, places: Places, gallery: Gallery, vouching: Gallery
) -> Iterator[Comparison]:
    """The vectors compared with a gallery and with another one, of products of the first."""
    numbers = np.searchsorted(gallery.skus, vouching.skus)
    start = 0
    for first in gallery.compare(vectors, places):
        here = slice(start, start + len(first.told))
        done = 0
        for second in vouching.compare(vectors[here], places.rows(here)):
            part = slice(done, done + len(second.told))
            yield first.rows(part).joined(replace(second, products=numbers[second.products]))
            done = part.stop
        start = here.stop


def _decide(some: Comparison, gallery: Gallery, rows: range | list[int], limits: _Limits) -> list[Proposal | None]:
    """What the facings are, whose rows these are among all that are asked for."""
    skus = [gallery.skus[product] for product in some.products.tolist()]
    best = some.told.argmax(axis=1)
    top, first = (np.take_along_axis(by, best[:, None], axis=1)[:, 0] for by in (some.similar, some.told))
    others = some.told.copy()
    np.put_along_axis(others, best[:, None], -np.inf, axis=1)
    second, ahead = others.argmax(axis=1), first - others.max(axis=1)
    leads = np.minimum(top - limits.least, ahead - limits.margin)
    close = ahead <= _RUNNER_UP_WITHIN * limits.margin
    return [
        Proposal(skus[one], similarity, lead, skus[other] if near else None)
        if lead >= 0 and (row, skus[one]) not in limits.refused
        else None
        for row, one, other, similarity, lead, near in zip(
            rows, best, second, top.tolist(), leads.tolist(), close, strict=True
        )
    ]
