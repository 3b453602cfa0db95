"""How long the photo files of a data set take to check: `python -m benchmarks.bench_photo_check [MEGAPIXELS]`.

Sample shelves, enlarged and with the noise of a sensor, so that their files are as large as a phone's; then the search
for near duplicates among as many looks as SKU-110K has photos.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from shelfaudit.datasets.dataset import LabelledPhoto
from shelfaudit.datasets.near_duplicates import Look, similar_pairs
from shelfaudit.datasets.photo_check import check_photos
from shelfaudit.samples import write_sample_visit

PHOTOS = 40
SKU110K_PHOTOS = 11_762


def main() -> None:
    megapixels = float(sys.argv[1]) if len(sys.argv) > 1 else 8.0
    with tempfile.TemporaryDirectory() as folder:
        photos = photos_of(Path(folder), megapixels)
        size = sum(photo.file.stat().st_size for photo in photos) / len(photos) / 1e6
        started, computed = time.perf_counter(), time.process_time()
        check = check_photos(photos)
        seconds, computing = time.perf_counter() - started, time.process_time() - computed
    assert not any(check.problems)
    each = seconds / len(photos)
    print(
        f"{PHOTOS} photos of {megapixels:g} megapixels, {size:.1f} MB: {each * 1000:.0f} ms each "
        f"({computing / len(photos) * 1000:.0f} ms of computing); "
        f"{SKU110K_PHOTOS} in {each * SKU110K_PHOTOS / 60:.1f} min"
    )
    generator = np.random.default_rng(0)
    thumbnails = generator.standard_normal((SKU110K_PHOTOS, 256)).astype(np.float32)
    looks = [
        Look(np.uint64(phash), thumbnail / np.linalg.norm(thumbnail))
        for phash, thumbnail in zip(generator.integers(0, 2**63, SKU110K_PHOTOS).tolist(), thumbnails, strict=True)
    ]
    started = time.perf_counter()
    similar_pairs(looks)
    print(f"near duplicates among {SKU110K_PHOTOS}: {time.perf_counter() - started:.2f} s")


def photos_of(folder: Path, megapixels: float) -> list[LabelledPhoto]:
    """Photos of this size, all different, without labels."""
    write_sample_visit(folder, seed=1, photos=2)
    generator = np.random.default_rng(0)
    photos = []
    no_boxes = np.zeros((0, 4), np.float32)
    samples = [Image.open(file).convert("RGB") for file in sorted(folder.glob("*.jpg"))]
    for number in range(PHOTOS):
        sample = samples[number % len(samples)]
        scale = (megapixels * 1e6 / (sample.width * sample.height)) ** 0.5
        large = sample.resize((round(sample.width * scale), round(sample.height * scale)))
        noise = generator.integers(-6, 7, (large.height, large.width, 1))
        file = folder / f"large {number}.jpg"
        Image.fromarray((np.asarray(large) + noise).clip(0, 255).astype(np.uint8)).save(file, quality=92)
        labels = np.zeros(0, np.int64)
        photos.append(LabelledPhoto(file, large.width, large.height, no_boxes, labels, (), no_boxes, None))
    return photos


if __name__ == "__main__":
    main()
