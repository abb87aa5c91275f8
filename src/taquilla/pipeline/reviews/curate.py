"""raw.<kind> → curated: chunks of raw are cleaned side by side, keys are settled, a table is published in one commit.

What counts are the complete readings that no later one has taken the place of. New ones are added to what stands there;
where one takes another's place, or a run was cut off between two commits, the kind is made anew from raw.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import reduce
from operator import add

import polars as pl

from taquilla.engines import Engine, Progress, tracked
from taquilla.lake import Lake, LakeTable, Part
from taquilla.lake.rebucket import check_buckets
from taquilla.lake.table import LANDED
from taquilla.pipeline.reviews.cleaning_chunks import Made, Work, clean_chunks, works_of
from taquilla.pipeline.reviews.land import POLICIES, POLICY
from taquilla.pipeline.reviews.one_a_key import one_a_key
from taquilla.pipeline.reviews.readings import counts
from taquilla.pipeline.reviews.repair_parts import parts_of_kind
from taquilla.pipeline.reviews.review_tables import ReviewTables, ledger_of, review_tables
from taquilla.tables.reviews import KINDS

# Marks of what a curation makes: how many rows of the ledger it has seen, how often it was made anew, and the records
# that others have taken the place of.
SEEN, REBUILT, SUPERSEDED = "readings", "rebuilt", "superseded"


@dataclass(frozen=True, slots=True)
class CuratedReviews:
    """What a curation did: records of raw taken, files written, cells repaired or refused, records refused."""

    raw_rows: int = 0
    parts: int = 0
    repaired: int = 0
    quarantined: int = 0

    def __add__(self, other: "CuratedReviews") -> "CuratedReviews":
        return CuratedReviews(
            self.raw_rows + other.raw_rows,
            self.parts + other.parts,
            self.repaired + other.repaired,
            self.quarantined + other.quarantined,
        )


@dataclass(frozen=True, slots=True)
class Span:
    """What a curation of one kind takes: the readings, how far that is in the ledger, and whether it is all of them.

    replaced: the good records of readings that others have taken the place of.
    """

    readings: tuple[int, ...]
    ledger: int
    is_whole: bool
    rebuilt: int
    rows: int
    replaced: int


@dataclass(frozen=True, slots=True)
class Todo:
    """A kind that has something to curate."""

    tables: ReviewTables
    span: Span


def curate_reviews(
    lake: Lake,
    engine: Engine,
    *,
    rebuild: bool = False,
    only: Collection[str] = tuple(KINDS),
    on_type_change: str | None = None,
    progress: Progress = lambda done, total: None,
) -> CuratedReviews:
    """Bring the curated tables, their repairs and their quarantine up to the complete readings.

    rebuild: make all of it anew from raw, by today's rules. only: these kinds. on_type_change: evolve, quarantine or
    stop; None: as the last landing was told. progress: work items done of those of all kinds. A kind is published when
    its last one is done. DataError: a type has changed and that stops it, of whose kind nothing is published; or a kind
    is on its way into other buckets.
    """
    policy = on_type_change or policy_of(lake)
    wanted = [tables for tables in review_tables(lake) if tables.kind.name in only]
    found = [(tables, span_of(tables, ledger_of(lake), rebuild)) for tables in wanted]
    todo = {tables.kind.name: Todo(tables, span) for tables, span in found if span is not None}
    works = {kind: works_of(lake, one.tables, one.span.readings, policy) for kind, one in todo.items()}
    items = [work for some in works.values() for work in some]
    made: dict[str, list[Made]] = {kind: [] for kind in todo}
    done = CuratedReviews()
    for kind, result in tracked(engine.map(clean_work, items), len(items), progress):
        made[kind].append(result)
        if len(made[kind]) == len(works[kind]):
            done += _published(todo[kind], reduce(add, made.pop(kind)))
    # What is left has not one record that counts.
    return reduce(add, [_published(todo[kind], Made()) for kind in made], done)


def clean_work(work: Work) -> tuple[str, Made]:
    """The work's kind, and what was made of it."""
    return work.kind, clean_chunks(work)


