"""Make a checkout ready to run: system libraries of Qt, the virtual environment, the packages.

    python3 packaging/bootstrap.py [--venv .venv] [--extra dev] [--extra train] [--for-build]

Needs Python 3.11 or newer and nothing else. Does only what is missing, so that calling it again is quick. Where a
system library is missing and cannot be installed (no root, no sudo), it prints the exact command and stops.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"

# Shared library that Qt loads → the Debian and Ubuntu package that has it.
QT_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
}
# Needed as well as soon as there is an X display to open a window on.
XCB_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
FONT_PACKAGE = "fonts-dejavu-core"
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv", help="the virtual environment to make or refresh")
    parser.add_argument("--extra", action="append", default=[], help="an extra of pyproject.toml (dev, serve, train)")
    parser.add_argument("--for-build", action="store_true", help="also what PyInstaller needs of the system")
    options = parser.parse_args(arguments)
    if sys.version_info < (3, 11):  # noqa: UP036 - the system's Python may be any
        return fail(f"shelfaudit needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}.")
    if sys.platform == "linux":
        missing = missing_system_packages(for_build=options.for_build)
        if missing and not install_system_packages(missing):
            return fail(
                "System packages that Python and Qt need are missing here. Install them, then try again:\n\n"
                f"    {apt_command(missing)}\n"
            )
    return prepare_environment(options.venv.resolve(), sorted(set(options.extra)))


def fail(message: str) -> int:
    sys.stderr.write(f"\n{message}\n")
    return 1


def missing_system_packages(*, for_build: bool) -> list[str]:
    """Debian packages that are missing here: libraries and fonts of Qt, venv, and the tools of a build."""
    libraries = dict(QT_LIBRARIES)
    if os.environ.get("DISPLAY"):
        libraries |= XCB_LIBRARIES
    missing = [package for soname, package in libraries.items() if not can_load(soname)]
    if not any(next(folder.rglob("*.[to]tf"), None) for folder in FONT_FOLDERS if folder.is_dir()):
        missing.append(FONT_PACKAGE)
    if importlib.util.find_spec("ensurepip") is None:  # Debian splits it off Python, and venv fails without it
        missing.append(f"python3.{sys.version_info.minor}-venv")
    if for_build and shutil.which("objdump") is None:
        missing.append("binutils")
    if for_build and not has_python_library():
        missing.append(f"libpython3.{sys.version_info.minor}")
    return missing


def has_python_library() -> bool:
    """Whether Python is there as a shared library, which the frozen program carries."""
    name, folder = sysconfig.get_config_var("INSTSONAME"), sysconfig.get_config_var("LIBDIR")
    return bool(name) and (can_load(name) or Path(folder, name).is_file())


def can_load(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def apt_command(packages: Sequence[str]) -> str:
    return f"sudo apt-get update && sudo apt-get install -y {' '.join(packages)}"


def install_system_packages(packages: Sequence[str]) -> bool:
    """Install with apt as root, or with a sudo that asks no password; False where neither works."""
    if shutil.which("apt-get") is None:
        return False
    if os.geteuid() == 0:
        prefix: list[str] = []
    elif can_sudo():
        prefix = ["sudo", "-n"]
    else:
        return False
    sys.stdout.write(f"Installing system libraries: {' '.join(packages)}\n")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        command = [*prefix, "apt-get", *step]
        if subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False).returncode != 0:
            return False
    return True


def can_sudo() -> bool:
    """Whether sudo is there and asks for no password."""
    if shutil.which("sudo") is None:
        return False
    return subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0


def prepare_environment(venv: Path, extras: Sequence[str]) -> int:
    """Create the virtual environment and install the project with these extras, unless that was done already."""
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = venv / ".shelfaudit-installed"
    installed = read_stamp(stamp)
    wanted = {fingerprint(), *extras}
    if python.exists() and wanted <= installed:
        return 0
    if not has_pip(python) and not create_environment(venv, python):
        return 1
    everything = sorted({*extras, *(installed - {fingerprint()} if fingerprint() in installed else set())})
    target = f"{ROOT}[{','.join(everything)}]" if everything else str(ROOT)
    sys.stdout.write("Installing shelfaudit and its packages (some minutes the first time) ...\n")
    sys.stdout.flush()
    command = [
        str(python),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--constraint",
        str(CONSTRAINTS),
        "--editable",
        target,
    ]
    if subprocess.run(command, check=False).returncode != 0:
        return fail(
            "The packages could not be installed; the lines above say why. "
            "The first installation needs the network; after that everything works offline."
        )
    stamp.write_text("\n".join([fingerprint(), *everything]), encoding="utf-8")
    return 0


def has_pip(python: Path) -> bool:
    """Whether the environment is there and whole (an interrupted set-up leaves one without pip)."""
    return (
        python.exists()
        and subprocess.run([str(python), "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0
    )


def create_environment(venv: Path, python: Path) -> bool:
    sys.stdout.write(f"Creating the virtual environment {venv.name} ...\n")
    sys.stdout.flush()
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], check=False).returncode == 0
    if made and has_pip(python):
        return True
    fail("Python cannot make a virtual environment here; the lines above say why.")
    return False


def fingerprint() -> str:
    """Changes whenever the requirements do."""
    digest = hashlib.sha256()
    for file in (ROOT / "pyproject.toml", CONSTRAINTS):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def read_stamp(stamp: Path) -> set[str]:
    return set(stamp.read_text(encoding="utf-8").split()) if stamp.is_file() else set()


if __name__ == "__main__":
    sys.exit(main())
