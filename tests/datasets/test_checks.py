"""What is found in data sets, how bad it is, and that good ones have no findings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from shelfaudit.datasets.checks import Finding, NamedDataset, Severity, check_datasets, count_by_severity
from shelfaudit.datasets.coco import load_coco
from shelfaudit.datasets.dataset import Dataset, LabelledPhoto
from shelfaudit.datasets.near_duplicates import Duplicates
from shelfaudit.datasets.photo_check import PhotoCheck, check_photos
from shelfaudit.datasets.problems import Problem, ProblemKind
from shelfaudit.domain.geometry import Box
from tests.datasets.makers import HEIGHT, WIDTH, a_photo


def named(*photos: LabelledPhoto, labels: tuple[str, ...] = ("cola", "tea"), file: str = "train.json") -> NamedDataset:
    return NamedDataset(Path(file), Dataset(labels, photos))


def found(*datasets: NamedDataset, check: PhotoCheck | None = None, least: int = 0) -> list[Finding]:
    return check_datasets(datasets, check, least_photos=least)


def kinds(findings: list[Finding]) -> list[ProblemKind]:
    return [finding.problem.kind for finding in findings]


def test_a_good_data_set_has_no_findings() -> None:
    photos = [a_photo(f"{index}.jpg", [0, 1], source=f"store {index}") for index in range(4)]
    check = PhotoCheck((None,) * 4, Duplicates((0, 1, 2, 3), ()))
    assert found(named(*photos[:3]), named(photos[3], file="test.json"), check=check) == []


def test_classes_with_few_photos_or_none() -> None:
    findings = found(named(a_photo("1.jpg", [0, 0]), labels=("cola", "tea")), least=2)
    assert [(it.problem.kind, it.problem.place) for it in findings] == [
        (ProblemKind.LABEL_EMPTY, "tea"),
        (ProblemKind.LABEL_RARE, "cola"),
    ]
    assert {finding.severity for finding in findings} == {Severity.WARNING}


def test_few_photos_are_judged_in_the_largest_part() -> None:
    train = [a_photo(f"{index}.jpg", [0, 1]) for index in range(3)]
    findings = found(named(*train), named(a_photo("t.jpg", [0, 1]), file="test.json"), least=3)
    assert ProblemKind.LABEL_RARE not in kinds(findings)


def test_classes_of_nearly_one_name_and_uneven_ones() -> None:
    photos = [a_photo(f"{index}.jpg", [0]) for index in range(11)] + [a_photo("other.jpg", [1, 2])]
    findings = found(named(*photos, labels=("Coca Cola", "coca-cola", "茶")))
    assert kinds(findings) == [ProblemKind.LABEL_ALIKE, ProblemKind.LABELS_UNEVEN]
    assert "“Coca Cola” and “coca-cola”" in findings[0].problem.message


def test_classes_of_other_scripts_are_not_alike() -> None:
    assert found(named(a_photo("1.jpg", [0, 1, 2]), labels=("茶", "水", "!"))) == []


@pytest.mark.parametrize(
    ("box", "kind"),
    [
        (Box(10, 20, 34, 80.5), ProblemKind.BOX_DUPLICATE),
        (Box(100, 100, 102, 140), ProblemKind.BOX_TINY),
        (Box(300, 100, WIDTH + 9, 140), ProblemKind.BOX_OVERHANG),
        (Box(-9, 100, 12, 140), ProblemKind.BOX_OVERHANG),
        (Box(250, 200, 280, 230), ProblemKind.BOX_OUTSIDE_REGION),
        (Box(0, 0, 200, 150), ProblemKind.BOX_ODD_SIZE),
    ],
)
def test_odd_boxes(box: Box, kind: ProblemKind) -> None:
    row = [Box(10 + 30 * column, 20, 34 + 30 * column, 80) for column in range(9)]
    region = Box(0, 0, WIDTH, 180)
    assert found(named(a_photo("1.jpg", [0] * 9, boxes=row, region=region), labels=("cola",))) == []
    (finding,) = found(named(a_photo("1.jpg", [0] * 10, boxes=[*row, box], region=region), labels=("cola",)))
    assert finding.problem.kind is kind
    assert finding.problem.file == Path("1.jpg")
    assert finding.problem.place == f"cola at {box.x1:.0f}, {box.y1:.0f}"


def test_boxes_of_two_classes_in_one_place_are_no_duplicates() -> None:
    assert found(named(a_photo("1.jpg", [0, 1], boxes=[Box(0, 0, 40, 40)] * 2))) == []


def test_photos_without_labels_are_noted() -> None:
    empty, complete = a_photo("1.jpg"), a_photo("2.jpg", region=Box(0, 0, WIDTH, HEIGHT))
    findings = found(named(a_photo("0.jpg", [0, 1]), empty, complete))
    assert kinds(findings) == [ProblemKind.PHOTO_UNLABELLED] * 2
    assert findings[0].problem.message != findings[1].problem.message


def test_an_empty_data_set_is_an_error() -> None:
    findings = found(named(labels=()))
    assert [(it.problem.kind, it.severity) for it in findings] == [(ProblemKind.DATASET_EMPTY, Severity.ERROR)]


def test_class_lists_that_differ() -> None:
    one = named(a_photo("1.jpg", [0, 1], source="n"))
    swapped = named(a_photo("2.jpg", [0, 1], source="s"), labels=("tea", "cola"), file="b.json")
    other = named(a_photo("3.jpg", [0, 1], source="w"), labels=("cola", "milk"), file="c.json")
    first, second = found(one, swapped, other)
    assert first.severity is second.severity is Severity.ERROR
    assert "another order" in first.problem.message
    assert "“tea” only in train.json" in second.problem.message
    assert "“milk” only in c.json" in second.problem.message


def test_a_source_in_two_parts_is_told_and_one_source_for_all_is_no_evidence() -> None:
    north, south = a_photo("1.jpg", [0, 1], source="north"), a_photo("2.jpg", [0, 1], source="south")
    again = replace(north, file=Path("3.jpg"))
    (finding,) = found(named(north, south), named(again, file="test.json"))
    assert (finding.problem.kind, finding.severity) == (ProblemKind.SOURCE_LEAK, Severity.WARNING)
    assert finding.problem.place == "north"
    (finding,) = found(named(north), named(again, file="test.json"))
    assert (finding.problem.kind, finding.severity) == (ProblemKind.SOURCE_UNTOLD, Severity.NOTE)
    assert found(named(north, south)) == []


def test_photos_in_two_parts_are_errors_and_doubles_in_one_are_not() -> None:
    photos = [a_photo(f"{index}.jpg", [0, 1], source=f"{index}") for index in range(6)]
    # 1 has the bytes of 0, 3 those of 2; 4 looks like 0; 5 is alone. 0, 1, 2 are trained on.
    check = PhotoCheck((None,) * 6, Duplicates((0, 0, 2, 2, 4, 5), ((0, 4),)))
    findings = found(named(*photos[:3]), named(*photos[3:], file="test.json"), check=check)
    assert [(it.problem.kind, it.problem.file.name) for it in findings] == [
        (ProblemKind.PHOTO_LEAK, "3.jpg"),
        (ProblemKind.PHOTO_LEAK, "4.jpg"),
        (ProblemKind.PHOTO_DUPLICATE, "1.jpg"),
    ]
    assert "looks the same" in findings[1].problem.message
    assert count_by_severity(findings) == {Severity.ERROR: 2, Severity.WARNING: 1, Severity.NOTE: 0}


def test_a_repeated_photo_is_a_note_unless_its_labels_differ() -> None:
    photo, other = a_photo("1.jpg", [0, 1]), a_photo("1.jpg", [1, 0])
    check = PhotoCheck((None,) * 2, Duplicates((0, 0), ()))
    assert kinds(found(named(photo, photo), check=check)) == [ProblemKind.PHOTO_REPEATED]
    assert kinds(found(named(photo, other), check=check)) == [ProblemKind.PHOTO_DUPLICATE]


def test_problems_of_photo_files_come_first() -> None:
    missing = Problem(ProblemKind.PHOTO_MISSING, Path("1.jpg"), "", "The file is missing.")
    findings = found(named(a_photo("1.jpg", [0])), check=PhotoCheck((missing,), Duplicates((0,), ())))
    assert findings[0].problem is missing
    assert findings[0].severity is Severity.ERROR
    assert findings[0].advice


def test_what_was_wrong_with_a_label_file_is_among_the_findings() -> None:
    problem = Problem(ProblemKind.ENTRY_INVALID, Path("train.json"), "annotation 7", "It has no box; left out.")
    (finding,) = found(NamedDataset(Path("train.json"), Dataset(("cola",), (a_photo("1.jpg", [0]),)), (problem,)))
    assert finding.problem is problem
    assert finding.severity is Severity.WARNING


SHELVES = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "shelves"


@pytest.mark.shared_data
@pytest.mark.skipif(not SHELVES.is_dir(), reason="needs the labelled photos beside the checkout")
def test_real_shelves_have_no_errors_and_no_photo_looks_like_another() -> None:
    datasets = [NamedDataset(SHELVES / name, load_coco(SHELVES / name)) for name in ("train.json", "validation.json")]
    photos = [photo for each in datasets for photo in each.dataset.photos]
    findings = check_datasets(datasets, check_photos(photos))
    assert kinds(findings) == [ProblemKind.SOURCE_UNTOLD]
