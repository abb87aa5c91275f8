"""Files of reviews → raw: each record exactly once, and none of them counts before its file is read to the end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from taquilla.errors import SettingsError
from taquilla.lake import Lake, LakeTable
from taquilla.pipeline.reviews.batches import Batches
from taquilla.pipeline.reviews.landing import Landing
from taquilla.pipeline.reviews.plan import PlannedFile, plan
from taquilla.pipeline.reviews.pseudonyms import Pseudonyms
from taquilla.pipeline.reviews.readings import Ledger, Reading, Told
from taquilla.pipeline.reviews.review_tables import ReviewTables, ledger_of
from taquilla.sources.tabular_text import PACKED

Progress = Callable[[int, int], None]
# How a field of another type than usual is taken, as the mark that tells a curation.
POLICIES = ("evolve", "quarantine", "stop")
POLICY = "on type change"
_SHOWN = 5
# A packed review takes some 300 bytes, one that is not some 700: for the bar of progress alone.
_PACKED_BYTES, _PLAIN_BYTES = 300, 700


@dataclass(frozen=True, slots=True)
class LandedReviews:
    """What a landing did: new records by kind, those that are none, files that had not changed, what was found."""

    rows: dict[str, int] = field(default_factory=dict)
    dead: int = 0
    unchanged: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def told(self) -> str:
        """In words, for the step's line."""
        parts = [f"{rows:,} {kind}" for kind, rows in self.rows.items() if rows]
        parts += [f"unchanged: {_listed(self.unchanged)}"] if self.unchanged else []
        return "; ".join([", ".join(parts), *self.notes]).strip("; ")


def land_reviews(
    lake: Lake,
    addresses: Sequence[str],
    *,
    run_id: str,
    now: datetime,
    buckets: int = 1,
    batch_rows: int = 100_000,
    pseudonyms: Pseudonyms | None = None,
    on_type_change: str = "evolve",
    progress: Progress = lambda done, total: None,
) -> LandedReviews:
    """Read the files that are new or have changed, and land their records.

    A reading that was cut off goes on behind the last record that it landed. pseudonyms: None lands names as they are.
    on_type_change: noted for the curation. DataError: there is no file of reviews; before any record is landed.
    """
    planned = plan(addresses, pseudonyms)
    table = ledger_of(lake)
    _note_policy(table, on_type_change)
    ledger = Ledger(table, run_id, now)
    rows: dict[str, int] = {}
    dead, unchanged, notes = 0, [], planned.notes()
    total = sum(map(_about, planned.files))
    for file in planned.files:
        reading = ledger.begin(file, ReviewTables.of(lake, file.layout.kind, buckets=buckets))
        if reading.is_unchanged:
            unchanged.append(file.name)
            continue
        landing = Landing(reading, run_id, now)
        batches = Batches(file, batch_rows, pseudonyms, reading.landed)
        landed = landing.take(batches, _behind(sum(rows.values()), total, progress))
        ledger.complete(reading, Told(landing.landed, _dead_of(reading, landing), tuple(batches.new_fields)))
        rows[file.layout.kind] = rows.get(file.layout.kind, 0) + landed
        dead += landing.dead
        notes += _notes(reading, landing, tuple(batches.new_fields))
    return LandedReviews(rows, dead, tuple(unchanged), tuple(notes))


def _behind(done: int, total: int, progress: Progress) -> Callable[[int], None]:
    return lambda count: progress(done + count, max(total, done + count))


def _note_policy(ledger: LakeTable, on_type_change: str) -> None:
    if on_type_change not in POLICIES:
        raise SettingsError(f"Unknown on_type_change {on_type_change!r}. Known: {', '.join(POLICIES)}.")
    mark = POLICIES.index(on_type_change) + 1
    if ledger.mark(POLICY) != mark:
        ledger.note({POLICY: mark})


def _about(file: PlannedFile) -> int:
    """How many records there may be."""
    is_packed = file.name.lower().endswith(tuple(PACKED))
    return file.file.place.stamp().size // (_PACKED_BYTES if is_packed else _PLAIN_BYTES)


def _dead_of(reading: Reading, landing: Landing) -> int:
    """With those that were landed before the reading was cut off."""
    if not reading.landed:
        return landing.dead
    rows = reading.tables.raw.scan().filter(pl.col("reading") == reading.number)
    return int(rows.select(pl.col("error").count()).collect().item())


def _notes(reading: Reading, landing: Landing, new_fields: Sequence[str]) -> list[str]:
    name, notes = reading.planned.name, []
    if reading.replaces is not None:
        notes.append(f"{name}: changed, so that it takes the place of what was read of it before")
    if new_fields:
        notes.append(f"{name}: new fields, kept as they are: {_listed(new_fields)}")
    if landing.dead:
        notes.append(f"{name}: {landing.dead:,} of {landing.landed:,} are no records")
    return notes


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
