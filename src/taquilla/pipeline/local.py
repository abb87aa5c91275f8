"""Runs the list of steps on this machine: one after another, each recorded, tried again when that may help."""

import resource
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, Protocol

from taquilla import __version__
from taquilla.errors import BusyError, TaquillaError, UnavailableError
from taquilla.lake import s3
from taquilla.pipeline.actions import Context, Outcome
from taquilla.pipeline.runs import record
from taquilla.pipeline.steps import Step

RETRY_AFTER_S = 2.0


class Reporter(Protocol):
    """Shows a person how far a run is."""

    def step(self, step: Step, number: int, total: int) -> AbstractContextManager["StepReporter"]: ...


class StepReporter(Protocol):
    """Shows a person how far a step is."""

    def progress(self, done: int, total: int) -> None: ...

    def retrying(self, error: TaquillaError, seconds: float) -> None: ...

    def done(self, outcome: Outcome, seconds: float) -> None: ...


def run_steps(context: Context, steps: Sequence[Step], reporter: Reporter) -> list[Outcome]:
    """Run the steps in that order; the first error ends the run, but that of an optional step only at its end.

    What has the last word runs after an error too. A lease is held from the first step that needs it to the end.
    BusyError: another run holds the lake.
    """
    outcomes: list[Outcome] = []
    missed: list[str] = []
    failed: TaquillaError | None = None
    with ExitStack() as held:
        held.callback(context.engine.close)
        leased: set[str] = set()
        for number, step in enumerate(steps, 1):
            if failed and not step.is_last_word:
                continue
            try:
                if step.lease and step.lease not in leased:
                    held.enter_context(context.lake.lease(step.lease))
                    leased.add(step.lease)
                outcomes.append(_run(context, step, number, len(steps), reporter))
            except TaquillaError as error:
                if step.optional and isinstance(error, UnavailableError) and number < len(steps):
                    missed.append(f"{step.title}: {error}")
                # Of two errors the first is the one to mend.
                else:
                    failed = failed or error
    if failed:
        raise failed
    if missed:
        raise UnavailableError("The run went on without " + "; ".join(missed))
    return outcomes


def _run(context: Context, step: Step, number: int, total: int, reporter: Reporter) -> Outcome:
    started, began = datetime.now(UTC), time.monotonic()
    with reporter.step(step, number, total) as shown:
        try:
            outcome = _tried(replace(context, progress=shown.progress), step, shown)
        except BaseException as error:
            # A full disk fails the record too; the step's own error is the one to tell.
            with suppress(OSError, UnavailableError):
                _record(context, step, started, began, Outcome(0, note=_told(error)), "failed")
            raise
        shown.done(outcome, time.monotonic() - began)
    _record(context, step, started, began, outcome, "ok")
    return outcome


def _tried(context: Context, step: Step, shown: StepReporter) -> Outcome:
    """What the step's action returns; what may be there again in a moment is tried again."""
    module, _, name = step.run.partition(":")
    action = getattr(import_module(module), name)
    for failures in range(step.retries):
        try:
            return _done(action, context)
        except BusyError:
            raise
        except UnavailableError as error:
            seconds = RETRY_AFTER_S * 2**failures
            shown.retrying(error, seconds)
            time.sleep(seconds)
    return _done(action, context)


def _done(action: Any, context: Context) -> Outcome:
    # A table in S3 is read when its rows are wanted, so that its errors come from anywhere.
    with s3.telling(context.lake.raw_root):
        outcome = action(context)
    assert isinstance(outcome, Outcome)  # noqa: S101 - the list of steps names actions only
    return outcome


def _told(error: BaseException) -> str:
    """What is kept of an error. Only our own messages are known to carry no secret."""
    return str(error) if isinstance(error, TaquillaError) else type(error).__name__


def _record(context: Context, step: Step, started: datetime, began: float, outcome: Outcome, result: str) -> None:
    record(
        context.lake,
        {
            "run_id": context.run_id,
            "step": step.name,
            "started_at": started,
            "seconds": time.monotonic() - began,
            "outcome": result,
            # What a step that failed had done by then is not known.
            "rows": outcome.rows if result == "ok" else None,
            "quarantined": outcome.quarantined if result == "ok" else None,
            "dead": outcome.dead if result == "ok" else None,
            "peak_memory_mb": _peak_memory_mb(),
            "note": outcome.note,
            "version": __version__,
        },
    )


def _peak_memory_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
