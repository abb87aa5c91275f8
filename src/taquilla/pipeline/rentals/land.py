"""A shop's tables → raw: each reading's rows exactly once, and none of them counts before the reading is complete."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime

from taquilla.engines import Engine, EngineOptions, Progress, tracked
from taquilla.engines.local import LocalEngine
from taquilla.errors import UnavailableError
from taquilla.lake import Lake
from taquilla.pipeline.rentals.landing import Landing
from taquilla.pipeline.rentals.plan import Plan, plan
from taquilla.pipeline.rentals.readings import Reading, content_of, place_of, reading_of
from taquilla.sources.relations import Source
from taquilla.sources.tabular import FileSource, open_files


@dataclass(frozen=True, slots=True)
class LandedShop:
    """What a landing did: new rows by table, lines that are no rows, tables that had not changed, what was found."""

    rows: dict[str, int] = field(default_factory=dict)
    dead: int = 0
    unchanged: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def told(self) -> str:
        """In words, for the step's line."""
        parts = [f"{rows:,} {table}" for table, rows in self.rows.items() if rows]
        parts += [f"unchanged: {', '.join(self.unchanged)}"] if self.unchanged else []
        return "; ".join([", ".join(parts[:4]) + (", ..." if len(parts) > 4 else ""), *self.notes]).strip("; ")


@dataclass(frozen=True, slots=True)
class Item:
    """One table of a source of files, to be landed wherever that is done."""

    place: str
    reading: Reading
    run_id: str
    now: datetime
    batch_rows: int


@dataclass(frozen=True, slots=True)
class LandedTable:
    """What became of one reading: its table by the source's name, new rows, lines that are no rows, what is told."""

    table: str
    rows: int
    dead: int
    notes: tuple[str, ...]


def land_rentals(
    lake: Lake,
    source: Source,
    *,
    run_id: str,
    now: datetime,
    engine: Engine | None = None,
    buckets: int = 1,
    is_full: bool = False,
    overlap_s: float = 60.0,
    batch_rows: int = 100_000,
    progress: Progress = lambda done, total: None,
) -> LandedShop:
    """Read the shop's tables, whole or what has changed since the last reading, and land what is new.

    A reading that was cut off is taken up behind its last row. is_full: read everything anew, which alone sees what was
    deleted. overlap_s: of the last change seen, read again, since a transaction may commit after a later one; rows
    that are known are left out. DataError: a table is not as it was; before any row is landed.

    engine: tables in files are read by its workers, each a table, who must see the files; progress is then told in
    tables, else in rows. A database's are read here, one after another: its password stays here, and all of its tables
    are of one connection.
    """
    engine = engine or LocalEngine(EngineOptions(retries=0))
    planned = plan(lake, source, buckets=buckets, is_full=is_full, overlap_s=overlap_s)
    to_read = [reading for reading in planned.readings if not reading.is_unchanged]

    def item(reading: Reading) -> Item:
        return Item(place_of(source), reading, run_id, now, batch_rows)

    if isinstance(source, FileSource) and not engine.is_here:
        landed = list(tracked(engine.map(land_table, map(item, to_read)), len(to_read), progress))
    else:
        in_turn = map(item, _with_missed(to_read, source, overlap_s))
        landed = _in_turn(in_turn, source, _rows_of(source, to_read, progress))
    return _told(planned, landed, source.name)


def land_table(item: Item) -> LandedTable:
    """Land the item's table, of files. UnavailableError: its file has changed since the landing was planned."""
    name = item.reading.relation.name
    with closing(open_files(item.place)) as source:
        if content_of(source, name) != item.reading.content:
            raise UnavailableError(f"{name} of {item.place} was changed while it was read. Run the same command again.")
        return _landed(item, source, lambda rows: None)


def _in_turn(items: Iterable[Item], source: Source, progress: Callable[[int], None]) -> list[LandedTable]:
    landed: list[LandedTable] = []
    for item in items:
        done = sum(table.rows for table in landed)
        landed.append(_landed(item, source, _behind(done, progress)))
    return landed


def _behind(done: int, progress: Callable[[int], None]) -> Callable[[int], None]:
    return lambda rows: progress(done + rows)


def _landed(item: Item, source: Source, progress: Callable[[int], None]) -> LandedTable:
    reading = item.reading
    landing = Landing(reading, item.run_id, item.now)
    for batch in source.read(
        reading.relation.name,
        columns=reading.relation.columns(),
        since=reading.since,
        after=reading.after,
        batch_rows=item.batch_rows,
    ):
        landing.take(batch)
        progress(landing.rows)
    notes = tuple(landing.finish())
    return LandedTable(reading.tables.spec.name, landing.rows, landing.dead, notes)


def _rows_of(source: Source, readings: Sequence[Reading], progress: Progress) -> Callable[[int], None]:
    """Tells the rows so far, and of how many, as far as the source knows."""
    total = sum(source.count(reading.relation.name) or 0 for reading in readings if reading.since is None)
    return lambda done: progress(done, max(total, done))


def _told(planned: Plan, landed: Sequence[LandedTable], source: str) -> LandedShop:
    """In the planned order, whichever came first."""
    rows: dict[str, int] = {}
    notes = _notes(planned, source)
    for reading in planned.readings:
        name = reading.tables.spec.name
        for table in (table for table in landed if table.table == name):
            rows[name] = rows.get(name, 0) + table.rows
            notes += table.notes
    unchanged = tuple(reading.tables.spec.name for reading in planned.readings if reading.is_unchanged)
    return LandedShop(rows, sum(table.dead for table in landed), unchanged, tuple(notes))


def _with_missed(readings: list[Reading], source: Source, overlap_s: float) -> Iterator[Reading]:
    """The readings; behind one that was taken up, what had changed meanwhile in front of the cut."""
    for reading in readings:
        yield reading
        if reading.after is not None and reading.cursor is not None:
            yield reading_of(reading.tables, reading.relation, source, overlap_s=overlap_s)


def _notes(planned: Plan, source: str) -> list[str]:
    """What was found on opening the tables; what was found in several of them is told once."""
    found: dict[str, list[str]] = {}
    for reading in planned.readings:
        for note in (*reading.relation.notes, *reading.notes):
            found.setdefault(note, []).append(reading.relation.name)
    if planned.absent:
        found[f"not in {source}; what was read before is kept"] = list(planned.absent)
    if planned.unknown:
        found["no table of a shop, left out"] = list(planned.unknown[:5])
    return [f"{', '.join(names)}: {note}" for note, names in found.items()]
