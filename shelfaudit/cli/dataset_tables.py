"""What the data set commands print: tables and lists for people, and the objects of `--json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from fractions import Fraction
from itertools import groupby
from pathlib import Path

from rich.table import Table
from rich.text import Text

from shelfaudit.cli import console
from shelfaudit.datasets.balancing import BalancedDataset
from shelfaudit.datasets.checks import Finding, Severity, count_by_severity
from shelfaudit.datasets.choices import Unit
from shelfaudit.datasets.dataset import Dataset
from shelfaudit.datasets.problems import Problem
from shelfaudit.datasets.stats import DatasetStats, Quantiles, boxes_by_class, photos_by_class

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_MOST_SOURCES = 10


def print_stats(file: Path, stats: DatasetStats) -> None:
    """The numbers of a data set as tables."""
    table = Table(title=str(file), title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    regions = stats.regions
    rows: list[tuple[str, object]] = [
        ("photos", stats.photos),
        ("… without a box", stats.unlabelled),
        ("… labelled completely", regions.whole),
        ("… labelled completely in a region", regions.part),
        ("… of which only the boxes are known", regions.none),
        ("boxes", stats.boxes),
        ("… with a named product", f"{stats.named} ({stats.products} products)"),
        ("classes", len(stats.classes)),
        ("areas to ignore", stats.ignored),
        ("area in regions", f"{regions.known_area:.1%}"),
        ("area to ignore", f"{regions.ignored_area:.1%}"),
    ]
    sources = list(stats.sources.items())
    rows += [(f"from {source or 'an unknown source'}", count) for source, count in sources[:_MOST_SOURCES]]
    if len(sources) > _MOST_SOURCES:
        rows.append(("from other sources", sum(count for _, count in sources[_MOST_SOURCES:])))
    for name, value in rows:
        table.add_row(name, str(value))
    console.print_table(table)
    console.print_table(_spread(stats))
    console.print_table(_classes(stats))


def stats_document(file: Path, stats: DatasetStats) -> dict[str, object]:
    """The JSON object of `dataset stats`: the fields of `DatasetStats`."""
    return {"file": str(file), **asdict(stats)}


def _spread(stats: DatasetStats) -> Table:
    table = Table("spread of")
    for name in ("least", "5 %", "25 %", "median", "75 %", "95 %", "largest", "mean"):
        table.add_column(name, justify="right")
    rows: list[tuple[str, Quantiles | None, str]] = [
        ("boxes per photo", stats.boxes_per_photo, ".0f"),
        ("photo width, pixels", stats.photo_width, ".0f"),
        ("photo height, pixels", stats.photo_height, ".0f"),
        ("box side √area, pixels", stats.side, ".0f"),
        ("box side, share of the photo's", stats.relative_side, ".1%"),
        ("box width ÷ height", stats.aspect, ".2f"),
    ]
    for name, quantiles, form in rows:
        if quantiles is not None:
            *spread, mean = asdict(quantiles).values()
            mean_form = ".1f" if form == ".0f" else form
            table.add_row(name, *(format(value, form) for value in spread), format(mean, mean_form))
    return table


def _classes(stats: DatasetStats) -> Table:
    table = Table("class")
    for name in ("boxes", "share", "photos", "median side"):
        table.add_column(name, justify="right")
    for entry in sorted(stats.classes, key=lambda entry: -entry.boxes):
        share = f"{entry.boxes / stats.boxes:.1%}" if stats.boxes else ""
        side = f"{entry.median_side:.0f}" if entry.median_side is not None else ""
        table.add_row(entry.name, str(entry.boxes), share, str(entry.photos), side)
    return table


def print_findings(findings: Sequence[Finding]) -> None:
    """The findings, those of a kind under one heading with what to do; then how many there are."""
    for (severity, kind, advice), group in groupby(findings, key=lambda it: (it.severity, it.problem.kind, it.advice)):
        members = list(group)
        heading = Text.assemble(
            (f"{severity}: ", _STYLES[severity]), (f"{kind} ({len(members)})", "bold"), f" {advice}"
        )
        console.print_line(heading)
        for finding in members:
            console.print_line(f"  {_in_words(finding.problem)}")
    counts = count_by_severity(findings)
    console.note(
        ", ".join(f"{count} {severity}{'s' if count != 1 else ''}" for severity, count in counts.items()) + "."
    )


def findings_document(files: Sequence[Path], findings: Sequence[Finding]) -> dict[str, object]:
    """The JSON object of `dataset check`."""
    counts = count_by_severity(findings)
    return {
        "files": [str(file) for file in files],
        "errors": counts[Severity.ERROR],
        "warnings": counts[Severity.WARNING],
        "notes": counts[Severity.NOTE],
        "findings": [
            {"severity": finding.severity, **problem_document(finding.problem), "advice": finding.advice}
            for finding in findings
        ],
    }


def print_problems(problems: Sequence[Problem]) -> None:
    """Each problem on a line."""
    for problem in problems:
        console.print_line(f"{problem.kind}: {_in_words(problem)}")


def problem_document(problem: Problem) -> dict[str, object]:
    """A problem for JSON."""
    return {
        "kind": str(problem.kind),
        "file": str(problem.file),
        "place": problem.place or None,
        "message": problem.message,
    }


def _in_words(problem: Problem) -> str:
    place = f": {problem.place}" if problem.place else ""
    return f"{problem.file}{place}: {problem.message}"


def print_parts(shares: Mapping[str, Fraction], parts: Mapping[str, Dataset]) -> None:
    """The photos and boxes of each part, in all and of each class."""
    photos = {name: len(part.photos) for name, part in parts.items()}
    total = sum(photos.values())
    table = Table("part")
    for heading in ("asked", "photos", "share", "boxes"):
        table.add_column(heading, justify="right")
    for name, part in parts.items():
        boxes = str(sum(boxes_by_class(part)))
        table.add_row(name, f"{float(shares[name]):.1%}", str(photos[name]), f"{photos[name] / total:.1%}", boxes)
    console.print_table(table)
    table = Table("class (photos / boxes)")
    for name in parts:
        table.add_column(name, justify="right")
    counts = [(photos_by_class(part), boxes_by_class(part)) for part in parts.values()]
    for index, label in enumerate(next(iter(parts.values())).labels):
        table.add_row(label, *(f"{of_photos[index]} / {of_boxes[index]}" for of_photos, of_boxes in counts))
    console.print_table(table)


def split_document(
    shares: Mapping[str, Fraction], files: Mapping[str, Path], parts: Mapping[str, Dataset]
) -> dict[str, object]:
    """The parts for JSON."""
    return {
        "parts": [
            {
                "name": name,
                "file": str(files[name]),
                "asked": float(shares[name]),
                "photos": len(part.photos),
                "boxes": sum(boxes_by_class(part)),
                "classes": _class_counts(part),
            }
            for name, part in parts.items()
        ]
    }


def print_balance(
    before: Dataset, balanced: BalancedDataset, unit: Unit, at_least: int | None, at_most: int | None
) -> None:
    """Each class before and after, and where a limit is not kept."""
    table = Table("class")
    for heading in ("photos before", "after", "boxes before", "after"):
        table.add_column(heading, justify="right")
    table.add_column("")
    after = balanced.dataset
    counts = (photos_by_class(before), photos_by_class(after), boxes_by_class(before), boxes_by_class(after))
    reached = counts[1] if unit is Unit.PHOTOS else counts[3]
    for index, label in enumerate(before.labels):
        told = ""
        if at_most is not None and reached[index] > at_most:
            told = f"{reached[index] - at_most} over: beside rarer classes"
        elif at_least is not None and not reached[index]:
            told = "has no photo"
        elif at_least is not None and reached[index] < at_least:
            told = f"{at_least - reached[index]} short: beside classes that are full"
        table.add_row(label, *(str(count[index]) for count in counts), told)
    console.print_table(table)


def balance_document(before: Dataset, balanced: BalancedDataset) -> dict[str, object]:
    """What was balanced, for JSON."""
    counted = list(zip(before.photos, balanced.times, strict=True))
    return {
        "photos": len(balanced.dataset.photos),
        "left_out": [str(photo.file) for photo, number in counted if number == 0],
        "repeated": [{"file": str(photo.file), "times": number} for photo, number in counted if number > 1],
        "before": _class_counts(before),
        "after": _class_counts(balanced.dataset),
    }


def _class_counts(dataset: Dataset) -> dict[str, dict[str, int]]:
    return {
        label: {"photos": photos, "boxes": boxes}
        for label, photos, boxes in zip(dataset.labels, photos_by_class(dataset), boxes_by_class(dataset), strict=True)
    }
