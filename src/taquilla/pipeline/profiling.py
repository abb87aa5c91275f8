"""`taquilla profile SOURCE`: what the tables of a source hold, before anything is loaded."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl
import pyarrow as pa

from taquilla.sources.relations import ERROR, LINE, Relation, Source
from taquilla.tables.cleaning import CleanTable, clean
from taquilla.tables.profile import TableProfile, profile
from taquilla.tables.profile_keys import KeyLinks
from taquilla.tables.rentals import SHOP, table_of

EXAMPLES = 5
# To each table's name, the rows read so far.
Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Profiled:
    """A table: what its source says of it, what it holds, and the lines of it that are no rows, by their reasons.

    shop: the table of a rental shop that it would be landed as; None: it is none. repaired, refused: the cells of it
    that landing would mend, and the rows that it would refuse.
    """

    relation: Relation
    table: TableProfile
    broken_lines: int
    examples: tuple[str, ...]
    shop: str | None
    repaired: int
    refused: int


def profile_source(
    source: Source, only: str | None = None, progress: Progress = lambda table, rows: None
) -> tuple[list[Profiled], pl.DataFrame]:
    """Each table of the source, or one, and the keys between a shop's tables that lead nowhere; every row is read."""
    links = KeyLinks(SHOP.values())
    names = source.relations() if only is None else (only,)
    found = [_profiled(source, source.describe(name), links, progress) for name in names]
    return found, links.broken()


class _Lines:
    """The lines that are no rows, set aside from those that are; and what landing would do with the rows."""

    def __init__(self, spec: CleanTable | None, links: KeyLinks) -> None:
        self.broken, self.examples = 0, list[str]()
        self.repaired, self.refused = 0, 0
        self._spec, self._links, self._rows = spec, links, 0

    def take(self, batch: pa.RecordBatch) -> pl.DataFrame:
        rows = pl.DataFrame(batch)
        if ERROR in rows.columns:
            broken = rows.filter(pl.col(ERROR).is_not_null())
            self.broken += broken.height
            told = pl.format("{}: {}", pl.col(ERROR), pl.col(LINE).str.slice(0, 80))
            self.examples += broken.select(told).head(EXAMPLES - len(self.examples)).to_series().to_list()
            rows = rows.filter(pl.col(ERROR).is_null()).drop(ERROR, LINE)
        self._clean(rows)
        return rows

    def _clean(self, rows: pl.DataFrame) -> None:
        if self._spec is None:
            return
        seen = pl.int_range(self._rows, self._rows + rows.height, dtype=pl.Int64)
        epoch = pl.lit(0, pl.Int64).cast(pl.Datetime("us", "UTC"))
        raw = rows.with_columns(raw_seq=seen, bucket=pl.lit(0, pl.Int64), _landed_at=epoch)
        cleaned = clean(self._spec, raw)
        self._rows += rows.height
        self.repaired += cleaned.repairs.height
        self.refused += cleaned.quarantined.height
        self._links.add(self._spec.curated, cleaned.rows)


def _profiled(source: Source, relation: Relation, links: KeyLinks, progress: Progress) -> Profiled:
    spec = table_of(relation.name)
    if spec is not None and spec.missing(relation.columns()):
        spec = None
    columns = [name for name in relation.columns() if spec is None or spec.reads(name)]
    lines = _Lines(spec, links)
    key = tuple(name for name in relation.key if name in columns) or _key(spec, columns)

    def chunks() -> Iterator[pl.DataFrame]:
        done = 0
        for batch in source.read(relation.name, columns=columns):
            done += batch.num_rows
            progress(relation.name, done)
            yield lines.take(batch)

    table = profile(chunks(), key)
    shop = spec.curated if spec else None
    return Profiled(relation, table, lines.broken, tuple(lines.examples), shop, lines.repaired, lines.refused)


def _key(spec: CleanTable | None, columns: list[str]) -> tuple[str, ...]:
    """The source's columns of the key that a shop's table has."""
    if spec is None:
        return ()
    found = [field.find(columns) for field in spec.fields if field.name in spec.key]
    return tuple(name for name in found if name is not None)
