"""What a person sees on a terminal: tables, a bar while a step runs, and one aligned line a step.

[3/6] curate films     OK   8 parts   41,209 rows   12 quarantined   1.4 s
"""

import json
import math
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from taquilla.errors import TaquillaError

if TYPE_CHECKING:
    from taquilla.models.predicting import Prediction
    from taquilla.pipeline.actions import Outcome
    from taquilla.pipeline.copies.copying import Copied
    from taquilla.pipeline.steps import Step

# A pipe has no width: wide enough there that no cell is broken.
out = Console(highlight=False, width=None if sys.stdout.isatty() else 240)
err = Console(stderr=True, highlight=False)

Rows = Iterable[dict[str, Any]]

WIDE = 8  # a single row of more columns than this is shown a line a column
NAMES = ("id", "year", "decade", "raw_seq", "offset")


def print_table(rows: Rows, *, as_json: bool, title: str = "", columns: Sequence[str] | None = None) -> None:
    """The rows as a table for eyes, or as a JSON array for programs."""
    found = list(rows)
    if as_json:
        _print_json(found)
        return
    if title:
        out.print(escape(title), style="bold")
    names = list(columns or (found[0] if found else []))
    if not found:
        out.print("no rows")
    elif len(found) == 1 and len(names) > WIDE:
        out.print(_table(["", "value"], [[name, _cell(name, found[0][name])] for name in names], {"value"}))
    else:
        numbers = {name for name in names if isinstance(found[0].get(name), int | float)}
        out.print(_table(names, [[_cell(name, row[name]) for name in names] for row in found], numbers))


def print_found(rows: Rows, *, has_more: bool, as_json: bool, title: str = "") -> None:
    """The rows; where the limit cut them, that is said beside them, so that JSON stays JSON."""
    found = list(rows)
    print_table(found, as_json=as_json, title=title)
    if has_more:
        print(f"the first {len(found):,} rows; more with --limit", file=sys.stderr)


