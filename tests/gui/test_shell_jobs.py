"""Threads that own things: order, failures, cancelling, ending."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from shelfaudit.errors import Cancelled, StorageError
from shelfaudit.gui.jobs import LongTask, TaskThread
from shelfaudit.gui.remaining_time import RemainingTime, format_seconds
from shelfaudit.gui.status_strip import StatusStrip


@pytest.fixture
def thread(qtbot: QtBot) -> Iterator[TaskThread]:
    del qtbot  # needs its application
    created = TaskThread("test-tasks")
    yield created
    created.stop()


def test_work_runs_in_order_in_its_thread_and_results_arrive_in_the_ui_thread(qtbot: QtBot, thread: TaskThread) -> None:
    ran_in: set[str] = set()
    results: list[tuple[int, str]] = []

    def work(number: int) -> int:
        ran_in.add(threading.current_thread().name)
        return number

    for number in range(20):
        thread.submit(
            lambda number=number: work(number),  # type: ignore[misc]  # the default argument binds the loop's value
            lambda result: results.append((result, threading.current_thread().name)),
        )
    qtbot.waitUntil(lambda: len(results) == 20)
    assert ran_in == {"test-tasks"}
    assert results == [(number, threading.main_thread().name) for number in range(20)]


def test_a_failure_goes_to_its_handler_and_the_thread_goes_on(qtbot: QtBot, thread: TaskThread) -> None:
    failures: list[Exception] = []
    results: list[str] = []

    def fail() -> str:
        raise ValueError("broken")

    thread.submit(fail, results.append, failures.append)
    thread.submit(lambda: "fine", results.append)
    qtbot.waitUntil(lambda: results == ["fine"])
    assert [str(error) for error in failures] == ["broken"]


def test_a_user_error_nobody_handles_is_announced(qtbot: QtBot, thread: TaskThread) -> None:
    def fail() -> None:
        raise StorageError("The disk is full.")

    with qtbot.waitSignal(thread.user_error) as caught:
        thread.submit(fail)
    assert str(caught.args[0]) == "The disk is full."


def test_a_bug_nobody_handles_is_raised_in_the_ui_thread(qtbot: QtBot, thread: TaskThread) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with qtbot.captureExceptions() as caught:
        thread.submit(fail)
        qtbot.waitUntil(lambda: bool(caught))
    assert caught[0][0] is ZeroDivisionError


def test_a_cancelled_task_ends_without_result(qtbot: QtBot, thread: TaskThread) -> None:
    started = threading.Event()
    results: list[str] = []

    def work(task: LongTask) -> str:
        started.set()
        while not task.cancelled():
            pass
        raise Cancelled

    task = LongTask("Counting")
    with qtbot.waitSignal(task.ended):
        thread.submit_long(task, work, results.append)
        assert started.wait(5)
        task.cancel()
    assert results == []


def test_a_task_cancelled_before_its_turn_never_starts(qtbot: QtBot, thread: TaskThread) -> None:
    gate = threading.Event()
    ran: list[int] = []
    thread.submit(lambda: gate.wait(5))
    task = LongTask("Counting")
    thread.submit_long(task, lambda _: ran.append(1))
    task.cancel()
    with qtbot.waitSignal(task.ended):
        gate.set()
    assert ran == []


def test_stopping_finishes_the_queue_only_where_asked(qtbot: QtBot) -> None:
    del qtbot
    for finish in (True, False):
        gate = threading.Event()
        ran: list[int] = []
        thread = TaskThread("test-stop")
        thread.submit(lambda gate=gate: gate.wait(5))  # type: ignore[misc]
        thread.submit(lambda ran=ran: ran.append(1))  # type: ignore[misc]
        threading.Timer(0.05, gate.set).start()
        assert thread.stop(finish_queue=finish)
        assert ran == ([1] if finish else [])


def test_progress_is_shown_with_the_time_left_and_goes_when_the_task_ends(qtbot: QtBot) -> None:
    strip = StatusStrip()
    qtbot.addWidget(strip)
    task = LongTask("Detecting")
    strip.show_task(task)
    task.report(2, 12)
    assert strip.tasks == [task]
    assert [view.text for view in strip.task_views] == ["Detecting 3 of 12"]
    task.ended.emit()
    assert strip.tasks == []


def test_remaining_time_is_the_mean_so_far() -> None:
    now = [0.0]
    remaining = RemainingTime(lambda: now[0])
    assert remaining.update(0, 12) is None
    now[0] = 10.0
    assert remaining.update(2, 12) == pytest.approx(50.0)
    assert remaining.update(12, 12) == 0
    assert remaining.update(0, 0) is None


@pytest.mark.parametrize(("seconds", "text"), [(40, "0:40"), (725, "12:05"), (3725, "1:02:05"), (0.4, "0:00")])
def test_seconds_are_written_as_a_clock(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text
