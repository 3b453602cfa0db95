"""Which label of a model is which label of a data set: they are matched by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shelfaudit.datasets.dataset import DatasetError, IntArray, LabelledPhoto
from shelfaudit.evaluation.predictions import Predictions

UNJUDGED = -1
_MOST_NAMED = 5


@dataclass(frozen=True, eq=False)
class LabelMatch:
    """The labels that are judged, and where those of both sides went.

    names: the judged labels. of_model, of_dataset: their index for each label of the model and of the data set;
    `UNJUDGED` where the other side has no such label. class_agnostic: boxes are judged whatever their label.
    note: what a reader of the scores has to know about it; "" where all labels match.
    """

    names: tuple[str, ...]
    of_model: IntArray
    of_dataset: IntArray
    class_agnostic: bool
    note: str

    def photo(self, photo: LabelledPhoto) -> LabelledPhoto:
        """The photo with the judged products alone, their labels as judged."""
        labels = self.of_dataset[photo.labels]
        kept = labels != UNJUDGED
        products = tuple(name for name, judged in zip(photo.products, kept.tolist(), strict=True) if judged)
        return replace(photo, boxes=photo.boxes[kept], labels=labels[kept], products=products)

    def predictions(self, boxes: NDArray[np.float32], scores: NDArray[np.float32], labels: IntArray) -> Predictions:
        """Predictions with the model's labels (N,) as judged ones; those of other labels are left out."""
        judged = self.of_model[labels]
        return Predictions(boxes, scores, judged).where(judged != UNJUDGED)


def match_labels(model: Sequence[str], dataset: Sequence[str], *, class_agnostic: bool = False) -> LabelMatch:
    """Match labels by name, without regard to case and outer spaces.

    Where no name is shared and one side has a single label, that label means "any product", and boxes are judged
    whatever their label.

    Raises:
        DatasetError: no name is shared, and both sides tell labels apart.
    """
    if class_agnostic:
        return _agnostic(model, dataset, "Boxes are judged whatever their label, as asked for.")
    keys = {_key(name): index for index, name in reversed(list(enumerate(model)))}
    shared = [index for index, name in enumerate(dataset) if _key(name) in keys]
    if not shared and 1 in (len(model), len(dataset)):
        several = len(model) > 1 or len(dataset) > 1
        note = f"Boxes are judged whatever their label: {_both_known(model, dataset)}." if several else ""
        return _agnostic(model, dataset, note)
    if not shared:
        raise DatasetError(
            f"The model and the data set share no label: {_both_known(model, dataset)}.",
            advice="Name another model, or judge boxes whatever their label (--any-label).",
        )
    names = tuple(dict.fromkeys(_key(dataset[index]) for index in shared))
    place = {key: index for index, key in enumerate(names)}
    unknown = [name for name in dataset if _key(name) not in place]
    unasked = [name for name in model if _key(name) not in place]
    notes = []
    if unknown:
        notes.append(f"Not judged, because the model does not know them: {_named(unknown)}.")
    if unasked:
        notes.append(f"Left out, because the data set does not label them: {_named(unasked)}.")
    display = {_key(dataset[index]): dataset[index] for index in reversed(shared)}
    return LabelMatch(
        names=tuple(display[key] for key in names),
        of_model=np.array([place.get(_key(name), UNJUDGED) for name in model], dtype=np.int64),
        of_dataset=np.array([place.get(_key(name), UNJUDGED) for name in dataset], dtype=np.int64),
        class_agnostic=False,
        note=" ".join(notes),
    )


def _agnostic(model: Sequence[str], dataset: Sequence[str], note: str) -> LabelMatch:
    name = model[0] if len(model) == 1 else "product"
    return LabelMatch(
        names=(name,),
        of_model=np.zeros(len(model), dtype=np.int64),
        of_dataset=np.zeros(len(dataset), dtype=np.int64),
        class_agnostic=True,
        note=note,
    )


def _key(name: str) -> str:
    return name.strip().casefold()


def _both_known(model: Sequence[str], dataset: Sequence[str]) -> str:
    return f"the model knows {_named(model)}, the data set {_named(dataset)}"


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(f"“{name}”" for name in names[:_MOST_NAMED])
    rest = len(names) - _MOST_NAMED
    return f"{shown} and {rest} more" if rest > 0 else shown
