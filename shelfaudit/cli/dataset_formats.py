"""`shelfaudit dataset import`, `export` and `convert`: labels from and for other programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shelfaudit.cli import console
from shelfaudit.cli.console import ExitCode
from shelfaudit.cli.options import DatabaseFile, Json
from shelfaudit.cli.rooms import database_file, open_repository
from shelfaudit.datasets.kinds import Classes, FacingClasses, FormatName
from shelfaudit.errors import Cancelled

if TYPE_CHECKING:
    from shelfaudit.datasets.dataset import Dataset
    from shelfaudit.datasets.problems import Problem

SHOWN_PROBLEMS = 20
"""More are only counted on the screen; all are in the file of problems."""

FORMAT_HELP = (
    "coco, voc (Pascal VOC), yolo (data.yaml), sku110k (its CSV), retinanet (CSV of keras-retinanet), "
    "tfrecord (TF object detection API), ground-truth (SageMaker manifest), dataturks (JSON)."
)


def _part_name(name: str | None) -> str | None:
    """A name that files can be called by. Raises typer.BadParameter."""
    if name is not None and not name.replace("-", "").replace("_", "").isalnum():
        raise typer.BadParameter(f"“{name}” is no name for a part: letters, digits, - and _ only.")
    return name


Source = Annotated[
    Path,
    typer.Argument(
        readable=False, metavar="SOURCE", help="The label file, or the data set's folder.", show_default=False
    ),
]
OutputFolder = Annotated[
    Path, typer.Option("--output", metavar="FOLDER", help="A new folder for what is made.", show_default=False)
]
PhotoFolder = Annotated[
    Path | None,
    typer.Option(
        "--photos",
        readable=False,
        metavar="FOLDER",
        help="Where the photos are; names in the labels may lead nowhere else.",
        show_default="beside the labels",
    ),
]
Split = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="Read only this part (voc, yolo, tfrecord).", show_default="all", callback=_part_name
    ),
]
ClassFile = Annotated[
    Path | None,
    typer.Option(
        readable=False,
        metavar="FILE",
        help="The classes: label_map.pbtxt (tfrecord) or a CSV of class,id (retinanet).",
        show_default="the one beside the labels",
    ),
]
LabelAttribute = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME", help="Which labels of a manifest (ground-truth); may be repeated.", show_default=False
    ),
]
CopyPhotos = Annotated[
    bool, typer.Option("--copy-photos", help="Copy the photos into the folder instead of naming them where they are.")
]
Part = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="NAME",
        help="The part of a larger data set that this is, say val; names the files.",
        show_default=False,
        callback=_part_name,
    ),
]
HeadersOnly = Annotated[
    bool,
    typer.Option(
        "--headers-only",
        help="Look at the photos' headers alone: faster, but damaged and duplicate photos stay unseen.",
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Write into a folder that is not empty.")]


def import_dataset(
    source: Source,
    output: OutputFolder,
    source_format: Annotated[
        FormatName | None, typer.Option("--format", help=FORMAT_HELP, show_default="recognised")
    ] = None,
    photos: PhotoFolder = None,
    split: Split = None,
    class_file: ClassFile = None,
    label_attribute: LabelAttribute = None,
    classes: Annotated[
        Classes, typer.Option(help="keep: as they are. one: a single class. products: one for each product.")
    ] = Classes.KEEP,
    copy_photos: CopyPhotos = False,
    part: Part = None,
    headers_only: HeadersOnly = False,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Turn labels of another program into a data set of our own.

    Example: `shelfaudit dataset import SKU110K_fixed/annotations/annotations_train.csv --output sku110k-train`

    What comes out: FOLDER/labels.json (COCO JSON) and FOLDER/problems.csv, a row for each thing that is wrong: photos
    that are missing, damaged, cut off, there twice or of another size than their labels, boxes outside, inverted or
    empty, unknown labels, entries that cannot be read. Photos stay where they are, unless they are copied to
    FOLDER/photos.
    """
    _convert(
        source,
        output,
        source_format,
        FormatName.COCO,
        read=(photos, split, class_file, label_attribute),
        write=(copy_photos, part),
        classes=classes,
        headers_only=headers_only,
        overwrite=overwrite,
        as_json=as_json,
    )


