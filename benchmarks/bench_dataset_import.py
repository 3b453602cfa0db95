"""Seconds and memory to bring in labels of the size of SKU-110K: 11,762 photos, 1.7 million boxes.

    python -m benchmarks.bench_dataset_import [--photos 11762] [--boxes 145] [--folder DIR]

Makes the CSV as it is published (no header, whole pixels) with a placeholder photo of the right size for each entry,
then imports it by the command in a process of its own and loads what came out; prints seconds and the peak of memory.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 2448, 3264


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=11_762)
    parser.add_argument("--boxes", type=int, default=145, help="of a photo, on average")
    parser.add_argument("--folder", type=Path, help="where to put everything; a temporary folder if unsaid")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        made = make_dataset(folder, options.photos, options.boxes)
        print(f"{options.photos:,} photos, {made:,} boxes, {(folder / 'annotations.csv').stat().st_size / 1e6:.0f} MB")
        measure("import", import_labels, folder)
        measure("load the result", load_result, folder)


def make_dataset(folder: Path, photos: int, mean_boxes: int) -> int:
    """Write the CSV and a photo for each entry; returns the number of boxes."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    first = folder / "images" / "train_0.jpg"
    buffer = io.BytesIO()
    Image.new("RGB", (WIDTH, HEIGHT), "gray").save(buffer, "JPEG", quality=20)
    first.write_bytes(buffer.getvalue())
    random = np.random.default_rng(1)
    total = 0
    with (folder / "annotations.csv").open("w", encoding="utf-8") as file:
        for number in range(photos):
            name = f"train_{number}.jpg"
            if number and not (folder / "images" / name).exists():
                os.link(first, folder / "images" / name)
            count = int(random.poisson(mean_boxes))
            corners = random.integers(0, [WIDTH - 200, HEIGHT - 300], (count, 2))
            sides = random.integers(20, [200, 300], (count, 2))
            rows = np.hstack([corners, corners + sides]).tolist()
            file.writelines(f"{name},{x1},{y1},{x2},{y2},object,{WIDTH},{HEIGHT}\n" for x1, y1, x2, y2 in rows)
            total += count
    return total


def import_labels(folder: Path) -> None:
    from shelfaudit.cli import run

    arguments = ["dataset", "import", str(folder / "annotations.csv"), "--format", "sku110k"]
    code = run([*arguments, "--output", str(folder / "imported"), "--overwrite"], lambda _arguments: 0)
    if code != 0:
        raise SystemExit(f"the import ended with {code}")


def load_result(folder: Path) -> None:
    from shelfaudit.datasets.coco import load_coco

    dataset = load_coco(folder / "imported" / "labels.json")
    print(f"  {len(dataset.photos):,} photos, {sum(len(photo.boxes) for photo in dataset.photos):,} boxes")


def measure(title: str, task: Callable[[Path], None], folder: Path) -> None:
    """Run a task in a new process and print its seconds and its peak of memory."""
    context = get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_measured, args=(task, folder, sending))
    started = time.perf_counter()
    process.start()
    process.join()
    seconds = time.perf_counter() - started
    if process.exitcode != 0:
        raise SystemExit(f"{title} failed")
    print(f"{title:<16} {seconds:6.1f} s   {receiving.recv() / 1e9:5.2f} GB at most")


def _measured(task: Callable[[Path], None], folder: Path, answer: object) -> None:
    task(folder)
    answer.send(peak_memory())  # type: ignore[attr-defined]  # a Connection, of a class that differs by system


def peak_memory() -> float:
    """The most memory that this process had, in bytes; not a number where the system does not say (Windows)."""
    try:
        import resource
    except ImportError:
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak if sys.platform == "darwin" else peak * 1024)


if __name__ == "__main__":
    main()
