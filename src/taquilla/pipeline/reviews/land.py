"""Files of reviews → raw: each record exactly once, and none of them counts before its file is read to the end."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

import polars as pl

from taquilla.engines import Engine, EngineOptions, Progress, tracked
from taquilla.engines.local import LocalEngine
from taquilla.errors import SettingsError
from taquilla.lake import Lake, LakeTable
from taquilla.pipeline.reviews.batches import Batches
from taquilla.pipeline.reviews.landing import Landing
from taquilla.pipeline.reviews.plan import PlannedFile, plan
from taquilla.pipeline.reviews.pseudonyms import Pseudonyms
from taquilla.pipeline.reviews.readings import Ledger, Reading, Told, position_of
from taquilla.pipeline.reviews.review_tables import ReviewTables, ledger_of, review_tables
from taquilla.sources.objects import Place
from taquilla.sources.tabular_text import PACKED

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


@dataclass(frozen=True, slots=True)
class Item:
    """One file to be landed, wherever that is done. number: of its reading. pseudonyms: their key shows nowhere."""

    lake: Lake
    planned: PlannedFile
    number: int
    run_id: str
    now: datetime
    batch_rows: int
    pseudonyms: Pseudonyms | None


@dataclass(frozen=True, slots=True)
class LandedFile:
    """What raw has of a reading now that its file is read to the end."""

    number: int
    told: Told


def land_reviews(
    lake: Lake,
    addresses: Sequence[str],
    *,
    run_id: str,
    now: datetime,
    engine: Engine | None = None,
    buckets: int = 1,
    batch_rows: int = 100_000,
    pseudonyms: Pseudonyms | None = None,
    on_type_change: str = "evolve",
    progress: Progress = lambda done, total: None,
) -> LandedReviews:
    """Read the files that are new or have changed, and land their records.

    A reading that was cut off goes on behind the last record that it landed. pseudonyms: None lands names as they are.
    on_type_change: noted for the curation. DataError: there is no file of reviews; before any record is landed.
    engine: its workers read the files, each one, and must see them; progress is told in records where they are read
    here, else in files. Readings are begun here in the planned order, and count as soon as their file is done.
    """
    engine = engine or LocalEngine(EngineOptions(retries=0))
    planned = plan(addresses, pseudonyms)
    table = ledger_of(lake)
    notes = [*planned.notes(), *_note_policy(lake, table, on_type_change)]
    ledger = Ledger(table, run_id, now)
    begun = [ledger.begin(file, ReviewTables.of(lake, file.layout.kind, buckets=buckets)) for file in planned.files]
    readings = {reading.number: reading for reading in begun if not reading.is_unchanged}
    for raw in {reading.tables.raw.name: reading.tables.raw for reading in readings.values()}.values():
        raw.open()  # made before two workers find that it is not there
    items = [
        Item(lake, _anywhere(reading.planned), number, run_id, now, batch_rows, pseudonyms)
        for number, reading in readings.items()
    ]
    landed: dict[int, Told] = {}
    for done in _landed(engine, items, progress):
        ledger.complete(readings[done.number], done.told)
        landed[done.number] = done.told
    return _told(begun, landed, [*notes, *_notes_of(readings.values(), ledger)])


def _anywhere(planned: PlannedFile) -> PlannedFile:
    """The file by an address that is the same in every working directory."""
    place = planned.file.place
    if place.in_s3:
        return planned
    absolute = Place(str(Path(place.text).expanduser().absolute()))
    return replace(planned, file=replace(planned.file, place=absolute))


def _landed(engine: Engine, items: Sequence[Item], progress: Progress) -> Iterator[LandedFile]:
    if not engine.is_here:
        yield from tracked(engine.map(land_one, items), len(items), progress)
        return
    bar = _Bar(progress, sum(_about(item.planned) for item in items))
    for landed in engine.map(partial(land_one, progress=bar.told), items):
        bar.next_file()
        yield landed


def land_one(item: Item, progress: Callable[[int], None] = lambda rows: None) -> LandedFile:
    """Land the item's file behind what raw has of its reading already. progress: told the records landed now."""
    tables = ReviewTables.of(item.lake, item.planned.layout.kind)
    # Asked here: an attempt that died may have landed some of them.
    landed = tables.raw.mark(position_of(item.number)) or 0
    landing = Landing(Reading(item.planned, tables, item.number, landed), item.run_id, item.now)
    batches = Batches(item.planned, item.batch_rows, item.pseudonyms, landed)
    landing.take(batches, progress)
    dead = landing.dead if not landed else _dead_of(tables, item.number)
    return LandedFile(item.number, Told(landing.landed, dead, tuple(batches.new_fields)))


def _dead_of(tables: ReviewTables, reading: int) -> int:
    rows = tables.raw.scan().filter(pl.col("reading") == reading)
    return int(rows.select(pl.col("error").count()).collect().item())


@dataclass(slots=True)
class _Bar:
    """The records of several files, one after another, of about `total`."""

    progress: Progress
    total: int
    before: int = 0
    done: int = 0

    def told(self, rows: int) -> None:
        """So many of the present file."""
        self.done = self.before + rows
        self.progress(self.done, max(self.total, self.done))

    def next_file(self) -> None:
        self.before = self.done


def _told(begun: Sequence[Reading], landed: Mapping[int, Told], notes: Sequence[str]) -> LandedReviews:
    """In the planned order, whichever file came first."""
    rows: dict[str, int] = {}
    found = _Found()
    for reading in begun:
        if not reading.is_unchanged:
            kind, told = reading.planned.layout.kind, landed[reading.number]
            rows[kind] = rows.get(kind, 0) + told.lines - reading.landed
            found.add(reading.planned.name, told.dead, told.new_fields)
    unchanged = tuple(reading.planned.name for reading in begun if reading.is_unchanged)
    return LandedReviews(rows, found.dead, unchanged, (*found.notes(), *notes))


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


def _notes_of(readings: Iterable[Reading], ledger: Ledger) -> Iterator[str]:
    for reading in readings:
        name = reading.planned.name
        if reading.replaces is not None:
            yield f"{name}: changed, so that it takes the place of what was read of it before"
        elif ledger.is_placed_elsewhere(reading.planned):
            yield f"{name}: of the same place as a file at another address; of each number the review read last counts"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
