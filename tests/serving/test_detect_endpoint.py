"""What the server answers to photos: exactly what the command writes for the same file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from shelfaudit import __version__
from shelfaudit.__main__ import main
from shelfaudit.detection.model_file import read_model_info
from shelfaudit.photos.encode import encode_jpeg
from shelfaudit.samples import write_sample_visit
from tests.fixtures import TINY_MODEL
from tests.serving.servers import RunningServer, StartServer, a_file, a_photo, rectangles
from tests.unit.fakes import FakeDetector
from tests.unit.photo_makers import rotated_file, save


def what_the_command_writes(file: Path, *options: str) -> str:
    output = file.with_suffix(".boxes.json")
    assert main(["detect", str(file), "--output", str(output), "--model", str(TINY_MODEL), *options]) == 0
    return output.read_text(encoding="utf-8")


def transparent_png() -> bytes:
    image = Image.fromarray(rectangles()).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size).point(lambda value: 255 if value > 120 else 0))
    return save(image, "PNG")


def phone_heic() -> bytes:
    pillow_heif.register_heif_opener()
    return rotated_file(rectangles(), "HEIF", 8, quality=90)


PHOTOS: dict[str, Callable[[], bytes]] = {
    "plain.jpg": lambda: encode_jpeg(rectangles()),
    "turned.jpg": lambda: rotated_file(rectangles(), "JPEG", 6, quality=95),
    "mirrored.tiff": lambda: rotated_file(rectangles(), "TIFF", 5),
    "phone.heic": phone_heic,
    "transparent.png": transparent_png,
    "small.webp": lambda: save(Image.fromarray(rectangles()), "WEBP", lossless=True),
    "old.bmp": lambda: save(Image.fromarray(rectangles()), "BMP"),
}


@pytest.mark.parametrize("name", PHOTOS)
@pytest.mark.parametrize("as_form", [False, True])
def test_the_answer_is_what_the_command_writes(name: str, as_form: bool, server: RunningServer, tmp_path: Path) -> None:
    file = a_file(tmp_path, PHOTOS[name](), name)
    if as_form:
        answer = server.client.post("/detect", files={"file": (name, file.read_bytes(), "image/x-any")})
    else:
        answer = server.detect(file.read_bytes(), params={"file_name": name})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.text == what_the_command_writes(file)
    assert len(answer.json()["annotations"]) >= 1


def test_boxes_are_upright_in_a_turned_photo(server: RunningServer) -> None:
    upright = server.detect(save(Image.fromarray(rectangles()), "PNG")).json()
    turned = server.detect(rotated_file(rectangles(), "PNG", 6)).json()
    assert turned == upright
    assert upright["images"] == [{"id": 1, "file_name": "photo", "width": 320, "height": 200}]
    assert len(upright["annotations"]) == 3


def test_a_sample_shelf(server: RunningServer, tmp_path: Path) -> None:
    write_sample_visit(tmp_path, seed=3, photos=1)
    file = next(tmp_path.glob("*.jpg"))
    answer = server.client.post("/detect", files={"file": (file.name, file.read_bytes())})
    assert answer.text == what_the_command_writes(file)
    assert len(answer.json()["annotations"]) > 20


def test_the_lowest_score_is_asked_for(server: RunningServer, tmp_path: Path) -> None:
    pixels = rectangles()
    pixels[pixels == 255] = 170  # brightness is the tiny model's score: below its threshold, above 0.6
    file = a_file(tmp_path, save(Image.fromarray(pixels), "PNG"), "dim.png")
    few = server.detect(file.read_bytes(), params={"file_name": file.name})
    many = server.detect(file.read_bytes(), params={"file_name": file.name, "min_score": 0.6})
    assert few.json()["annotations"] == []
    assert len(many.json()["annotations"]) == 3
    assert many.text == what_the_command_writes(file, "--min-score", "0.6")


@pytest.mark.parametrize("content_type", ["image/jpeg", "IMAGE/X-Unheard-Of; q=1", "application/octet-stream", None])
def test_content_types_of_a_raw_photo(content_type: str | None, server: RunningServer) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    assert server.detect(a_photo(), headers=headers).status_code == 200


def test_names_come_back_as_they_were_sent(start_server: StartServer) -> None:
    server = start_server(FakeDetector())
    name = "Prüf-Markt №1/[red]\x1b.jpg"
    in_query = server.detect(a_photo(), params={"file_name": name})
    in_form = server.client.post("/detect", files={"file": ("Größe №1.jpg", a_photo())})
    assert in_query.json()["images"][0]["file_name"] == name
    assert in_form.json()["images"][0]["file_name"] == "Größe №1.jpg"


def test_large_forms_stay_off_the_disk(start_server: StartServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a photo was written to the disk")

    monkeypatch.setattr("tempfile.SpooledTemporaryFile.rollover", refuse)
    server = start_server(FakeDetector())
    photo = a_photo() + bytes(3_000_000)  # bytes behind the end of a JPEG do no harm
    assert server.client.post("/detect", files={"file": ("a.jpg", photo)}).status_code == 200


def test_the_model_is_described(server: RunningServer) -> None:
    info = read_model_info(TINY_MODEL)
    assert server.client.get("/model").json() == {
        "name": info.name,
        "version": info.version,
        "sha256": info.sha256,
        "input_size": info.input_size,
        "labels": list(info.labels),
        "counting_threshold": info.counting_threshold,
        "scores": dict(info.scores),
    }


def test_it_says_that_it_lives(server: RunningServer) -> None:
    answer = server.client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "waiting": 0})


def test_openapi_describes_the_answers_and_needs_no_network(server: RunningServer) -> None:
    from shelfaudit.serving import schemas

    document = server.client.get("/openapi.json").json()
    assert document["info"]["version"] == __version__
    assert set(document["paths"]) == {"/detect", "/model", "/health"}
    assert {"image/*", "multipart/form-data"} <= set(document["paths"]["/detect"]["post"]["requestBody"]["content"])
    assert "http" not in json.dumps(document)
    schemas.Detections.model_validate(server.detect(encode_jpeg(rectangles())).json(), strict=True)
    schemas.Model.model_validate(server.client.get("/model").json())
    schemas.Error.model_validate(server.client.get("/nothing").json())
    for page in ("/docs", "/redoc", "/"):
        assert server.client.get(page).status_code == 404


def test_answers_are_neither_kept_nor_guessed_at(server: RunningServer) -> None:
    for answer in (server.client.get("/health"), server.client.get("/nothing")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "server" not in answer.headers
        assert not [name for name in answer.headers if name.startswith("access-control")]
