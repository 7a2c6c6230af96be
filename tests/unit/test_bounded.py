"""Work that is given up when its time is over."""

import threading
import time
from contextvars import ContextVar

import pytest

from greenlight.bounded import Task, TimeIsUpError

NAME = ContextVar("NAME", default="nobody")


class OutOfTheOrdinary(BaseException):
    """What extension modules raise when they panic: no Exception."""


def test_a_task_returns_its_value():
    """And again, whoever asks."""
    task = Task(lambda: 5, "five")
    assert [5, 5] == [task.result(5), task.result(5)]


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), OutOfTheOrdinary("panic")])
def test_a_task_raises_what_its_work_raised(error):
    """On the thread that asks, whatever kind of error it is."""

    def work():
        raise error

    with pytest.raises(type(error)) as caught:
        Task(work, "breaks").result(5)
    assert error is caught.value


def test_a_task_is_given_up_in_time():
    """The caller goes on; the work is left alone and can still be asked later."""
    may_end = threading.Event()
    task = Task(lambda: may_end.wait(30) and "late", "slow")
    started = time.monotonic()
    with pytest.raises(TimeIsUpError):
        task.result(0.05)
    assert time.monotonic() - started < 5
    may_end.set()
    assert "late" == task.result(10)


@pytest.mark.parametrize("seconds", [0, -5, float("nan")])
def test_no_time_left_is_no_waiting(seconds):
    """A deadline that has passed does not make join() wait for ever."""
    may_end = threading.Event()
    task = Task(lambda: may_end.wait(30), "slow")
    with pytest.raises(TimeIsUpError):
        task.result(seconds)
    may_end.set()
    task.result(10)


def test_an_endless_loop_does_not_hold_the_caller():
    """Not even work that never lets go of the interpreter by itself."""
    stop = []

    def spin():
        while not stop:
            pass

    task = Task(spin, "spins")
    with pytest.raises(TimeIsUpError):
        task.result(0.1)
    stop.append(True)
    task.result(10)


def test_work_sees_the_callers_context_and_cannot_change_it():
    """Log keys and the rehearsal's clock go along; what the work sets stays with the work."""
    NAME.set("caller")

    def work():
        seen = NAME.get()
        NAME.set("work")
        return seen, threading.current_thread().name, threading.current_thread().daemon

    assert ("caller", "check smoke", True) == Task(work, "check smoke").result(5)
    assert "caller" == NAME.get()
