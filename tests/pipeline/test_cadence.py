"""Loads that go on beside a consumer: due only when rows have landed, tried again when they fail, never swallowed."""

import threading
import time

import pytest

from taquilla.errors import BusyError, UnavailableError
from taquilla.pipeline.cadence import Cadence


class Loads:
    """A load that counts its calls, and fails as told."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.calls = 0
        self.done = threading.Semaphore(0)

    def __call__(self) -> None:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        self.done.release()

    def wait(self) -> None:
        assert self.done.acquire(timeout=10)


def test_nothing_is_loaded_while_nothing_lands() -> None:
    load = Loads()
    with Cadence(load, 0.01, lambda: None):
        time.sleep(0.1)
    assert load.calls == 0


def test_what_lands_is_loaded_and_what_lands_during_the_load_once_more() -> None:
    load = Loads()
    with Cadence(load, 0.05, lambda: None) as cadence:
        cadence.landed(10)
        load.wait()
        cadence.landed(10)
        cadence.landed(10)
        load.wait()
        time.sleep(0.2)
    assert load.calls == 2


def test_a_load_that_fails_or_finds_another_at_work_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    load = Loads(BusyError("Process 7 holds it."), UnavailableError("PostgreSQL does not answer."))
    with Cadence(load, 0.01, lambda: None) as cadence:
        cadence.landed(1)
        load.wait()
    assert load.calls == 3
    assert [record.getMessage() for record in caplog.records] == ["PostgreSQL does not answer. Trying again in 0 s."], (
        "one that waits for another process has nothing to tell"
    )


def test_what_is_no_error_of_ours_ends_the_consumer_and_is_raised() -> None:
    ended = threading.Event()
    cadence = Cadence(Loads(ZeroDivisionError()), 0.01, ended.set)
    cadence.__enter__()
    cadence.landed(1)
    assert ended.wait(10)
    with pytest.raises(ZeroDivisionError):
        cadence.__exit__(None, None, None)


def test_leaving_waits_for_the_load_under_way() -> None:
    began, loaded = threading.Event(), []

    def load() -> None:
        began.set()
        time.sleep(0.2)
        loaded.append(1)

    with Cadence(load, 60, lambda: None) as cadence:
        cadence.landed(1)
        assert began.wait(10)
    assert loaded == [1]
