"""Whether a lake and its warehouses hold exactly what was produced. Shares nothing with the pipeline.

I1 warehouses equal the batch      I2 each message in one committed file, no gap    I3 the account adds up
I4 no torn or unnamed file         I6 the newest version wins (part of I1)          I9 no secret anywhere
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import psycopg

from chaos import delta_log
from chaos.expected import COLUMNS, Expectation, Produced, Row

RAW, QUARANTINE = Path("raw/tmdb_films"), Path("quarantine/films")


@dataclass(slots=True)
class Checked:
    """What was compared: a line each, for the table that is printed."""

    lines: list[str] = field(default_factory=list)

    def note(self, what: str, found: str) -> None:
        self.lines.append(f"{what:<44} {found}")


def checksum(rows: Iterable[Row]) -> str:
    """SHA-256 of the rows, whatever their order."""
    whole = hashlib.sha256()
    for line in sorted(json.dumps([_plain(value) for value in row]) for row in rows):
        whole.update(line.encode() + b"\n")
    return whole.hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    # 1 and 1.0 are one number; a float keeps every digit.
    return repr(float(value)) if isinstance(value, float) else value


def check_tables(found: Mapping[str, Sequence[Row]], expected: Expectation, where: str, checked: Checked) -> None:
    """I1: every table's rows are the batch's, by SHA-256; a difference is shown row by row."""
    for table, rows in expected.tables.items():
        ours, theirs = checksum(rows), checksum(found[table])
        if ours != theirs:
            raise AssertionError(_difference(table, where, rows, found[table]))
        checked.note(f"{where}.{table}", f"{len(rows):>9,} rows  {theirs[:16]}")


def _difference(table: str, where: str, expected: Sequence[Row], found: Sequence[Row]) -> str:
    ours = Counter(json.dumps([_plain(value) for value in row], ensure_ascii=False) for row in expected)
    theirs = Counter(json.dumps([_plain(value) for value in row], ensure_ascii=False) for row in found)
    missing, extra = list((ours - theirs).elements()), list((theirs - ours).elements())
    return (
        f"{where}.{table}: {len(missing)} of {len(expected)} rows are missing, "
        f"{len(extra)} of {len(found)} are too many.\n"
        f"{COLUMNS[table]}\nmissing:\n" + "\n".join(missing[:5]) + "\ntoo many:\n" + "\n".join(extra[:5])
    )


def _query(table: str) -> str:
    columns = ", ".join(f'"{name}"' for name in COLUMNS[table].split())
    return f"select {columns} from {table}"  # noqa: S608 - names of ours


def postgres_tables(url: str) -> dict[str, list[Row]]:
    """All tables of one moment."""
    with psycopg.connect(url, options="-c default_transaction_isolation=repeatable\\ read") as connection:
        return {table: connection.execute(_query(table)).fetchall() for table in COLUMNS}


def duckdb_tables(path: Path) -> dict[str, list[Row]]:
    """All tables of the file."""
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        return {table: connection.execute(_query(table)).fetchall() for table in COLUMNS}


def check_raw(lake: Path, topic: str, produced: Sequence[Produced], expected: Expectation, checked: Checked) -> None:
    """I2, I3, I4: raw has every message once, byte for byte; poison is dead or in quarantine, once, with its reason."""
    table = delta_log.rows(lake / RAW, ["raw_seq", "topic", "partition", "offset", "key", "payload", "error"])
    rows = [row for row in table.to_pylist() if row["topic"] == topic]
    at = Counter((row["partition"], row["offset"]) for row in rows)
    wanted = {(message.partition, message.offset): message for message in produced}
    twice = [place for place, times in at.items() if times > 1]
    assert not twice, f"landed more than once: {twice[:10]} and {len(twice)} in all"
    assert at.keys() == wanted.keys(), (
        f"never landed: {sorted(wanted.keys() - at.keys())[:10]} ({len(wanted.keys() - at.keys())} in all), "
        f"never produced: {sorted(at.keys() - wanted.keys())[:10]}"
    )
    assert sorted(row["raw_seq"] for row in table.to_pylist()) == list(range(table.num_rows)), "raw_seq has a gap"
    for row in rows:
        message = wanted[row["partition"], row["offset"]]
        assert (row["payload"], row["key"]) == (message.value, message.key), f"altered: {row}"
    _check_poison(lake, rows, expected, checked)
    checked.note("raw: messages landed exactly once", f"{len(rows):>9,} of {len(produced):,}")


def _check_poison(lake: Path, rows: Sequence[dict[str, Any]], expected: Expectation, checked: Checked) -> None:
    quarantine = delta_log.rows(lake / QUARANTINE, ["raw_seq", "rule", "reason"])
    refused = Counter(quarantine["raw_seq"].to_pylist())
    place = {row["raw_seq"]: (row["partition"], row["offset"]) for row in rows}
    dead = {(row["partition"], row["offset"]) for row in rows if row["error"]}
    quarantined = {place[number] for number in refused if number in place}
    assert all(times == 1 for times in refused.values()), "quarantined more than once"
    assert not dead & quarantined, "both dead and quarantined"
    assert dead | quarantined == expected.poison, (
        f"poison that passed: {sorted(expected.poison - dead - quarantined)[:5]}, "
        f"good ones refused: {sorted((dead | quarantined) - expected.poison)[:5]}"
    )
    assert all(quarantine["reason"].to_pylist()), "a quarantined record without a reason"
    told = f"{len(dead):>9,} dead, {len(quarantined):,} quarantined, {len(expected.poison):,} sent"
    checked.note("poison: each refused once, with its reason", told)


def check_log(table: Path, checked: Checked) -> None:
    """I4, I5: at every version that a reader could ever have opened, files and marks agree and all files are whole."""
    place: dict[str, int] = {}
    count, seen = 0, set[str]()
    for version in delta_log.versions(table):
        count += 1
        for path, told in version.added.items():
            assert path not in seen, f"{path} was committed twice"
            seen.add(path)
            if (table / path).exists():  # compacted away since
                assert told == _rows_in(table / path), f"{path} is torn"
        for mark, position in version.marks.items():
            assert position >= place.get(mark, 0), f"version {version.number} went back on {mark}"
        place = version.marks
        assert sum(version.files.values()) == version.marks.get("landed", 0), (
            f"version {version.number} shows part of a batch"
        )
    checked.note(f"{table.name}: versions whole, marks never back", f"{count:>9,} versions")


def _rows_in(path: Path) -> int:
    import pyarrow.parquet as pq

    return int(pq.ParquetFile(path).metadata.num_rows)


def check_account(account: Mapping[str, int], expected: Expectation, checked: Checked) -> None:
    """I3: landed = current + superseded + quarantined + dead, as the warehouse tells it."""
    refused = account["quarantined"] + account["dead"]
    assert account["landed"] == expected.produced, account
    assert refused == len(expected.poison), account
    assert account["current"] == expected.films, (account, expected.films)
    assert account["current"] + account["superseded"] + refused == expected.produced, account
    assert (account["pending"], account["purged"], account["missing"]) == (0, 0, 0), account
    checked.note("account", json.dumps(account))


def check_secrets(places: Iterable[Path], secrets: Sequence[str], checked: Checked) -> None:
    """I9: no file below the places holds one of the secrets."""
    files = [file for place in places for file in (place.rglob("*") if place.is_dir() else [place]) if file.is_file()]
    for file in files:
        content = file.read_bytes()
        for secret in secrets:
            assert secret.encode() not in content, f"{file} holds a secret"
    checked.note("files without a secret", f"{len(files):>9,} files")


def check_command_lines(secrets: Sequence[str]) -> int:
    """I9: no process of this machine was started with one of the secrets; how many were looked at."""
    lines = [line for file in Path("/proc").glob("[0-9]*/cmdline") if (line := _command_line(file))]
    for line in lines:
        for secret in secrets:
            assert secret.encode() not in line, f"a command line holds a secret: {line.split(bytes(1))[0]!r}"
    return len(lines)


def _command_line(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""  # it has ended meanwhile
