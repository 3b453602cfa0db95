from __future__ import annotations

import pytest

pytest.importorskip("pydantic", reason="needs the extra `train`")
pytest.importorskip("keras", reason="needs the extra `train`")
pytestmark = pytest.mark.training

from shelfaudit.training.checkpoint import Progress  # noqa: E402
from shelfaudit.training.config import EarlyStopping  # noqa: E402
from shelfaudit.training.early_stopping import is_stale, take_in  # noqa: E402


def go_through(values: list[float], rule: EarlyStopping) -> tuple[Progress, list[bool]]:
    progress, best = Progress(), []
    for value in values:
        progress, was_best = take_in({rule.metric: value}, progress, rule)
        best.append(was_best)
    return progress, best


def test_the_best_is_kept_and_stale_evaluations_are_counted() -> None:
    rule = EarlyStopping("AP", patience=2)
    progress, best = go_through([0.1, 0.3, 0.2, 0.3], rule)
    assert best == [True, True, False, False]
    assert (progress.best, progress.stale) == (0.3, 2)
    assert is_stale(progress, rule)
    assert not is_stale(progress, EarlyStopping("AP"))


def test_a_small_gain_is_the_best_but_does_not_keep_a_run_alive() -> None:
    progress, best = go_through([0.5, 0.505, 0.509], EarlyStopping("AP", patience=2, least_gain=0.01))
    assert best == [True, True, True]
    assert (progress.best, progress.stale) == (0.509, 2)


@pytest.mark.parametrize("metric", ["count_error", "loss"])
def test_of_errors_less_is_better(metric: str) -> None:
    progress, best = go_through([0.5, 0.4, 0.45], EarlyStopping(metric))  # type: ignore[arg-type]
    assert best == [True, True, False]
    assert (progress.best, progress.stale) == (0.4, 1)