def convert(
    source: Source,
    target_format: Annotated[FormatName, typer.Option("--to", help=FORMAT_HELP, show_default=False)],
    output: OutputFolder,
    source_format: Annotated[
        FormatName | None, typer.Option("--from", help="As --to.", show_default="recognised")
    ] = None,
    photos: PhotoFolder = None,
    split: Split = None,
    class_file: ClassFile = None,
    label_attribute: LabelAttribute = None,
    classes: Annotated[
        Classes, typer.Option(help="keep: as they are. one: a single class. products: one for each product.")
    ] = Classes.KEEP,
    copy_photos: CopyPhotos = False,
    part: Part = None,
    headers_only: HeadersOnly = False,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Turn labels of one program into those of another.

    Example: `shelfaudit dataset convert ours/labels.json --from coco --to yolo --output ours-yolo`

    What comes out: the data set in FOLDER, and FOLDER/problems.csv with everything that is wrong and what the new
    format cannot hold. YOLO and TFRecord always get their photos.
    """
    _convert(
        source,
        output,
        source_format,
        target_format,
        read=(photos, split, class_file, label_attribute),
        write=(copy_photos, part),
        classes=classes,
        headers_only=headers_only,
        overwrite=overwrite,
        as_json=as_json,
    )


def export_visits(
    output: OutputFolder,
    visit_ids: Annotated[
        list[int] | None,
        typer.Argument(
            metavar="[VISIT_ID]…",
            help="The numbers that `shelfaudit visits` shows.",
            min=1,
            max=2**63 - 1,
            show_default=False,
        ),
    ] = None,
    every_visit: Annotated[bool, typer.Option("--all", help="Every visit of the database.")] = False,
    target_format: Annotated[FormatName, typer.Option("--format", help=FORMAT_HELP)] = FormatName.COCO,
    classes: Annotated[
        FacingClasses,
        typer.Option(help="one: every facing is a product. products: one class for each SKU. brands: for each brand."),
    ] = FacingClasses.ONE,
    unreviewed: Annotated[
        bool, typer.Option("--unreviewed", help="Take photos too that nobody has looked through yet.")
    ] = False,
    database: DatabaseFile = None,
    copy_photos: CopyPhotos = False,
    part: Part = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Turn corrected visits into training data.

    Example: `shelfaudit dataset export --all --format coco --output corrected`

    What comes out: the photos that were reviewed, their facings as boxes, in FOLDER; and FOLDER/problems.csv, which
    names the photos that were left out. In COCO each box has its SKU as `product` and each photo its store as `source`.
    """
    from shelfaudit.datasets.formats import write_dataset
    from shelfaudit.datasets.options import WriteOptions
    from shelfaudit.usecases.convert_dataset import PROBLEMS_FILE, check_folder, write_problems
    from shelfaudit.usecases.training_data import visits_dataset

    if every_visit == bool(visit_ids):
        raise typer.BadParameter("name visits by their numbers, or all with --all.")
    with console.json_answer(as_json) as answer:
        file = database_file(database)
        check_folder(output, [file], overwrite=overwrite)
        with open_repository(database, must_exist=True) as repository, _progress("Photos") as progress:
            wanted = visit_ids or [entry.id for entry in reversed(repository.visits())]
            dataset, problems = visits_dataset(
                repository, wanted, file, classes=classes, unreviewed=unreviewed, progress=progress
            )
            options = WriteOptions(copy_photos, part, progress)
            problems += write_dataset(dataset, output, target_format, options)
        write_problems(problems, output / PROBLEMS_FILE)
        if as_json:
            answer(_document(dataset, problems, output, None, target_format))
    _tell(dataset, problems, output, target_format)
    console.finish(_exit_code(problems))


def _convert(
    source: Path,
    output: Path,
    source_format: FormatName | None,
    target_format: FormatName,
    *,
    read: tuple[Path | None, str | None, Path | None, list[str] | None],
    write: tuple[bool, str | None],
    classes: Classes,
    headers_only: bool,
    overwrite: bool,
    as_json: bool,
) -> None:
    from shelfaudit.datasets.options import ReadOptions, WriteOptions
    from shelfaudit.usecases.convert_dataset import check_folder, convert_dataset

    photos, split, class_file, label_attributes = read
    copy_photos, part = write
    with console.json_answer(as_json) as answer:
        check_folder(output, [source], overwrite=overwrite)
        with _progress("Photos") as progress:
            done = convert_dataset(
                source,
                output,
                target_format,
                source_format=source_format,
                read=ReadOptions(photos, split, class_file, tuple(label_attributes or ()), progress=progress),
                write=WriteOptions(copy_photos, part, progress),
                classes=classes,
                headers_only=headers_only,
                progress=progress,
            )
        if as_json:
            answer(_document(done.dataset, done.problems, output, done.source_format, target_format))
    _tell(done.dataset, done.problems, output, target_format)
    console.finish(_exit_code(done.problems))


@contextmanager
def _progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress callback that draws a bar, and raises Cancelled after Ctrl-C."""
    with console.stop_on_interrupt() as cancelled, console.progress_bar(title) as draw:

        def report(done: int, total: int) -> None:
            if cancelled():
                raise Cancelled
            draw(done, total)

        yield report


def _tell(dataset: Dataset, problems: Sequence[Problem], output: Path, target_format: FormatName) -> None:
    from shelfaudit.usecases.convert_dataset import PROBLEMS_FILE

    for problem in problems[:SHOWN_PROBLEMS]:
        place = f", {problem.place}" if problem.place else ""
        console.warn(f"{problem.kind}: {problem.file}{place}: {problem.message}")
    if len(problems) > SHOWN_PROBLEMS:
        kinds = Counter(problem.kind.value for problem in problems).most_common()
        console.warn("… in all: " + ", ".join(f"{count:,} × {kind}" for kind, count in kinds))
    if problems:
        console.note(f"Problems: {output / PROBLEMS_FILE}")
    boxes = sum(len(photo.boxes) for photo in dataset.photos)
    labels = len(dataset.labels)
    console.note(
        f"{len(dataset.photos):,} photos, {boxes:,} boxes, {labels:,} {'class' if labels == 1 else 'classes'}: "
        f"{output} ({target_format.value})"
    )


def _document(
    dataset: Dataset,
    problems: Sequence[Problem],
    output: Path,
    source_format: FormatName | None,
    target_format: FormatName,
) -> dict[str, object]:
    """The JSON object of `--json`."""
    return {
        "source_format": source_format.value if source_format is not None else "visits",
        "format": target_format.value,
        "output": str(output),
        "photos": len(dataset.photos),
        "boxes": sum(len(photo.boxes) for photo in dataset.photos),
        "classes": list(dataset.labels),
        "problems": [
            {
                "kind": problem.kind.value,
                "file": str(problem.file),
                "place": problem.place,
                "message": problem.message,
            }
            for problem in problems
        ],
    }


def _exit_code(problems: Sequence[Problem]) -> ExitCode:
    """What the process says: a box that was clipped, a photo that is there twice (it stays) or a format that holds less
    is no failure."""
    from shelfaudit.datasets.problems import ProblemKind

    harmless = {
        ProblemKind.BOX_OVERHANG,
        ProblemKind.FORMAT_LIMIT,
        ProblemKind.PHOTO_DUPLICATE,
        ProblemKind.PHOTO_REPEATED,
    }
    return ExitCode.SOME_PHOTOS_FAILED if any(problem.kind not in harmless for problem in problems) else ExitCode.DONE
