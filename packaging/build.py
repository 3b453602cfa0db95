"""Build the frozen application, and check that it works by itself.

    python packaging/build.py [--check]

Writes dist/shelfaudit/. With --check the program built is run as a user would: `doctor`, then `demo --headless`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import PyInstaller.__main__

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
WORK = ROOT / "build" / "pyinstaller"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="run the program built: doctor, then demo --headless")
    options = parser.parse_args(arguments)
    program = build()
    sys.stdout.write(f"{program.parent}: {folder_size(program.parent) / 1e6:.0f} MB\n")
    return check(program) if options.check else 0


def build() -> Path:
    """Run PyInstaller; returns the program that has a console."""
    shutil.rmtree(DIST / "shelfaudit", ignore_errors=True)
    PyInstaller.__main__.run(
        [
            str(ROOT / "packaging" / "shelfaudit.spec"),
            "--noconfirm",
            "--log-level=WARN",
            f"--distpath={DIST}",
            f"--workpath={WORK}",
        ]
    )
    return DIST / "shelfaudit" / ("shelfaudit.exe" if os.name == "nt" else "shelfaudit")


def folder_size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


def check(program: Path) -> int:
    """The frozen program's own `doctor`, and a whole audit of sample photos, away from the checkout."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    environment["QT_QPA_PLATFORM"] = "offscreen"
    with tempfile.TemporaryDirectory(prefix="shelfaudit-") as folder:
        demo = Path(folder) / "demo"
        for command in (["doctor"], ["demo", "--headless", "--output", str(demo)]):
            result = subprocess.run([str(program), *command], cwd=folder, env=environment, check=False)
            if result.returncode != 0:
                sys.stderr.write(f"The built program failed: {' '.join(command)} (exit {result.returncode})\n")
                return 1
        missing = [name for name in ("report.pdf", "workbook.xlsx", "visits.sqlite") if not (demo / name).is_file()]
        if missing:
            sys.stderr.write(f"The built program's demo left no {', '.join(missing)}\n")
            return 1
    sys.stdout.write("The built program works: doctor and demo passed.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
