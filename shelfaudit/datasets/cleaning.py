"""A cleaned copy of a data set: what cannot be used, what is there twice and what is not wanted is left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from shelfaudit.datasets.box_checks import box_place, clipped, duplicate_boxes, over_edge
from shelfaudit.datasets.dataset import Dataset, DatasetError, LabelledPhoto
from shelfaudit.datasets.near_duplicates import Duplicates
from shelfaudit.datasets.photo_check import PhotoCheck
from shelfaudit.datasets.problems import Problem, ProblemKind


@dataclass(frozen=True, slots=True)
class CleaningRules:
    """What is wanted beside sound photos.

    rename: new names of classes; classes that get one name become one. The other names are the new ones.
    drop: classes whose boxes are left out: what they show counts as background from then on.
    ignore: classes whose boxes become areas to ignore: neither product nor background.
    only_with: keep only photos that show one of these classes; empty keeps all.
    drop_unlabelled: leave out photos that have no box (any more).
    near_duplicates: leave out photos that look like another one, not only those of the same bytes.
    """

    rename: Mapping[str, str] = field(default_factory=dict)
    drop: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    only_with: frozenset[str] = frozenset()
    drop_unlabelled: bool = False
    near_duplicates: bool = True


@dataclass(frozen=True, slots=True)
class CleanedDataset:
    """The cleaned copy, and each thing that was left out or changed."""

    dataset: Dataset
    changes: tuple[Problem, ...]


def clean(dataset: Dataset, photo_check: PhotoCheck, rules: CleaningRules) -> CleanedDataset:
    """Leave out what `photo_check` (of the data set's photos) and the rules say; the data set itself stays as it is.

    Raises:
        DatasetError: a rule names a class that the data set does not have.
    """
    changes: list[Problem] = []
    photos = _sound_photos(dataset.photos, photo_check, changes)
    photos = _single_photos(photos, photo_check.duplicates, rules.near_duplicates, changes)
    renamed = _renamed(Dataset(dataset.labels, tuple(photos.values())), rules.rename, changes)
    _refuse_unknown(rules.drop | rules.ignore | rules.only_with, renamed.labels)
    cleaned = [_wanted_boxes(photo, renamed.labels, rules, changes) for photo in renamed.photos]
    cleaned = [_sound_boxes(photo, renamed.labels, changes) for photo in cleaned]
    cleaned = _wanted_photos(cleaned, renamed.labels, rules, changes)
    return CleanedDataset(_without_labels(renamed.labels, cleaned, rules.drop | rules.ignore), tuple(changes))


def _sound_photos(
    photos: Sequence[LabelledPhoto], photo_check: PhotoCheck, changes: list[Problem]
) -> dict[int, LabelledPhoto]:
    """The photos whose files can be used, by index."""
    sound: dict[int, LabelledPhoto] = {}
    for index, (photo, problem) in enumerate(zip(photos, photo_check.problems, strict=True)):
        if problem is None:
            sound[index] = photo
        else:
            changes.append(replace(problem, message=f"{problem.message} The photo is left out."))
    return sound


def _single_photos(
    photos: Mapping[int, LabelledPhoto], duplicates: Duplicates, near: bool, changes: list[Problem]
) -> dict[int, LabelledPhoto]:
    """The photos without doubles: of those that show the same, the one with most boxes, else the first."""
    same_bytes: dict[int, list[int]] = defaultdict(list)
    for index in photos:
        same_bytes[duplicates.first_same[index]].append(index)
    alike: dict[int, list[int]] = defaultdict(list)
    for one, other in duplicates.alike if near else ():
        alike[one].append(other)
        alike[other].append(one)
    kept: dict[int, int] = {}  # by what they show, which is named by the first photo with these bytes
    dropped: dict[int, Problem] = {}
    for index in sorted(photos, key=lambda index: (-len(photos[index].boxes), index)):
        first = duplicates.first_same[index]
        twin = kept.get(first)
        how = "has the same bytes"
        if twin is None:
            twin = next((kept[other] for other in alike[first] if other in kept), None)
            how = "looks the same"
        if twin is None:
            kept[first] = index
        else:
            counts = f"{_boxes(len(photos[twin].boxes))}, this one {len(photos[index].boxes)}"
            said = f"{photos[twin].file} {how} and has {counts}."
            dropped[index] = Problem(
                ProblemKind.PHOTO_DUPLICATE, photos[index].file, "", f"{said} The photo is left out."
            )
    changes += [dropped[index] for index in sorted(dropped)]
    return {index: photos[index] for index in sorted(kept.values())}


def _renamed(dataset: Dataset, rename: Mapping[str, str], changes: list[Problem]) -> Dataset:
    """The data set with the new names of its classes; each class keeps the place of its first one."""
    _refuse_unknown(rename, dataset.labels)
    names = [rename.get(label, label) for label in dataset.labels]
    labels = tuple(dict.fromkeys(names))
    index_of = np.array([labels.index(name) for name in names], dtype=np.int64)
    photos = []
    for photo in dataset.photos:
        for old in np.unique(photo.labels).tolist():
            if dataset.labels[old] in rename:
                count = photo.labels.tolist().count(old)
                message = f"{_boxes(count)} became “{names[old]}”."
                changes.append(Problem(ProblemKind.LABEL_RENAMED, photo.file, dataset.labels[old], message))
        photos.append(replace(photo, labels=index_of[photo.labels]))
    return Dataset(labels, tuple(photos))


def _wanted_boxes(
    photo: LabelledPhoto, labels: Sequence[str], rules: CleaningRules, changes: list[Problem]
) -> LabelledPhoto:
    keep = np.ones(len(photo.labels), dtype=np.bool_)
    ignored = photo.ignored
    for index in np.unique(photo.labels).tolist():
        of_label = photo.labels == index
        label, count = labels[index], _boxes(int(of_label.sum()))
        if label in rules.ignore:
            ignored = np.concatenate([ignored, photo.boxes[of_label]])
            message = f"{count} became areas to ignore."
        elif label in rules.drop:
            message = f"{count} left out."
        else:
            continue
        keep &= ~of_label
        changes.append(Problem(ProblemKind.LABEL_UNWANTED, photo.file, label, message))
    return replace(with_boxes(photo, keep), ignored=ignored)


def _sound_boxes(photo: LabelledPhoto, labels: Sequence[str], changes: list[Problem]) -> LabelledPhoto:
    """Without boxes that are there twice, and cut at the photo's edge."""
    keep = np.ones(len(photo.boxes), dtype=np.bool_)
    over, outside = over_edge(photo)
    for index in np.flatnonzero(over).tolist():
        place = box_place(photo, index, labels)
        if outside[index]:
            changes.append(Problem(ProblemKind.BOX_OUTSIDE, photo.file, place, "Left out."))
        else:
            changes.append(Problem(ProblemKind.BOX_OVERHANG, photo.file, place, "Cut off at the photo's edge."))
    keep &= ~outside
    for _, again in duplicate_boxes(photo):
        if keep[again]:
            keep[again] = False
            place = box_place(photo, again, labels)
            changes.append(Problem(ProblemKind.BOX_DUPLICATE, photo.file, place, "Drawn twice; left out."))
    return with_boxes(replace(photo, boxes=np.where(over[:, None], clipped(photo), photo.boxes)), keep)


def _wanted_photos(
    photos: Iterable[LabelledPhoto], labels: Sequence[str], rules: CleaningRules, changes: list[Problem]
) -> list[LabelledPhoto]:
    wanted = {index for index, label in enumerate(labels) if label in rules.only_with}
    kept = []
    for photo in photos:
        if wanted and wanted.isdisjoint(photo.labels.tolist()):
            message = "It shows none of the classes asked for; left out."
            changes.append(Problem(ProblemKind.PHOTO_UNWANTED, photo.file, "", message))
        elif rules.drop_unlabelled and not len(photo.boxes):
            changes.append(Problem(ProblemKind.PHOTO_UNLABELLED, photo.file, "", "It has no box; left out."))
        else:
            kept.append(photo)
    return kept


def _without_labels(labels: Sequence[str], photos: Sequence[LabelledPhoto], gone: frozenset[str]) -> Dataset:
    """The data set without these classes, which have no boxes any more."""
    left = tuple(label for label in labels if label not in gone)
    index_of = np.array([left.index(label) if label in left else -1 for label in labels], dtype=np.int64)
    return Dataset(left, tuple(replace(photo, labels=index_of[photo.labels]) for photo in photos))


def with_boxes(photo: LabelledPhoto, keep: NDArray[np.bool_]) -> LabelledPhoto:
    """The photo with the boxes of this mask (N,) alone."""
    products = tuple(product for product, kept in zip(photo.products, keep.tolist(), strict=True) if kept)
    return replace(photo, boxes=photo.boxes[keep], labels=photo.labels[keep], products=products)


def _refuse_unknown(names: Iterable[str], labels: Sequence[str]) -> None:
    for name in names:
        if name not in labels:
            known = ", ".join(f"“{label}”" for label in labels)
            raise DatasetError(f"There is no class “{name}”.", advice=f"The classes are {known}.")


def _boxes(count: int) -> str:
    return f"{count} box" if count == 1 else f"{count} boxes"
