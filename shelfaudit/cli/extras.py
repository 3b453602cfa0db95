"""Commands that need more than the application is installed with."""

from __future__ import annotations

import importlib.util
import sys

from shelfaudit.errors import UserError


def require_extra(extra: str, *modules: str) -> None:
    """Check that the modules of an extra can be imported, without importing them.

    Raises:
        UserError: one is missing, or this is the packaged application; says what to install.
    """
    if getattr(sys, "frozen", False):
        raise UserError(
            "This command is not part of the packaged application.",
            advice=f'Install shelfaudit with Python: pip install "shelfaudit[{extra}]".',
        )
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    if missing:
        raise UserError(
            f"This command needs the extra `{extra}` ({', '.join(missing)} is not installed).",
            advice=f'Install it: pip install "shelfaudit[{extra}]", in a checkout pip install -e ".[{extra}]".',
        )
