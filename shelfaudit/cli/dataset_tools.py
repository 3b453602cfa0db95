"""`shelfaudit dataset stats`, `check`, `clean`, `split` and `balance`: what is done with labelled photos.

The files given are read and never changed; photos stay where they are, and the files written name them from there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shelfaudit.cli import console
from shelfaudit.cli.console import ExitCode
from shelfaudit.cli.dataset_inputs import (
    LabelFile,
    OutputFile,
    Seed,
    look_at_photos,
    name_pairs,
    open_labels,
    parse_parts,
    read_labels,
    warn_of,
)
from shelfaudit.cli.options import Json, readable
from shelfaudit.datasets.choices import GroupBy, Unit


def stats(
    labels: LabelFile,
    sheet: Annotated[
        Path | None,
        typer.Option(metavar="FILE.png", help="Draw some of the photos with their boxes there.", show_default=False),
    ] = None,
    sheet_photos: Annotated[int, typer.Option(metavar="N", min=1, max=400, help="Photos on the sheet.")] = 12,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Say what is in a data set: photos, boxes, classes, sizes.

    Example: `shelfaudit dataset stats shelves/train.json --sheet train.png`

    What comes out: numbers of photos, boxes and areas to ignore; of each class its boxes and the photos that show it;
    how the sizes of boxes (side: √area, in pixels and as a share of the photo's), their shapes (width ÷ height) and
    their number per photo are spread. With `--sheet` a picture of some photos, each class at least once where it fits,
    with boxes, regions and areas to ignore.
    """
    from shelfaudit.cli.dataset_tables import print_stats, stats_document
    from shelfaudit.datasets.contact_sheet import write_sheet
    from shelfaudit.datasets.stats import describe

    with console.json_answer(as_json) as answer:
        dataset = open_labels(labels, sheet)
        described = describe(dataset)
        if as_json:
            answer(stats_document(labels, described))
        else:
            print_stats(labels, described)
        if sheet is not None:
            if not dataset.photos:
                console.warn("There is no photo to draw, so no sheet is written.")
                return
            write_sheet(dataset, sheet, count=sheet_photos, seed=seed)
            console.note(f"Sheet: {sheet}")


