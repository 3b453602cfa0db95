"""What to put right in data sets before they train or judge a detector, each thing with what to do about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from shelfaudit.datasets.box_checks import box_problems
from shelfaudit.datasets.dataset import Dataset, LabelledPhoto
from shelfaudit.datasets.photo_check import PhotoCheck
from shelfaudit.datasets.problems import Problem, ProblemKind
from shelfaudit.datasets.stats import boxes_by_class, photos_by_class

LEAST_PHOTOS = 100
"""Photos a class should have: the least with which the published product taggers of this trade were trained."""

UNEVEN = 10
"""How many times the boxes of another class a class may have without a word."""


class Severity(StrEnum):
    """How bad it is: training or scores will be wrong, may suffer, or something to know."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class NamedDataset:
    """A data set, the file it was read from, and what was wrong with that file."""

    file: Path
    dataset: Dataset
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem, how bad it is, and what to do."""

    problem: Problem
    severity: Severity
    advice: str


_LABEL_FILE = (Severity.WARNING, "Put it right where the labels were made.")
_COPY_AGAIN = "Copy the photo again, or leave it out with `dataset clean`."
_JUDGEMENTS: dict[ProblemKind, tuple[Severity, str]] = {
    ProblemKind.DATASET_EMPTY: (Severity.ERROR, "Label some photos first."),
    ProblemKind.PHOTO_MISSING: (
        Severity.ERROR,
        "Put the photos where the label file says, or leave them out with `dataset clean`.",
    ),
    ProblemKind.PHOTO_DAMAGED: (Severity.ERROR, _COPY_AGAIN),
    ProblemKind.PHOTO_TRUNCATED: (Severity.ERROR, _COPY_AGAIN),
    ProblemKind.PHOTO_SIZE: (
        Severity.ERROR,
        "The boxes are beside the products: take the photo that was labelled, or leave it out with `dataset clean`.",
    ),
    ProblemKind.PHOTO_LEAK: (
        Severity.ERROR,
        "Scores on photos that were trained on say nothing: leave one out, or let `dataset split` keep them together.",
    ),
    ProblemKind.LABELS_DIFFER: (
        Severity.ERROR,
        "A model's classes have one order: make the lists equal, say with `dataset clean --rename`.",
    ),
    ProblemKind.SOURCE_LEAK: (
        Severity.WARNING,
        "Scores on stores that were trained on flatter: `dataset split --by source` keeps them apart.",
    ),
    ProblemKind.PHOTO_DUPLICATE: (Severity.WARNING, "`dataset clean` keeps the one with most labels."),
    ProblemKind.LABEL_EMPTY: (Severity.WARNING, "Label some, or `dataset clean --drop` the class."),
    ProblemKind.LABEL_RARE: (
        Severity.WARNING,
        "Take more photos, join classes with `dataset clean --rename`, or repeat photos with `dataset balance`.",
    ),
    ProblemKind.LABEL_ALIKE: (Severity.WARNING, "If they mean one thing: `dataset clean --rename OLD=NEW`."),
    ProblemKind.BOX_DUPLICATE: (Severity.WARNING, "`dataset clean` keeps the first."),
    ProblemKind.BOX_OUTSIDE: (Severity.WARNING, "Are the labels for another photo? `dataset clean` leaves them out."),
    ProblemKind.BOX_OVERHANG: (Severity.WARNING, "`dataset clean` cuts them off at the photo's edge."),
    ProblemKind.BOX_OUTSIDE_REGION: (
        Severity.WARNING,
        "Scores count them as missed, because only the region is judged: widen the region or remove the boxes.",
    ),
    ProblemKind.BOX_TINY: (Severity.WARNING, "Look at them: slips of the mouse, or too far away to be learnt."),
    ProblemKind.BOX_ODD_SIZE: (Severity.NOTE, "Look at them: a box round a whole row, or round a price tag?"),
    ProblemKind.PHOTO_UNLABELLED: (
        Severity.NOTE,
        "Right for photos without products; otherwise label them or `dataset clean --drop-unlabelled`.",
    ),
    ProblemKind.PHOTO_REPEATED: (
        Severity.NOTE,
        "Right after `dataset balance`; otherwise `dataset clean` lists it once.",
    ),
    ProblemKind.LABELS_UNEVEN: (Severity.NOTE, "`dataset balance` evens them out."),
    ProblemKind.SOURCE_UNTOLD: (
        Severity.NOTE,
        "Whether stores are shared cannot be told: name the store as `source` of each image.",
    ),
}


def check_datasets(
    datasets: Sequence[NamedDataset], photo_check: PhotoCheck | None, *, least_photos: int = LEAST_PHOTOS
) -> list[Finding]:
    """Everything found in some data sets, which are compared as the parts of one (training, validation, test).

    photo_check: of the photos of all data sets, one after the other; None where the files were not looked at.
    least_photos: in how many photos a class should be; a class is judged in the data set that has most of them.

    Returns:
        The findings, worst first, those of a kind together.
    """
    problems: list[Problem] = []
    for named in datasets:
        problems += named.problems
        problems += _photo_list_problems(named)
        problems += _label_problems(named)
        for photo in named.dataset.photos:
            problems += box_problems(photo, named.dataset.labels)
    problems += _rare_labels(datasets, least_photos)
    problems += _difference_of_labels(datasets)
    problems += _shared_sources(datasets)
    if photo_check is not None:
        problems += [problem for problem in photo_check.problems if problem is not None]
        problems += duplicate_problems(datasets, photo_check)
    findings = [Finding(problem, *_JUDGEMENTS.get(problem.kind, _LABEL_FILE)) for problem in problems]
    severities, kinds = list(Severity), [*_JUDGEMENTS, *ProblemKind]
    return sorted(findings, key=lambda it: (severities.index(it.severity), kinds.index(it.problem.kind)))


def _photo_list_problems(named: NamedDataset) -> Iterator[Problem]:
    if not named.dataset.photos:
        yield Problem(ProblemKind.DATASET_EMPTY, named.file, "", "There is no photo in it.")
    for photo in named.dataset.photos:
        if not len(photo.boxes):
            said = "nothing is known about it" if photo.region is None else "its region says that there is no product"
            yield Problem(ProblemKind.PHOTO_UNLABELLED, photo.file, "", f"It has no box: {said}.")


def _label_problems(named: NamedDataset) -> Iterator[Problem]:
    labels, boxes = named.dataset.labels, boxes_by_class(named.dataset)
    for label, count in zip(labels, boxes, strict=True):
        if not count:
            yield Problem(ProblemKind.LABEL_EMPTY, named.file, label, "No box has this class.")
    alike = defaultdict(list)
    for label in labels:
        alike["".join(character for character in label.casefold() if character.isalnum()) or label].append(label)
    for names in alike.values():
        if len(names) > 1:
            told = " and ".join(f"“{name}”" for name in names)
            yield Problem(ProblemKind.LABEL_ALIKE, named.file, names[0], f"{told} differ only in case or spaces.")
    most, fewest = max(boxes, default=0), min((count for count in boxes if count), default=0)
    if fewest and most > UNEVEN * fewest:
        large, small = labels[boxes.index(most)], labels[boxes.index(fewest)]
        message = f"“{large}” has {most} boxes, “{small}” has {fewest}."
        yield Problem(ProblemKind.LABELS_UNEVEN, named.file, "", message)


def _rare_labels(datasets: Sequence[NamedDataset], least_photos: int) -> Iterator[Problem]:
    largest = max(datasets, key=lambda named: len(named.dataset.photos))
    for label, count in zip(largest.dataset.labels, photos_by_class(largest.dataset), strict=True):
        if 0 < count < least_photos:
            message = f"It is in {count} photos, fewer than {least_photos}."
            yield Problem(ProblemKind.LABEL_RARE, largest.file, label, message)


def _difference_of_labels(datasets: Sequence[NamedDataset]) -> Iterator[Problem]:
    first, *others = datasets
    for other in others:
        ours, theirs = first.dataset.labels, other.dataset.labels
        if ours == theirs:
            continue
        only_ours, only_theirs = (
            ", ".join(f"“{label}”" for label in labels if label not in there)
            for labels, there in ((ours, theirs), (theirs, ours))
        )
        if only_ours or only_theirs:
            told = [
                f"{names} only in {file.name}"
                for names, file in ((only_ours, first.file), (only_theirs, other.file))
                if names
            ]
            message = f"{'; '.join(told)}."
        else:
            message = f"The same classes as in {first.file.name}, in another order."
        yield Problem(ProblemKind.LABELS_DIFFER, other.file, "", message)


def _shared_sources(datasets: Sequence[NamedDataset]) -> Iterator[Problem]:
    if len(datasets) < 2:
        return
    photos_of: dict[str, dict[Path, int]] = defaultdict(lambda: defaultdict(int))
    for named in datasets:
        for photo in named.dataset.photos:
            photos_of[photo.source][named.file] += 1
    if len(photos_of) <= 1:
        source = next(iter(photos_of), "")
        message = f"All photos come from “{source}”." if source else "No photo names its source."
        yield Problem(ProblemKind.SOURCE_UNTOLD, datasets[0].file, "", message)
        return
    for source, counts in photos_of.items():
        if source and len(counts) > 1:
            told = ", ".join(f"{count} photos in {file.name}" for file, count in counts.items())
            yield Problem(ProblemKind.SOURCE_LEAK, next(iter(counts)), source, f"{told}.")


def duplicate_problems(datasets: Sequence[NamedDataset], photo_check: PhotoCheck) -> Iterator[Problem]:
    """For each photo that shows what an earlier one shows: a leak, where they are in two data sets, else a double."""
    listed = [(named.file, photo) for named in datasets for photo in named.dataset.photos]
    twins: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for index, first in enumerate(photo_check.duplicates.first_same):
        if first != index:
            twins[index].append((first, "has the same bytes"))
    for first, index in photo_check.duplicates.alike:
        twins[index].append((first, "looks the same"))
    for index, earlier in sorted(twins.items()):
        file, photo = listed[index]
        leaks = [(first, how) for first, how in earlier if listed[first][0] != file]
        first, how = (leaks or earlier)[0]
        other_file, other = listed[first]
        if leaks:
            message = f"{other.file} in {other_file.name} {how} as this one in {file.name}."
            yield Problem(ProblemKind.PHOTO_LEAK, photo.file, "", message)
        elif other.file == photo.file and _same_labels(other, photo):
            yield Problem(ProblemKind.PHOTO_REPEATED, photo.file, "", f"{file.name} lists it more than once.")
        else:
            yield Problem(ProblemKind.PHOTO_DUPLICATE, photo.file, "", f"{other.file} {how}.")


def _same_labels(one: LabelledPhoto, other: LabelledPhoto) -> bool:
    return np.array_equal(one.boxes, other.boxes) and np.array_equal(one.labels, other.labels)


def count_by_severity(findings: Iterable[Finding]) -> dict[Severity, int]:
    """How many findings there are of each severity."""
    counts = dict.fromkeys(Severity, 0)
    for finding in findings:
        counts[finding.severity] += 1
    return counts
