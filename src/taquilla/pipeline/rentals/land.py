"""A shop's tables → raw: each reading's rows exactly once, and none of them counts before the reading is complete."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from taquilla.lake import Lake
from taquilla.pipeline.rentals.landing import Landing
from taquilla.pipeline.rentals.plan import Plan, plan
from taquilla.pipeline.rentals.readings import Reading, reading_of
from taquilla.sources.relations import Source

Progress = Callable[[int, int], None]


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


def land_rentals(
    lake: Lake,
    source: Source,
    *,
    run_id: str,
    now: datetime,
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
    """
    planned = plan(lake, source, buckets=buckets, is_full=is_full, overlap_s=overlap_s)
    to_read = [reading for reading in planned.readings if not reading.is_unchanged]
    total = sum(source.count(reading.relation.name) or 0 for reading in to_read if reading.since is None)
    rows: dict[str, int] = {}
    dead, notes = 0, _notes(planned, source.name)
    for reading in _with_missed(to_read, source, overlap_s):
        name, done = reading.tables.spec.name, sum(rows.values())
        landing = Landing(reading, run_id, now)
        for batch in source.read(
            reading.relation.name,
            columns=reading.relation.columns(),
            since=reading.since,
            after=reading.after,
            batch_rows=batch_rows,
        ):
            landing.take(batch)
            progress(done + landing.rows, max(total, done + landing.rows))
        notes += landing.finish()
        dead += landing.dead
        rows[name] = rows.get(name, 0) + landing.rows
    unchanged = tuple(reading.tables.spec.name for reading in planned.readings if reading.is_unchanged)
    return LandedShop(rows, dead, unchanged, tuple(notes))


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
