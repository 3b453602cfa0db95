"""Photos a second: decoding alone, detection alone, and both as the program does them.

    python -m benchmarks.bench_photos FOLDER [--model FILE] [--photos 40]

Prints milliseconds a photo, and how many times the decoding the detection takes: the ratio carries over to other
computers, the milliseconds do not.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

from shelfaudit import settings
from shelfaudit.detection.detector import load_detector
from shelfaudit.photos.decode import read_photo
from shelfaudit.photos.files import find_photos
from shelfaudit.recognition.appearance import describe_appearance


class CountInputs:
    """A cancel check that never cancels; the detector asks it before each input."""

    count = 0

    def __call__(self) -> bool:
        self.count += 1
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--photos", type=int, default=40, help="photos taken, spread over the folder")
    options = parser.parse_args()
    files = find_photos([options.folder])
    files = files[:: max(1, len(files) // options.photos)]
    at_most = settings.current().decode_long_side
    detector = load_detector(options.model)
    detector.detect(read_photo(files[0], at_most).pixels)  # the first run allocates

    decoding, detecting, describing, inputs, facings = [], [], [], [], []
    for file in files:
        started = time.perf_counter()
        pixels = read_photo(file, at_most).pixels
        decoded = time.perf_counter()
        asked = CountInputs()
        found = detector.detect(pixels, cancelled=asked)
        detected = time.perf_counter()
        describe_appearance(pixels, found.boxes, found.features)
        decoding.append(decoded - started)
        detecting.append(detected - decoded)
        describing.append(time.perf_counter() - detected)
        inputs.append(asked.count)
        facings.append(len(found))
    for name, seconds in (("decoding", decoding), ("detection", detecting), ("appearance", describing)):
        worst = max(seconds) * 1000
        print(f"{name:11} {statistics.mean(seconds) * 1000:7.1f} ms a photo, at most {worst:7.1f} ms")
    together = sum(decoding) + sum(detecting) + sum(describing)
    print(
        f"{len(files)} photos, {statistics.mean(facings):.0f} facings and {statistics.mean(inputs):.1f} inputs a photo"
    )
    print(f"{len(files) / together:.2f} photos a second; detection ÷ decoding {sum(detecting) / sum(decoding):.1f}")


if __name__ == "__main__":
    main()
