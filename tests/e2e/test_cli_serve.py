"""`shelfaudit serve`: a process that is started, asked, and ended by a signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import shelfaudit as package
from tests.e2e.conftest import Samples, Shelfaudit
from tests.fixtures import TINY_MODEL

httpx = pytest.importorskip("httpx")
pytest.importorskip("fastapi", reason="needs the extra `serve`")

TOKEN = "end-to-end-token-0123"
SERVE = ("serve", "--port", "0", "--model", str(TINY_MODEL))


@contextmanager
def served(*options: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running `shelfaudit serve` and its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "shelfaudit", *SERVE, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(Path(package.__file__).parents[1]), "PYTHONUTF8": "1", **environment},
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
    assert process.stdout is not None
    try:
        first = process.stdout.readline()
        assert first.startswith("Listening on http://127.0.0.1:"), process.communicate()
        yield process, first.split()[-1]
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def end(process: subprocess.Popen[str], how: signal.Signals) -> str:
    """End it with a signal; what it wrote to stderr."""
    process.send_signal(how)
    out, err = process.communicate(timeout=30)
    assert out == ""
    return err


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to send")
def test_it_answers_and_ends_by_a_signal(
    how: signal.Signals, samples: Samples, shelfaudit: Shelfaudit, tmp_path: Path
) -> None:
    photo = sorted(samples.photos.glob("*.jpg"))[0]
    boxes = tmp_path / "boxes.json"
    shelfaudit("detect", photo, "--output", boxes, "--model", TINY_MODEL)
    with served() as (process, url):
        answer = httpx.post(f"{url}/detect", files={"file": (photo.name, photo.read_bytes())}, trust_env=False)
        assert answer.status_code == 200
        assert answer.text == boxes.read_text(encoding="utf-8")
        said = end(process, how)
        assert process.returncode == 0
    lines = said.splitlines()
    assert f"{url}/detect" in said
    assert lines[-1] == "Stopped."
    assert any(line.partition(" in ")[0].endswith("127.0.0.1 POST /detect 200") for line in lines)
    assert photo.name not in said.replace("@photo.jpg", "")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to send")
def test_the_token_of_the_environment_is_asked_for_and_never_shown() -> None:
    with served(SHELFAUDIT_TOKEN=TOKEN) as (process, url):
        assert httpx.get(f"{url}/model", trust_env=False).status_code == 401
        answer = httpx.get(f"{url}/model", headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False)
        assert answer.json()["name"] == "tiny"
        said = end(process, signal.SIGINT)
    assert TOKEN not in said
    assert "$SHELFAUDIT_TOKEN" in said


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_other_machines_are_let_in_with_a_token_only(
    host: str, shelfaudit: Shelfaudit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHELFAUDIT_TOKEN", raising=False)
    answer = shelfaudit(*SERVE, "--host", host)
    assert (answer.code, answer.out) == (1, "")
    assert "no token" in answer.err
    assert "127.0.0.1" in answer.err


@pytest.mark.parametrize("token", ["", "short", "fifteen-letters", "with spaces in it 0123", "ümläut-token-0123456"])
def test_tokens_that_are_none(token: str, shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(token + "\n", encoding="utf-8")
    for option, value in (("--token", token), ("--token-file", str(file))):
        answer = shelfaudit(*SERVE, option, value)
        assert answer.code == 1
        assert "secrets.token_urlsafe" in answer.err
        assert not token or token not in answer.err.replace(str(file), "")


def test_a_token_file_that_is_not_there(shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    for file in (tmp_path / "nowhere", tmp_path):
        answer = shelfaudit(*SERVE, "--token-file", file)
        assert answer.code == 1
        assert str(file) in answer.err


@pytest.mark.parametrize(
    "options",
    [
        ("--token", TOKEN, "--token-file", "token"),
        ("--port", "70000"),
        ("--max-megabytes", "0"),
        ("--max-megapixels", "nan"),
        ("--rate", "-1"),
        ("--timeout", "0"),
    ],
)
def test_wrong_usage(options: tuple[str, ...], shelfaudit: Shelfaudit) -> None:
    assert shelfaudit(*SERVE, *options).code == 2


def test_a_model_that_is_not_there(shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    answer = shelfaudit("serve", "--port", "0", "--model", tmp_path / "nowhere.tflite")
    assert (answer.code, answer.out) == (1, "")
    assert "nowhere.tflite" in answer.err


@pytest.mark.parametrize("library", ["fastapi", "uvicorn", "python_multipart"])
def test_without_the_extra(library: str, shelfaudit: Shelfaudit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    answer = shelfaudit(*SERVE)
    assert answer.code == 1
    assert library in answer.err
    assert "shelfaudit[serve]" in answer.err


def test_in_the_frozen_build(shelfaudit: Shelfaudit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    answer = shelfaudit(*SERVE)
    assert answer.code == 1
    assert "packaged application" in answer.err


def test_the_other_commands_do_not_load_the_server() -> None:
    code = (
        "import sys; from shelfaudit.__main__ import main; main(['serve', '--help']);"
        "sys.exit(str([name for name in ('fastapi', 'uvicorn', 'starlette', 'PySide6') if name in sys.modules] or ''))"
    )
    process = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(package.__file__).parents[1]), "PYTHONUTF8": "1"},
    )
    assert process.stderr.strip() == ""
    assert "curl" in process.stdout
