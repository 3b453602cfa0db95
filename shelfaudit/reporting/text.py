"""Numbers, dates and foreign text as the report and its files write them."""

from __future__ import annotations

import datetime as dt
import unicodedata

NBSP = "\N{NO-BREAK SPACE}"

# strftime's names change with the system's language; the report is in English throughout.
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def format_share(share: float) -> str:
    """A share in [0, 1] as "34 %": whole from 10 % on, one decimal below; never rounded to nothing or to all."""
    percent = 100 * share
    if 0 < percent < 0.05:
        return f"<{NBSP}0.1{NBSP}%"
    if 99.5 <= percent < 100:
        return f">{NBSP}99{NBSP}%"
    if 0 < percent < 9.95:
        return f"{percent:.1f}{NBSP}%"
    return f"{percent:.0f}{NBSP}%"


def format_count(number: int) -> str:
    """A whole number with its thousands apart: "1 204"."""
    return f"{number:,}".replace(",", NBSP)


def format_date(date: dt.date) -> str:
    """A date in its long form: "20 November 2026"."""
    return f"{date.day}{NBSP}{_MONTHS[date.month - 1]} {date.year}"


def plural(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: "1 photo", "2 photos"."""
    return f"{format_count(number)}{NBSP}{one if number == 1 else many or one + 's'}"


def clean(text: str) -> str:
    """Foreign text as `writable`, without blanks around it."""
    return writable(text).strip()


def writable(text: str) -> str:
    """The text on one line, without what no file format can carry: control characters and lone surrogates (which a
    file name that is not UTF-8 brings along)."""
    normal = unicodedata.normalize("NFC", text)
    spaced = "".join(" " if character.isspace() and character != NBSP else character for character in normal)
    return "".join(character for character in spaced if _is_writable(character))


def shorten(text: str, at_most: int) -> str:
    """The text cut to a number of characters, with an ellipsis where something is missing."""
    return text if len(text) <= at_most else text[: at_most - 1].rstrip() + "…"


def shorten_middle(text: str, at_most: int) -> str:
    """A file name cut in its middle, so that its beginning and its ending stay."""
    if len(text) <= at_most:
        return text
    tail = (at_most - 1) // 3
    return f"{text[: at_most - 1 - tail]}…{text[-tail:]}"


def _is_writable(character: str) -> bool:
    return unicodedata.category(character) not in {"Cc", "Cs"} and character not in "\ufffe\uffff"
