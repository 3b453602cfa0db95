from __future__ import annotations

from pathlib import Path

import pytest

from shelfaudit.datasets.classes import class_per_product, one_class, with_classes
from shelfaudit.datasets.dataset import Dataset, DatasetError
from shelfaudit.datasets.formats import FORMATS, read_dataset, recognise, write_dataset
from shelfaudit.datasets.kinds import Classes, FormatName
from shelfaudit.datasets.options import Progress, ReadOptions, WriteOptions
from shelfaudit.datasets.photo_headers import look_at_headers
from shelfaudit.datasets.problems import ProblemKind
from shelfaudit.domain.geometry import Box
from tests.datasets.format_makers import label_names, labelled_photo, write_photo


def test_every_format_is_there_once() -> None:
    assert list(FORMATS) == list(FormatName)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.csv", "a;b;c\n"),
        ("x.json", '{"a": 1}'),
        ("x.json", "no JSON"),
        ("x.bin", "\0\1"),
        ("x", ""),
    ],
)
def test_what_is_in_no_format_is_told(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError, match="recognised"):
        recognise(tmp_path / name)


def test_a_path_that_is_not_there_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path / "none" / "x.csv"):
        with pytest.raises(DatasetError) as caught:
            read_dataset(path)
        assert caught.value.file == path
    with pytest.raises(DatasetError):
        read_dataset(Path("a\0b"))


def test_an_option_without_a_meaning_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a.jpg,1,2,3,4,x,60,40\n")
    with pytest.raises(DatasetError, match="sku110k has no split"):
        read_dataset(tmp_path / "a.csv", options=ReadOptions(split="train"))


@pytest.mark.parametrize("name", FormatName)
def test_what_a_format_cannot_hold_is_told(name: FormatName, tmp_path: Path) -> None:
    photo = labelled_photo(
        write_photo(tmp_path / "1.png"),
        boxes=[(1.5, 2, 11, 22)],
        areas=[(5, 5, 9, 9), (6, 6, 9, 9)],
        products=["a/b"],
        region=Box(0, 0, 30, 30),
        source="shop",
    )
    nothing_known = labelled_photo(write_photo(tmp_path / "2.png"), region=None)
    dataset = Dataset(("x",), (photo, nothing_known))
    problems = write_dataset(dataset, tmp_path / "out", name)
    assert {problem.kind for problem in problems} <= {ProblemKind.FORMAT_LIMIT}
    told = " ".join(problem.message for problem in problems)
    holds = FORMATS[name].holds
    for held, words in (
        (holds.regions, "2 photos are labelled in a part only"),
        (holds.areas, "2 areas to ignore"),
        (holds.products, "1 boxes lose the name of their product"),
        (holds.sources, "1 photos lose their source"),
        (holds.fractions, "1 boxes are rounded"),
    ):
        assert (words in told) is not held


@pytest.mark.parametrize("name", [name for name in FormatName if name is not FormatName.COCO])
def test_a_label_that_is_no_text_is_refused(name: FormatName, tmp_path: Path) -> None:
    dataset = Dataset(("K\udce4se",), (labelled_photo(write_photo(tmp_path / "1.png")),))
    with pytest.raises(DatasetError, match="UTF-8"):
        write_dataset(dataset, tmp_path / "out", name, WriteOptions())


def test_classes_by_product(tmp_path: Path) -> None:
    photos = (
        labelled_photo(tmp_path / "1", boxes=[(0, 0, 1, 1)] * 3, labels=[0, 1, 1], products=["b/x", None, "a/y"]),
        labelled_photo(tmp_path / "2", products=["b/x"]),
    )
    dataset = Dataset(("p", "q"), photos)
    assert with_classes(dataset, Classes.KEEP) is dataset
    assert label_names(one_class(dataset)) == [["product"] * 3, ["product"]]
    by_product = with_classes(dataset, Classes.PRODUCTS)
    assert by_product.labels == ("product", "a/y", "b/x")
    assert label_names(by_product) == [["b/x", "product", "a/y"], ["b/x"]]
    brands = class_per_product(dataset, {"b/x": "Brio"}.get)
    assert brands.labels == ("product", "Brio")
    assert label_names(brands) == [["Brio", "product", "product"], ["Brio"]]
    assert by_product.photos[0].products == photos[0].products


def test_without_unknown_products_there_is_no_class_for_them(tmp_path: Path) -> None:
    dataset = Dataset(("p",), (labelled_photo(tmp_path / "1", products=["a"]),))
    assert class_per_product(dataset).labels == ("a",)


def test_headers_tell_what_is_wrong_with_photos(tmp_path: Path) -> None:
    whole = write_photo(tmp_path / "whole.jpg", image_format="JPEG")
    trailer = tmp_path / "with a video.jpg"
    trailer.write_bytes(whole.read_bytes() + b"\0" * 100_000)
    (tmp_path / "cut.jpg").write_bytes(whole.read_bytes()[:-30])
    write_photo(tmp_path / "turned.png", (40, 60))
    write_photo(tmp_path / "small.png", (4, 6))
    (tmp_path / "text.jpg").write_text("no photo")
    names = ("whole.jpg", "with a video.jpg", "cut.jpg", "turned.png", "small.png", "text.jpg", "none.jpg")
    seen: list[tuple[int, int]] = []
    progress: Progress = lambda done, total: seen.append((done, total))  # noqa: E731
    problems = look_at_headers([labelled_photo(tmp_path / name) for name in names], progress)
    assert [(problem.file.name, problem.kind) for problem in problems] == [
        ("cut.jpg", ProblemKind.PHOTO_TRUNCATED),
        ("turned.png", ProblemKind.PHOTO_SIZE),
        ("small.png", ProblemKind.PHOTO_SIZE),
        ("text.jpg", ProblemKind.PHOTO_DAMAGED),
        ("none.jpg", ProblemKind.PHOTO_MISSING),
    ]
    assert "orientation" in problems[1].message
    assert "orientation" not in problems[2].message
    assert seen[-1] == (7, 7)
