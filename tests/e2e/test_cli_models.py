"""`shelfaudit models` and `--model` from the command line, with models of others."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from shelfaudit import paths
from shelfaudit.tflite.associated_files import attach_files
from tests.e2e.conftest import Samples, Shelfaudit
from tests.fixtures import CLASSIC_MODEL, CLASSIC_UINT8_MODEL, TINY_MODEL

CLASSIC_SHA256 = hashlib.sha256(CLASSIC_MODEL.read_bytes()).hexdigest()


def in_use(shelfaudit: Shelfaudit) -> str:
    (name,) = (model["name"] for model in shelfaudit("models", "list", "--json").document["models"] if model["in_use"])
    return str(name)


def test_a_model_of_others_is_added_used_and_removed(shelfaudit: Shelfaudit, samples: Samples, tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("red\nother\n", encoding="utf-8")
    added = shelfaudit("models", "add", CLASSIC_MODEL, "--sha256", CLASSIC_SHA256.upper(), "--labels", labels)
    assert added.code == 0, added.err
    assert "at most 10 boxes" in added.err
    assert "0.50 is taken" in added.err
    assert "colour and shape alone" in added.err

    listed = shelfaudit("models", "list")
    assert "red, other" in listed.out
    assert "0.50 (assumed)" in listed.out
    assert "not measured" in listed.out
    assert "at most 10 boxes" in listed.err
    assert in_use(shelfaudit) == "shelf-photo"

    assert shelfaudit("models", "use", "classic").code == 0
    assert in_use(shelfaudit) == "classic"
    output = tmp_path / "boxes.json"
    assert shelfaudit("detect", samples.photos, "--output", output).code == 0
    document = json.loads(output.read_text(encoding="utf-8"))
    assert [category["name"] for category in document["categories"]] == ["red", "other"]
    assert len(document["annotations"]) <= 20
    checks = {check["name"]: check["detail"] for check in shelfaudit("doctor", "--json").document["checks"]}
    assert checks["model"].startswith("classic ")

    removed = shelfaudit("models", "remove", "classic")
    assert removed.code == 0
    assert "shelf-photo is used again" in removed.err
    assert in_use(shelfaudit) == "shelf-photo"
    assert all(model["bundled"] for model in shelfaudit("models", "list", "--json").document["models"])


def test_a_whole_audit_with_a_model_without_features(shelfaudit: Shelfaudit, samples: Samples, tmp_path: Path) -> None:
    assert shelfaudit("models", "add", CLASSIC_UINT8_MODEL, "--name", "others").code == 0
    answer = shelfaudit(
        *("audit", samples.photos, "--store", "S", "--catalogue", samples.catalogue, "--model", "others"),
        *("--database", tmp_path / "v.sqlite", "--report", tmp_path / "r.pdf", "--json"),
    )
    assert answer.code == 0, answer.err
    assert [model["name"].split()[0] for model in answer.document["models"]] == ["others"]
    assert (tmp_path / "r.pdf").is_file()


def test_labels_in_the_file_need_no_option(shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    file = tmp_path / "mit Namen.tflite"
    file.write_bytes(attach_files(CLASSIC_MODEL.read_bytes(), {"labelmap.txt": "???\nKäse\nMilch\n".encode()}))
    answer = shelfaudit("models", "add", file, "--threshold", "0.4", "--input-range", "-1", "1", "--json")
    assert answer.code == 0, answer.err
    model = answer.document["model"]
    assert (model["name"], model["labels"]) == ("mit Namen", ["Käse", "Milch"])
    assert (model["counting_threshold"], model["threshold_known"]) == (0.4, True)
    assert not any("black" in remark or "0.40" in remark for remark in answer.document["remarks"])


def test_our_own_model_keeps_what_is_not_wished_otherwise(shelfaudit: Shelfaudit) -> None:
    answer = shelfaudit("models", "add", TINY_MODEL, "--name", "copy", "--threshold", "0.9", "--json")
    assert answer.code == 0, answer.err
    assert (answer.document["model"]["name"], answer.document["model"]["counting_threshold"]) == ("copy", 0.9)
    assert Path(answer.document["model"]["file"]).name == "copy.tflite"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["{text}"], "damaged or not a TFLite model"),
        (["{missing}"], "missing"),
        (["{classic}", "--sha256", "0" * 64], "SHA-256"),
        (["{classic}", "--labels", "{one}"], "tells 2 labels apart, the file names 1"),
        (["{classic}", "--labels", "{missing}"], "labels cannot be read"),
        (["{classic}", "--labels", "{classic}"], "not UTF-8"),
        (["{classic}", "--labels", "{empty}"], "no label"),
        (["{tiny}", "--name", "shelf-photo"], "already"),
        (["{tiny}", "--name", "..."], "no name"),
        (["ftp://example.org/x.tflite"], "no address"),
        (["{cut}"], "not a TFLite model"),
    ],
)
def test_what_does_not_fit_is_said_in_one_line(
    arguments: list[str], words: str, shelfaudit: Shelfaudit, tmp_path: Path
) -> None:
    files = {name: tmp_path / f"{name}.txt" for name in ("text", "one", "empty", "missing")}
    files["text"].write_text("no model at all")
    files["one"].write_text("only one\n")
    files["empty"].write_text("\n\n")
    cut = tmp_path / "cut.tflite"
    cut.write_bytes(CLASSIC_MODEL.read_bytes()[:-5000])
    places = {**files, "classic": CLASSIC_MODEL, "tiny": TINY_MODEL, "cut": cut}
    answer = shelfaudit("models", "add", *(argument.format(**places) for argument in arguments))
    assert answer.code == 1
    (line,) = answer.err.strip().splitlines()
    assert line.startswith("error:")
    assert words in line
    assert all(model["bundled"] for model in shelfaudit("models", "list", "--json").document["models"])


@pytest.mark.parametrize(
    "arguments",
    [
        ["add", "x.tflite", "--sha256", "abc"],
        ["add", "x.tflite", "--input-range", "1", "1"],
        ["add", "x.tflite", "--threshold", "2"],
        ["add"],
        ["use"],
        ["nonsense"],
    ],
)
def test_wrong_usage(arguments: list[str], shelfaudit: Shelfaudit) -> None:
    assert shelfaudit("models", *arguments).code == 2


def test_a_name_that_is_not_there(shelfaudit: Shelfaudit, samples: Samples, tmp_path: Path) -> None:
    for command in (["models", "use", "none"], ["models", "remove", "none"]):
        answer = shelfaudit(*command)
        assert answer.code == 1
        assert "no model named 'none'" in answer.err
    answer = shelfaudit("detect", samples.photos, "--model", "none", "--output", tmp_path / "x.json")
    assert answer.code == 1
    assert "missing" in answer.err


def test_a_chosen_model_that_is_gone_stops_counting_but_not_reports(
    shelfaudit: Shelfaudit, samples: Samples, tmp_path: Path
) -> None:
    database = tmp_path / "v.sqlite"
    assert shelfaudit("audit", samples.photos, "--store", "S", "--database", database).code == 0
    assert shelfaudit("models", "add", TINY_MODEL).code == 0
    assert shelfaudit("models", "use", "tiny").code == 0
    (paths.user_models_dir() / "tiny.tflite").unlink()
    answer = shelfaudit("audit", samples.photos, "--store", "S", "--database", database)
    assert answer.code == 1
    assert "models use shelf-photo" in answer.err
    assert shelfaudit("models", "list").code == 1
    assert shelfaudit("report", 1, "--database", database, "--output", tmp_path / "r.pdf").code == 0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A server with classic.tflite and a page."""
    folder = tmp_path / "served"
    folder.mkdir()
    shutil.copy(CLASSIC_MODEL, folder / "classic.tflite")
    (folder / "page.tflite").write_text("<html>Sign in first</html>")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
            del format, args

    running = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()
    thread.join()


def test_a_model_is_fetched_and_checked(shelfaudit: Shelfaudit, server: str) -> None:
    wrong = shelfaudit("models", "add", f"{server}/classic.tflite", "--sha256", "0" * 64)
    assert wrong.code == 1
    assert "SHA-256" in wrong.err
    answer = shelfaudit("models", "add", f"{server}/classic.tflite?download=1", "--sha256", CLASSIC_SHA256, "--json")
    assert answer.code == 0, answer.err
    assert answer.document["model"]["name"] == "classic"
    assert answer.document["source_sha256"] == CLASSIC_SHA256
    for path, words in (("page.tflite", "not a TFLite model"), ("none.tflite", "nothing at")):
        refused = shelfaudit("models", "add", f"{server}/{path}")
        assert refused.code == 1
        assert words in refused.err
    kept = [file.name for file in paths.user_models_dir().rglob("*") if file.is_file()]
    assert kept == ["classic.tflite"], "nothing of the others is left"


def test_an_address_of_a_file(shelfaudit: Shelfaudit) -> None:
    assert shelfaudit("models", "add", CLASSIC_MODEL.as_uri()).code == 0
