"""Files of reviews → raw: each record exactly once, and none of them counts before its file is read to the end."""

from collections.abc import Callable, Iterable, Iterator, Sequence
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
from taquilla.pipeline.reviews.review_tables import ReviewTables, ledger_of, review_tables
from taquilla.sources.tabular_text import PACKED

Progress = Callable[[int, int], None]
# How a field of another type than usual is taken, as the mark that tells a curation.
POLICIES = ("evolve", "quarantine", "stop")
POLICY = "on type change"
_SHOWN = 5
_KINDS = 4
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
        kinds = [f"{rows:,} {kind}" for kind, rows in self.rows.items() if rows]
        parts = [*kinds[:_KINDS], *(["..."] if len(kinds) > _KINDS else [])]
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
    notes = [*planned.notes(), *_note_policy(lake, table, on_type_change)]
    ledger = Ledger(table, run_id, now)
    rows: dict[str, int] = {}
    unchanged, found = [], _Found()
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
        found.add(file.name, landing.dead, batches.new_fields)
        notes += _notes(reading, ledger.is_placed_elsewhere(file))
    return LandedReviews(rows, found.dead, tuple(unchanged), (*found.notes(), *notes))


@dataclass(slots=True)
class _Found:
    """What was found in the files, told once for all of them."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    broken: dict[str, int] = field(default_factory=dict)

    def add(self, file: str, dead: int, new_fields: Iterable[str]) -> None:
        for name in new_fields:
            self.fields.setdefault(name, []).append(file)
        if dead:
            self.broken[file] = self.broken.get(file, 0) + dead

    @property
    def dead(self) -> int:
        return sum(self.broken.values())

    def notes(self) -> Iterator[str]:
        if self.fields:
            told = [f"{name} ({_files(files)})" for name, files in self.fields.items()]
            yield f"new fields, kept as they are: {_listed(told)}"
        if self.dead:
            lines = "1 line is no record" if self.dead == 1 else f"{self.dead:,} lines are no records"
            yield f"{lines} ({_files(list(self.broken))})"


def _files(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names):,} files"


def _behind(done: int, total: int, progress: Progress) -> Callable[[int], None]:
    return lambda count: progress(done + count, max(total, done + count))


def _note_policy(lake: Lake, ledger: LakeTable, on_type_change: str) -> list[str]:
    """Note it for the curation; what is to be told where it lets in what an earlier one did not."""
    if on_type_change not in POLICIES:
        raise SettingsError(f"Unknown on_type_change {on_type_change!r}. Known: {', '.join(POLICIES)}.")
    mark, before = POLICIES.index(on_type_change) + 1, ledger.mark(POLICY)
    if before == mark:
        return []
    ledger.note({POLICY: mark})
    if before is None or on_type_change != "evolve":
        return []
    by_type = pl.col("rule").str.contains("|type", literal=True)
    kept_out = sum(
        tables.quarantine.scan().filter(by_type).select(pl.len()).collect().item() for tables in review_tables(lake)
    )
    return [f"{kept_out:,} quarantined by type may be read now: taquilla quarantine replay"] if kept_out else []


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


def _notes(reading: Reading, is_placed_elsewhere: bool) -> Iterator[str]:
    name = reading.planned.name
    if reading.replaces is not None:
        yield f"{name}: changed, so that it takes the place of what was read of it before"
    elif is_placed_elsewhere:
        yield f"{name}: of the same place as a file at another address; of each number the review read last counts"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