def policy_of(lake: Lake) -> str:
    """How a field whose type changes is taken, as the last landing was told."""
    return POLICIES[(ledger_of(lake).mark(POLICY) or 1) - 1]


def _published(todo: Todo, made: Made) -> CuratedReviews:
    tables, span = todo.tables, todo.span
    made = one_a_key(tables, made, span.is_whole)
    before = 0 if span.is_whole else tables.curated.mark(SUPERSEDED) or 0
    marks = {SEEN: span.ledger, REBUILT: span.rebuilt}
    _publish_repairs(tables, made, span.is_whole, marks)
    replacing = _all_parts(tables.quarantine) if span.is_whole else []
    tables.quarantine.publish(made.quarantine, replacing=replacing, marks=marks)
    replacing = _all_parts(tables.curated) if span.is_whole else made.replaced
    superseded = before + span.replaced + made.superseded
    tables.curated.publish(made.rows, replacing=replacing, marks={**marks, SUPERSEDED: superseded})
    tables.raw.forget_local()
    return CuratedReviews(span.rows, len(made.rows), _count(made.repairs), _count(made.quarantine))


def _publish_repairs(tables: ReviewTables, made: Made, is_whole: bool, marks: dict[str, int]) -> None:
    """The table of repairs is all kinds': each has marks of its own, and only its rows are replaced."""
    kept, replacing = parts_of_kind(tables.repairs, tables.kind.name) if is_whole else ([], [])
    own = {repairs_mark(tables, name): mark for name, mark in marks.items()}
    tables.repairs.publish([*made.repairs, *kept], replacing=replacing, marks=own)


def repairs_mark(tables: ReviewTables, name: str) -> str:
    """A kind's own mark in the repairs of all."""
    return f"{tables.kind.name} {name}"


def span_of(tables: ReviewTables, ledger: LakeTable, rebuild: bool) -> Span | None:
    """What there is to curate of a kind; None: nothing."""
    landed = ledger.mark(LANDED) or 0
    known = ledger.scan().filter(pl.col("kind") == tables.kind.name).collect()
    standing = known.filter(counts())
    before = _marks(tables)
    (seen, rebuilt), is_cut_off = max(before), len(set(before)) > 1
    fresh = known.filter(pl.col("file_seq") >= seen)
    if fresh.is_empty() and not rebuild and not is_cut_off:
        return None
    check_buckets(tables.raw, "reviews")
    # A reading that was given up, or taken the place of, before any curation saw it changes nothing that stands.
    gone = fresh["replaces"].drop_nulls()
    stood = known.filter(pl.col("file_seq") < seen)["reading"]
    is_whole = rebuild or is_cut_off or bool(gone.is_in(stood.implode()).any())
    wanted = standing if is_whole else standing.filter(pl.col("file_seq") >= seen)
    out = known if is_whole else fresh
    replaced = out.join(standing, on="reading", how="anti").select((pl.col("lines") - pl.col("dead")).sum()).item()
    rows = wanted.select((pl.col("lines") - pl.col("dead")).sum()).item()
    anew = rebuilt + (rebuild or is_cut_off)
    return Span(tuple(wanted["reading"]), landed, is_whole, anew, int(rows or 0), int(replaced or 0))


def _marks(tables: ReviewTables) -> list[tuple[int, int]]:
    own = [tuple(table.mark(name) or 0 for name in (SEEN, REBUILT)) for table in (tables.quarantine, tables.curated)]
    shared = tuple(tables.repairs.mark(repairs_mark(tables, name)) or 0 for name in (SEEN, REBUILT))
    return [(seen, rebuilt) for seen, rebuilt in (shared, *own)]


def _all_parts(table: LakeTable) -> list[Part]:
    return table.parts(table.open())


def _count(parts: list[Part]) -> int:
    return sum(part.rows for part in parts)