def _table(names: Sequence[str], rows: Iterable[Sequence[str]], right: set[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for name in names:
        table.add_column(escape(name), justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    return table


def print_status(status: dict[str, Any], *, as_json: bool) -> None:
    """What `taquilla status` shows."""
    if as_json:
        _print_json(status)
        return
    records = status["records"]
    verdict = "the sums add up" if records["missing"] == 0 else f"{records['missing']:,} records are missing"
    print_table([records], as_json=False, title=f"Records: {verdict}")
    print_table([status["warehouse"]] if status["warehouse"] else [], as_json=False, title="Warehouse, rows")
    if server := status.get("postgres"):
        level = "" if server.get("is_level") else " (not level with the DuckDB file: taquilla load)"
        print_table([server], as_json=False, title=f"PostgreSQL, rows{'' if 'error' in server else level}")
    for subject, title in (("shop", "Rentals, rows of each table"), ("reviews", "Reviews, records of each kind")):
        if subject not in status:
            continue
        missing = sum(abs(table["missing"]) for table in status[subject])
        said = "the sums add up" if not missing else f"{missing:,} rows are missing"
        print_table(status[subject], as_json=False, title=f"{title}: {said}")
    if "consumers" in status:
        print_table(status["consumers"], as_json=False, title="Consumers")
    fresh = {"changes followed up to": status["fresh_as_of"], "newest daily export": status["newest_export"]}
    print_table([fresh], as_json=False, title="Freshness")
    columns = ("run_id", "step", "outcome", "rows", "quarantined", "dead", "seconds", "note")
    print_table(status["runs"], as_json=False, title="Last steps", columns=columns if status["runs"] else None)


def print_prediction(prediction: "Prediction", *, as_json: bool) -> None:
    """What `taquilla predict` shows: both values, and all that makes them less sure."""
    if as_json:
        _print_json(asdict(prediction) | {"outside": [asdict(each) for each in prediction.outside]})
        return
    columns = ("target", "value", "low", "high")
    rows = [{name: getattr(part, name) for name in columns} for part in (prediction.success, prediction.popularity)]
    level = prediction.success.level
    print_table(rows, as_json=False, title=f"{prediction.model}: low to high is meant to hold {level:.0%} of films")
    print("Success is 0.7 * popularity + 0.3 * rating * 10; popularity is the source's, without a fixed scale.")
    for part in (prediction.success, prediction.popularity):
        print(f"Its {part.target} is above that of {part.percentile:.0%} of the films learnt from.", flush=True)
    for each in prediction.outside:
        told = f"{each.feature} {_cell('', each.given)} is {each.reason}"
        known = "" if each.low is None else f" ({_cell('', each.low)} to {_cell('', each.high)})"
        print(f"Outside of what the model has learnt from: {told}{known}.", flush=True)
    if prediction.missing:
        print(f"Left unknown: {', '.join(prediction.missing)}.", flush=True)


def _print_json(value: Any) -> None:
    print(json.dumps(_finite(value), default=plain, ensure_ascii=False, indent=2, allow_nan=False))


def _finite(value: Any) -> Any:
    """JSON has no NaN and no infinity: they become null."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {str(key): _finite(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_finite(inner) for inner in value]
    return value


def plain(value: Any) -> Any:
    """What JSON has no type for, as text."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _cell(name: str, value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            # Thousands are set apart in quantities, not in names that are numbers.
            return str(value) if name.endswith(NAMES) else f"{value:,}"
        case float():
            return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}"
    return str(value)


def print_profile(tables: list[dict[str, Any]], broken: Rows, *, as_json: bool) -> None:
    """What `taquilla profile` shows: each table, its columns, what is odd in them, and the keys that lead nowhere."""
    if as_json:
        _print_json({"tables": tables, "broken_keys": list(broken)})
        return
    for table in tables:
        _print_profiled(table)
    missing = [{**row, "examples": ", ".join(row["examples"])} for row in broken]
    if missing:
        print_table(missing, as_json=False, title="Keys that lead to no row")
    elif any(table["would_become"] for table in tables):
        out.print("Every key leads to a row, where both tables are here.")


def _print_profiled(table: dict[str, Any]) -> None:
    key = f", key {', '.join(table['key'])}" if table["key"] else ""
    title = f"{table['table']}: {_many(table['rows'], 'row')}, {_many(len(table['columns']), 'column')}{key}"
    out.print(escape(title), style="bold")
    for said in _said_of(table):
        out.print(f"  {escape(said)}")
    shown = [_profiled(column) for column in table["columns"]]
    print_table(shown, as_json=False)
    for column in table["columns"]:
        for said in _odd_of(column):
            out.print(f"  {escape(column['name'])}: {escape(said)}")
    out.print()


def _said_of(table: dict[str, Any]) -> Iterator[str]:
    if table["would_become"]:
        repaired, refused = _many(table["cells_to_repair"], "cell"), _many(table["rows_to_refuse"], "row")
        yield f"As a shop's {table['would_become']}: {repaired} to repair, {refused} to refuse."
    if table["duplicate_rows"]:
        yield f"{_many(table['duplicate_rows'], 'row')} with a key that another row has."
    yield from table["found"]
    if table["lines_that_are_no_rows"]:
        yield f"{_many(table['lines_that_are_no_rows'], 'line')} that cannot be read as a row, such as:"
        yield from (f"  {example}" for example in table["examples"])


def _profiled(column: dict[str, Any]) -> dict[str, Any]:
    about = "" if column["is_distinct_exact"] else "~"
    return {
        "column": column["name"],
        "kind": column["kind"],
        "nulls": column["nulls"] + column["null_texts"],
        "different": f"{about}{column['distinct']:,}",
        "values": _values(column),
    }


def _values(column: dict[str, Any]) -> str:
    if column["low"] is None:
        return ""
    low, high = _short(column["low"]), _short(column["high"])
    median = f", median {_number(column['spread']['median'])}" if column["spread"] else ""
    return f"{low} ... {high}{median}" if low != high else low


def _odd_of(column: dict[str, Any]) -> Iterator[str]:
    spread = column["spread"] or {}
    if column["null_texts"]:
        yield f"{_many(column['null_texts'], 'cell')} with a word for nothing"
    if column["odd"]:
        such = ", ".join(repr(_short(example)) for example in column["odd_examples"])
        yield f"{_many(column['odd'], 'cell')} unlike the others, such as {such}"
    if spread.get("outliers"):
        low, high = _number(spread["outliers_below"]), _number(spread["outliers_above"])
        such = ", ".join(map(_number, spread["examples"]))
        yield f"{_many(spread['outliers'], 'outlier')} below {low} or above {high}, such as {such}"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _short(text: str, length: int = 26) -> str:
    text = " ".join(text.split())
    return text if len(text) <= length else f"{text[: length - 3]}..."


def _number(value: float) -> str:
    """Without marks between thousands: it may be a year or a name."""
    return str(int(value)) if value == int(value) or abs(value) >= 10_000 else f"{value:.5g}"


def print_copied(
    source: str, target: str, done: "Copied", seconds: float, *, rejects: str | None, as_json: bool
) -> None:
    """What `taquilla copy` shows in the end: the rows on both sides, and what is worth knowing of them."""
    columns = {field.name: str(field.type) for field in done.relation.schema}
    if as_json:
        told = {"source": source, "target": target, "read": done.read, "rows": done.rows, "rejected": done.rejected}
        told |= {"taken_up": done.taken_up, "seconds": round(seconds, 3), "columns": columns, "notes": done.notes}
        _print_json(told)
        return
    pace = f"{done.rows / max(seconds, 0.001):,.0f} rows/s"
    print(f"{source} -> {target}: {_many(done.rows, 'row')}, {_many(len(columns), 'column')}, {seconds:.1f} s ({pace})")
    if done.rejected:
        print(f"  {done.read:,} rows were read; {done.rejected:,} of them do not fit, and stand in {rejects}")
    for note in done.notes:
        print(f"  {note}")


class CopyReporter:
    """Shows how far a copy is, where there is a terminal."""

    def __init__(self) -> None:
        self._bar = Progress(
            TextColumn("{task.description:<18}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=err,
            transient=True,
            disable=not err.is_terminal,
        )
        self._task: tuple[str, TaskID] | None = None
        self._began = time.monotonic()

    def seconds(self) -> float:
        """Since it was made."""
        return time.monotonic() - self._began

    def __enter__(self) -> "CopyReporter":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def progress(self, doing: str, done: int, total: int | None) -> None:
        """What is done at this moment, and the rows so far."""
        if self._task is None or self._task[0] != doing:
            self._task = (doing, self._bar.add_task(doing, total=total))
        self._bar.update(self._task[1], completed=done, total=total)


class RunReporter:
    """Shows a run: a bar where there is a terminal, lines everywhere."""

    @contextmanager
    def step(self, step: "Step", number: int, total: int) -> Iterator["StepLine"]:
        bar = Progress(
            TextColumn("[{task.fields[place]}] {task.description:<18}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=err,
            transient=True,
            disable=not err.is_terminal,
        )
        place = f"{number:>{len(str(total))}}/{total}"
        with bar:
            task = bar.add_task(step.title, total=None, place=place)
            line = StepLine(bar, task, f"[{place}] {step.title:<18}")
            try:
                yield line
            except BaseException:
                line.text = f"[{place}] {step.title:<18} FAILED"
                raise
            finally:
                bar.stop()
                print(line.text, flush=True)


class StepLine:
    """One step's bar and, in the end, its line."""

    def __init__(self, bar: Progress, task: TaskID, head: str) -> None:
        self.text = ""
        self._bar, self._task, self._head = bar, task, head

    def progress(self, done: int, total: int) -> None:
        self._bar.update(self._task, completed=done, total=total)

    def retrying(self, error: TaquillaError, seconds: float) -> None:
        print(f"{self._head} {error}\n{'':>6}trying again in {seconds:.0f} s", file=sys.stderr)

    def done(self, outcome: "Outcome", seconds: float) -> None:
        counts = [
            f"{outcome.parts:,} parts" if outcome.parts else "",
            f"{outcome.rows:,} rows",
            f"{outcome.quarantined:,} quarantined" if outcome.quarantined else "",
            f"{outcome.dead:,} dead" if outcome.dead else "",
            f"{seconds:.1f} s",
            f"({outcome.note})" if outcome.note else "",
        ]
        self.text = f"{self._head} OK   " + "   ".join(filter(None, counts))
