"""The live threshold on a visit of 200 photos with 1,000 boxes each: what a step of the slider and letting it go take.

    python -m benchmarks.bench_threshold

Prints medians in milliseconds, measured in one thread. `scales` runs in a thread of its own in the program; a step and
the edit run in the UI thread.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from shelfaudit.domain.edits import Edit, edited
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.threshold import RawDetection, threshold_scale
from shelfaudit.domain.visit import Author, Facing, Photo, PhotoState

PHOTOS, BOXES, MODEL = 200, 1000, 0.5


def made_photo(number: int) -> tuple[Photo, RawDetection]:
    """A photo with boxes in a grid, scores from 0.2 to 1; every tenth facing was named by the auditor."""
    scores = np.sort(np.random.default_rng(number).uniform(0.2, 1.0, BOXES))[::-1].tolist()
    found = tuple(
        Facing(
            f"{number}-{place}",
            Box(60 * (place % 40), 90 * (place // 40), 60 * (place % 40) + 55, 90 * (place // 40) + 85),
            score,
        )
        for place, score in enumerate(scores)
    )
    raw = RawDetection(MODEL, found)
    facings = tuple(
        Facing(f.id, f.box, f.score, "alba/cola", product_by=Author.AUDITOR) if place % 10 == 0 else f
        for place, f in enumerate(raw.counted)
    )
    return Photo(number, 1, Path("a.jpg"), 4000, 3000, state=PhotoState.DETECTED, threshold=MODEL, facings=facings), raw


def median_ms(work: Callable[[], object], times: int) -> float:
    """The median time of some runs."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken)


def main() -> None:
    photos = [made_photo(number) for number in range(PHOTOS)]
    scales = [threshold_scale(photo, raw) for photo, raw in photos]
    edits = [edit for scale in scales if (edit := scale.edit(0.3)) is not None]
    print(f"scale of a photo         {median_ms(lambda: threshold_scale(*photos[0]), 50):8.2f}")
    print(f"scales of the visit      {median_ms(lambda: [threshold_scale(p, raw) for p, raw in photos], 3):8.2f}")
    print(f"a step, numbers of all   {median_ms(lambda: [scale.counts(0.31) for scale in scales], 50):8.2f}")
    print(f"the edits of the visit   {median_ms(lambda: [scale.edit(0.3) for scale in scales], 5):8.2f}")
    raised = [edit for scale in scales if (edit := scale.edit(0.8)) is not None]
    for words, changes in (("lowered in all photos", edits), ("raised in all photos", raised)):

        def apply(changes: list[Edit] = changes) -> None:
            for scale, edit in zip(scales, changes, strict=True):
                edited(scale.photo, edit)

        print(f"{words:24s} {median_ms(apply, 5):8.2f}")


if __name__ == "__main__":
    main()
