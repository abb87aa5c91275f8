"""The tables of the films' road, by name."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dataframely as dy
import polars as pl

from taquilla.lake import Lake, LakeTable
from taquilla.tables import films

RAW_FILMS, RAW_EXPORTS = "raw.tmdb_films", "raw.tmdb_exports"
REBUILT = "rebuilt"  # how often a curated table was made anew from all of raw; the same in all, or one is under way


def micros(moment: datetime) -> int:
    """A moment as a mark: microseconds since 1970, UTC."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def schema_of(contract: type[dy.Schema]) -> pl.Schema:
    """The Polars schema that a contract describes."""
    return contract.create_empty().schema


@dataclass(frozen=True, slots=True)
class FilmTables:
    """The lake's tables of films; all have as many buckets as raw was created with."""

    raw: LakeTable
    exports: LakeTable
    films: LakeTable
    snapshots: LakeTable
    quarantine: LakeTable

    @classmethod
    def of(cls, lake: Lake, *, buckets: int = 1) -> "FilmTables":
        raw = lake.table(RAW_FILMS, schema_of(films.RawFilms), buckets=buckets, index=("raw_seq", "film_id"))
        n = raw.bucket_count() if raw.exists() else buckets
        return cls(
            raw=raw,
            exports=lake.table(RAW_EXPORTS, schema_of(films.RawExports), buckets=n, index=("film_id",)),
            films=lake.table("curated.films", schema_of(films.Films), buckets=n, index=("film_id", "raw_seq")),
            snapshots=lake.table("curated.film_snapshots", schema_of(films.FilmSnapshots), buckets=n),
            quarantine=lake.table("quarantine.films", schema_of(films.QuarantinedFilms), buckets=n, index=("raw_seq",)),
        )

    def all(self) -> tuple[LakeTable, ...]:
        return (self.raw, self.exports, self.films, self.snapshots, self.quarantine)

    def curated(self) -> tuple[LakeTable, ...]:
        """The tables that a curation writes, in the order of their commits."""
        return (self.snapshots, self.quarantine, self.films)

    def rebuilds(self) -> list[int]:
        """How often each curated table was made anew."""
        return [table.mark(REBUILT) or 0 for table in self.curated()]
