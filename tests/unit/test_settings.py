"""Settings: defaults, and what the environment changes."""

from __future__ import annotations

from dataclasses import fields

import pytest

from shelfaudit.errors import UserError
from shelfaudit.settings import ENVIRONMENT_PREFIX, Settings, read_settings


def test_an_empty_environment_leaves_the_defaults() -> None:
    assert read_settings({"HOME": "x", "SHELFAUDIT_THREADS": " "}) == Settings()


def test_the_environment_changes_a_setting() -> None:
    assert read_settings({"SHELFAUDIT_THREADS": "4"}).threads == 4


@pytest.mark.parametrize("value", ["many", "0", "2.5", "-1", "nan"])
def test_a_bad_value_names_its_variable(value: str) -> None:
    with pytest.raises(UserError, match="SHELFAUDIT_THREADS"):
        read_settings({"SHELFAUDIT_THREADS": value})


def test_a_value_that_is_no_number_is_said_in_words() -> None:
    with pytest.raises(UserError, match="'four': it must be a whole number"):
        read_settings({"SHELFAUDIT_THREADS": "four"})


def test_every_setting_explains_itself() -> None:
    for entry in fields(Settings):
        assert entry.metadata["help"].endswith("."), entry.name
        variable = ENVIRONMENT_PREFIX + entry.name.upper()
        changed = read_settings({variable: str(entry.default)})
        assert changed == Settings()
