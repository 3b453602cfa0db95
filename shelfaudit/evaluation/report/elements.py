"""HTML elements: every text and attribute is escaped when the tree is written, so file names and labels do no harm."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from xml.etree import ElementTree as ET

Child = ET.Element | str

_UNWRITABLE = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(0xD800, 0xE000)], "\N{REPLACEMENT CHARACTER}")
"""What HTML cannot hold: control characters and halves of characters, both of which file names may contain."""


def element(tag: str, *children: Child, **attributes: object) -> ET.Element:
    """One element. `class_` is the class; a "_" in another attribute's name stands for "-"."""
    named = {name.rstrip("_").replace("_", "-"): _text(str(value)) for name, value in attributes.items()}
    made = ET.Element(tag, named)
    for child in children:
        if isinstance(child, ET.Element):
            made.append(child)
        elif len(made):
            made[-1].tail = (made[-1].tail or "") + _text(child)
        else:
            made.text = (made.text or "") + _text(child)
    return made


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> ET.Element:
    """A table; the first column names the row, the others are numbers."""
    return element(
        "table",
        element("thead", element("tr", *(element("th", name, scope="col") for name in header))),
        element(
            "tbody",
            *(
                element("tr", element("th", row[0], scope="row"), *(element("td", cell) for cell in row[1:]))
                for row in rows
            ),
        ),
    )


def data_url(content: bytes, kind: str) -> str:
    """A picture as part of the page."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def page(title: str, style: str, *children: ET.Element) -> str:
    """A whole HTML document."""
    head = element(
        "head",
        ET.Element("meta", {"charset": "utf-8"}),
        ET.Element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("title", title),
        element("style", style),
    )
    tree = element("html", head, element("body", *children), lang="en")
    return "<!DOCTYPE html>\n" + ET.tostring(tree, encoding="unicode", method="html") + "\n"


def _text(text: str) -> str:
    return text.translate(_UNWRITABLE)
