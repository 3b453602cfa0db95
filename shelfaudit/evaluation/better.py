"""Is a new model better than the one in use? Both judged on the same photos, so that noise does not decide.

Photos are drawn again and again with replacement, the same ones for both models: what makes a photo hard is hard for
both, and only their difference is left (the paired bootstrap; Efron and Tibshirani, 1993).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shelfaudit.domain.geometry import FloatArray
from shelfaudit.evaluation.bootstrap import DRAWS, Ranking
from shelfaudit.evaluation.matching import MatchedPhoto
from shelfaudit.evaluation.results import EvaluationResult, PhotoResult

SURE = 0.9
"""In this share of the draws the new model's AP must be higher."""


@dataclass(frozen=True, slots=True)
class Performance:
    """What a model is judged by.

    ap, ap50: COCO's. count_error: relative, at the counting threshold. missed, false: products without a box and boxes
    on no product there: what the auditor has to put right.
    """

    ap: float
    ap50: float
    count_error: float
    missed: int
    false: int

    @property
    def corrections(self) -> int:
        """What the auditor has to do in these photos."""
        return self.missed + self.false

    @classmethod
    def of(cls, result: EvaluationResult) -> Performance:
        """That of an evaluated model."""
        return cls(
            ap=result.scores.ap,
            ap50=result.scores.ap50,
            count_error=result.count.relative or 0.0,
            missed=sum(photo.missed for photo in result.photos),
            false=sum(photo.false for photo in result.photos),
        )

    def to_json(self) -> dict[str, float | int]:
        """The numbers by the names the field uses."""
        return {
            "AP": round(self.ap, 4),
            "AP50": round(self.ap50, 4),
            "count_error": round(self.count_error, 4),
            "missed": self.missed,
            "false": self.false,
            "corrections": self.corrections,
        }


@dataclass(frozen=True)
class Verdict:
    """Whether the new model is better, and if not, why: a sentence for each condition that does not hold."""

    objections: tuple[str, ...]

    @property
    def better(self) -> bool:
        return not self.objections


def decide(old: Performance, new: Performance, surety: float) -> Verdict:
    """The new model is better when its AP is surely higher, and it neither counts worse nor makes more work.

    surety: in which share of the draws of photos its AP was higher, in [0, 1].
    """
    objections = []
    if new.ap <= old.ap:
        objections.append(f"Its AP is not higher ({new.ap:.3f}, before {old.ap:.3f}).")
    elif surety < SURE:
        objections.append(
            f"That its AP is higher may be luck: it is in {surety:.0%} of the draws of photos, {SURE:.0%} are needed."
        )
    if new.count_error > old.count_error:
        objections.append(f"Its count error is larger ({new.count_error:.1%}, before {old.count_error:.1%}).")
    if new.corrections > old.corrections:
        objections.append(f"It leaves more to correct ({new.corrections} boxes, before {old.corrections}).")
    return Verdict(tuple(objections))


@dataclass(frozen=True)
class Comparison:
    """Two models on the same photos.

    old, new: their results; `photos` of both are the same photos in the same order.
    """

    old: EvaluationResult
    new: EvaluationResult
    surety: float
    verdict: Verdict

    def pairs(self) -> list[tuple[PhotoResult, PhotoResult]]:
        """What both made of each photo, those first where their corrections differ most."""
        pairs = list(zip(self.old.photos, self.new.photos, strict=True))
        return sorted(pairs, key=lambda pair: -abs(_corrections(pair[0]) - _corrections(pair[1])))

    def to_json(self) -> dict[str, object]:
        """The decision and what it rests on."""
        models = {
            role: {"name": result.model.name, "version": result.model.version, "sha256": result.model.sha256}
            | {"threshold": result.model.counting_threshold, "scores": Performance.of(result).to_json()}
            for role, result in (("old", self.old), ("new", self.new))
        }
        return {
            **models,
            "photos": len(self.old.photos),
            "products": sum(photo.true for photo in self.old.photos),
            "AP_higher_in_draws": round(self.surety, 4),
            "better": self.verdict.better,
            "objections": list(self.verdict.objections),
        }


def compare_models(old: EvaluationResult, new: EvaluationResult) -> Comparison:
    """Compare two evaluations of the same photos.

    Raises:
        ValueError: the photos are not the same.
    """
    if [entry.photo.file for entry in old.photos] != [entry.photo.file for entry in new.photos]:
        raise ValueError("only evaluations of the same photos can be compared")
    gains = ap_gains([entry.match for entry in old.photos], [entry.match for entry in new.photos])
    surety = float(np.mean(gains > 0)) if len(gains) else 0.0
    verdict = decide(Performance.of(old), Performance.of(new), surety)
    return Comparison(old, new, surety, verdict)


def ap_gains(
    old: Sequence[MatchedPhoto], new: Sequence[MatchedPhoto], *, draws: int = DRAWS, seed: int = 1
) -> FloatArray:
    """By how much the new model's AP is higher in each draw of the photos, (≤ draws,); draws without a product are left
    out. The same seed gives the same draws."""
    random = np.random.default_rng(seed)
    before, after = Ranking(old), Ranking(new)
    products = np.array([len(photo.product_labels) for photo in old])
    gains = []
    for _ in range(draws):
        times = np.bincount(random.integers(len(old), size=len(old)), minlength=len(old))
        if (times * products).any():
            gains.append(float(after.average_precision(times).mean() - before.average_precision(times).mean()))
    return np.array(gains, dtype=np.float32)


def _corrections(photo: PhotoResult) -> int:
    return photo.missed + photo.false
