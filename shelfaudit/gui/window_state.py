"""What the window remembers from one start to the next."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from shelfaudit.gui.theme import ThemeMode

STATE_KEY = "window"


@dataclass(frozen=True, slots=True)
class WindowState:
    """Where the auditor was.

    geometry, splitter: Qt's own, in base64. visit, photo: ids of what was open. viewpoint: zoom and the photo point in
    the middle of the view, None while the whole photo was shown. review_bar: whether it is wanted.
    """

    geometry: str = ""
    splitter: str = ""
    theme: ThemeMode = ThemeMode.SYSTEM
    visit: int | None = None
    photo: int | None = None
    viewpoint: tuple[float, float, float] | None = None
    review_bar: bool = True

    def to_text(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str | None) -> WindowState:
        """What `to_text` wrote; a fresh state where there is none, or where another version wrote it."""
        try:
            stored = json.loads(text or "{}")
            viewpoint = stored.get("viewpoint")
            return cls(
                geometry=str(stored.get("geometry", "")),
                splitter=str(stored.get("splitter", "")),
                theme=ThemeMode(stored.get("theme", ThemeMode.SYSTEM)),
                visit=_number(stored.get("visit")),
                photo=_number(stored.get("photo")),
                viewpoint=(float(viewpoint[0]), float(viewpoint[1]), float(viewpoint[2])) if viewpoint else None,
                review_bar=bool(stored.get("review_bar", True)),
            )
        except (ValueError, TypeError, AttributeError, LookupError):
            return cls()


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
