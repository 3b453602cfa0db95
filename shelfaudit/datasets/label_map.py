"""`label_map.pbtxt` of the TF object detection API: protobuf text of items with an id and a name."""

from __future__ import annotations

import re
from pathlib import Path

from shelfaudit.datasets.dataset import DatasetError
from shelfaudit.output import replacing

_TOKEN = re.compile(
    r"""\s+|\#[^\n]*
    |(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    |(?P<word>[A-Za-z_][\w.]*|-?[\d.]+)
    |(?P<sign>[{}<>:;,])""",
    re.VERBOSE,
)
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|(.))", re.DOTALL)
_SIMPLE = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}


def read_label_map(file: Path) -> dict[int, str]:
    """Names by id; an item without a name is called by its display name.

    Raises:
        DatasetError: the file cannot be read, is no label map, or has an id twice.
    """
    try:
        return _parse(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise DatasetError(f"The label map cannot be read ({error.strerror}).", file=file) from error
    except ValueError as error:
        raise DatasetError(f"Not a label map: {error}.", file=file) from error


def write_label_map(labels: tuple[str, ...], file: Path) -> None:
    """Items with ids from 1: 0 is the background there. Raises OutputError."""
    items = [f"item {{\n  id: {number}\n  name: {_quoted(label)}\n}}\n" for number, label in enumerate(labels, start=1)]
    with replacing(file) as temporary:
        temporary.write_text("".join(items), encoding="utf-8", newline="\n")


def _parse(text: str) -> dict[int, str]:
    names: dict[int, str] = {}
    depth, key = 0, ""
    item: dict[str, str] = {}
    for kind, token in _tokens(text):
        if token in ("{", "<") and kind == "sign":
            depth += 1
            if depth == 1:
                if key.removesuffix(":") != "item":
                    raise ValueError(f"{key or 'something'!r} stands where an item should")
                item = {}
            key = ""
        elif token in ("}", ">") and kind == "sign":
            depth -= 1
            if depth == 0:
                number = int(item["id"]) if item.get("id", "").lstrip("-").isdigit() else None
                name = item.get("name", item.get("display_name"))
                if number is None or name is None or number in names:
                    raise ValueError(f"the item {item} has no id or name, or an id that is taken")
                names[number] = name
        elif kind == "word" and not key.endswith(":"):
            key = token
        elif token == ":" and kind == "sign":
            key += ":"
        elif kind in ("word", "string") and key.endswith(":"):
            if depth == 1:
                item[key.removesuffix(":")] = token
            key = ""
    if depth or not names:
        raise ValueError("it has no item, or one that does not end")
    return names


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, position = [], 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError(f"{text[position : position + 10]!r} does not belong in one")
        position = match.end()
        if match.lastgroup == "string":
            tokens.append(("string", _unquoted(match[0])))
        elif match.lastgroup is not None:
            tokens.append((match.lastgroup, match[0]))
    return tokens


def _unquoted(literal: str) -> str:
    def character(match: re.Match[bytes]) -> bytes:
        octal, hexadecimal, simple = match.groups()
        if octal:
            return bytes([int(octal, 8) & 0xFF])
        if hexadecimal:
            return bytes([int(hexadecimal, 16)])
        return _SIMPLE.get(simple, simple)

    return _ESCAPE.sub(character, literal[1:-1].encode()).decode()


def _quoted(text: str) -> str:
    """A string literal; everything below a space is written as three octal digits."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda match: f"\\{ord(match[0]):03o}", escaped) + '"'