def check(
    labels: Annotated[
        list[Path],
        typer.Argument(
            readable=False,
            metavar="LABELS",
            help="Label files (COCO JSON); several are compared as the parts of one data set.",
            show_default=False,
        ),
    ],
    least: Annotated[
        int, typer.Option(metavar="N", min=0, help="Photos a class should be in, in the largest of the files.")
    ] = 100,
    labels_only: Annotated[
        bool, typer.Option("--labels-only", help="Do not look at the photos: faster, and finds less.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Find what is wrong in data sets before they train or judge a detector, and say what to do about it.

    Example: `shelfaudit dataset check train.json validation.json test.json`

    What comes out: errors (photos missing, damaged, truncated or of another size; the same or nearly the same photo in
    two files; class lists that differ), warnings (classes with few photos or none, boxes drawn twice, outside or very
    small, sources in two files …) and notes, one by one. The exit code is 3 where there is an error.
    """
    from shelfaudit.cli.dataset_tables import findings_document, print_findings
    from shelfaudit.datasets.checks import Severity, check_datasets, count_by_severity

    with console.json_answer(as_json) as answer:
        named = [read_labels(file) for file in dict.fromkeys(labels)]
        photos = [photo for each in named for photo in each.dataset.photos]
        photo_check = None if labels_only else look_at_photos(photos)
        findings = check_datasets(named, photo_check, least_photos=least)
        if as_json:
            answer(findings_document([each.file for each in named], findings))
        else:
            print_findings(findings)
    console.finish(ExitCode.SOME_PHOTOS_FAILED if count_by_severity(findings)[Severity.ERROR] else ExitCode.DONE)


def clean(
    labels: LabelFile,
    output: OutputFile,
    rename: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OLD=NEW",
            help="A new name of a class; classes of one name become one.",
            show_default=False,
            callback=lambda values: [readable(value) for value in values or []],
        ),
    ] = None,
    drop: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CLASS",
            help="Leave out its boxes: it counts as background.",
            show_default=False,
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="CLASS", help="Make its boxes areas to ignore.", show_default=False),
    ] = None,
    only_with: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CLASS",
            help="Keep only photos that show one of these.",
            show_default=False,
        ),
    ] = None,
    drop_unlabelled: Annotated[bool, typer.Option("--drop-unlabelled", help="Leave out photos without a box.")] = False,
    near_duplicates: Annotated[
        bool,
        typer.Option(
            "--near-duplicates/--exact-duplicates",
            help="Leave out photos that look like another one, or only copies of the same bytes.",
        ),
    ] = True,
    as_json: Json = False,
) -> None:
    """Write a copy of a data set without what cannot be used, what is there twice and what is not wanted.

    Example: `shelfaudit dataset clean labels.json --output cleaned.json --rename "Coca Cola=coca-cola" --drop tag`

    What comes out: the labels without photos that are missing, damaged, truncated or of another size than their labels
    say; of photos that show the same only the one with most boxes; without boxes drawn twice, and what the options say.
    Boxes over the edge are cut off. New names come first: the other options mean them. Options that name a class may be
    given several times. Each change is listed; the file given stays as it is.
    """
    from shelfaudit.cli.dataset_tables import print_problems, problem_document
    from shelfaudit.datasets.cleaning import CleaningRules
    from shelfaudit.datasets.cleaning import clean as clean_dataset
    from shelfaudit.datasets.coco import save_coco
    from shelfaudit.datasets.stats import boxes_by_class

    rules = CleaningRules(
        rename=name_pairs(rename or [], "--rename"),
        drop=frozenset(drop or []),
        ignore=frozenset(ignore or []),
        only_with=frozenset(only_with or []),
        drop_unlabelled=drop_unlabelled,
        near_duplicates=near_duplicates,
    )
    with console.json_answer(as_json) as answer:
        dataset = open_labels(labels, output)
        cleaned = clean_dataset(dataset, look_at_photos(dataset.photos), rules)
        save_coco(cleaned.dataset, output)
        boxes, boxes_before = (sum(boxes_by_class(each)) for each in (cleaned.dataset, dataset))
        if as_json:
            answer(
                {
                    "output": str(output),
                    "photos": len(cleaned.dataset.photos),
                    "boxes": boxes,
                    "changes": [problem_document(change) for change in cleaned.changes],
                }
            )
        else:
            print_problems(cleaned.changes)
        photos = f"{len(cleaned.dataset.photos)} of {len(dataset.photos)} photos"
        console.note(f"{photos} and {boxes} of {boxes_before} boxes: {output}")


def split(
    labels: LabelFile,
    output: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Folder for a label file of each part.", show_default=False)
    ],
    parts: Annotated[
        str, typer.Option(metavar="NAME=SHARE,…", help="The parts and their shares of the photos, 1 or 100 in all.")
    ] = "train=0.8,validation=0.1,test=0.1",
    by: Annotated[
        GroupBy | None,
        typer.Option(
            help="What stays on one side: photos of one source (store), of one folder, or each photo for itself.",
            show_default="source, where the sources tell the photos apart; else none",
        ),
    ] = None,
    near_duplicates: Annotated[
        bool,
        typer.Option(
            "--near-duplicates/--labels-only",
            help="Look at the photos and keep those that show the same on one side, or do not look.",
        ),
    ] = True,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Split a data set into parts that share no store and no picture, each class in each part by its share.

    Example: `shelfaudit dataset split labels.json --parts train=0.8,validation=0.2 --by source --output parts`

    What comes out: FOLDER/train.json, FOLDER/validation.json …, and a table of the photos and boxes of each class in
    each part. Shares are met as far as the groups that stay together allow.
    """
    from shelfaudit.cli.dataset_tables import print_parts, problem_document, split_document
    from shelfaudit.datasets.coco import save_coco
    from shelfaudit.datasets.splitting import split as split_dataset
    from shelfaudit.datasets.splitting import tell_sources

    shares = parse_parts(parts)
    with console.json_answer(as_json) as answer:
        files = {name: output / f"{name}.json" for name in shares}
        dataset = open_labels(labels, *files.values())
        if by is None:
            by = GroupBy.SOURCE if tell_sources(dataset.photos) else GroupBy.NONE
            console.note(f"Kept together by: {by}.")
        photo_check = look_at_photos(dataset.photos) if near_duplicates else None
        links = photo_check.duplicates.links() if photo_check is not None else []
        found = split_dataset(dataset, shares, by=by, links=links, seed=seed)
        for name, part in found.items():
            save_coco(part, files[name])
        problems = [problem for problem in photo_check.problems if problem is not None] if photo_check else []
        if as_json:
            document = split_document(shares, files, found)
            answer({"by": str(by), **document, "problems": [problem_document(problem) for problem in problems]})
        else:
            print_parts(shares, found)
        warn_of(problems)
        console.note(f"{len(dataset.photos)} photos in {len(shares)} parts: {output}")
    console.finish(ExitCode.SOME_PHOTOS_FAILED if problems else ExitCode.DONE)


def balance(
    labels: LabelFile,
    output: OutputFile,
    at_most: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Leave out photos of classes over it.", show_default=False)
    ] = None,
    at_least: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Repeat photos of classes under it.", show_default=False)
    ] = None,
    unit: Annotated[Unit, typer.Option("--count", help="What N counts of each class.")] = Unit.PHOTOS,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Even out the classes of a data set: fewer photos of the common ones, repeated photos of the rare ones.

    Example: `shelfaudit dataset balance train.json --at-most 200 --at-least 100 --output balanced.json`

    Photos are taken or left whole, for a box left out of a photo that stays would teach that its product is background.
    A class of no more than `--at-most` keeps all its photos; classes beside it in them may stay over it. Photos without
    boxes stay. A repeated photo is listed several times in the file.

    What comes out: the labels, and a table of each class before and after.
    """
    from shelfaudit.cli.dataset_tables import balance_document, print_balance
    from shelfaudit.datasets.balancing import balance as balance_dataset
    from shelfaudit.datasets.coco import save_coco

    if at_most is None and at_least is None:
        raise typer.BadParameter("name --at-most, --at-least or both.")
    if at_most is not None and at_least is not None and at_least > at_most:
        raise typer.BadParameter(f"--at-least {at_least} is more than --at-most {at_most}.")
    with console.json_answer(as_json) as answer:
        dataset = open_labels(labels, output)
        balanced = balance_dataset(dataset, unit=unit, at_least=at_least, at_most=at_most, seed=seed)
        save_coco(balanced.dataset, output)
        if as_json:
            answer({"output": str(output), **balance_document(dataset, balanced)})
        else:
            print_balance(dataset, balanced, unit, at_least, at_most)
        left_out = sum(number == 0 for number in balanced.times)
        repeated = [number for number in balanced.times if number > 1]
        console.note(
            f"{left_out} photos left out, {len(repeated)} repeated (up to {max(repeated, default=1)} times): {output}"
        )
