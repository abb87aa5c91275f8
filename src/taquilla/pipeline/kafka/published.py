"""Which films were published and when they were read: a small file that outlives a kill -9.

Raw knows of a published film only when it is consumed. Until then this journal knows, so that no run fetches the film
again: neither the one that goes on after a kill, nor the next one. What raw knows leaves the journal, and so does what
nobody has consumed for a week: by then the topic may have dropped it.
"""

import os
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from taquilla.errors import UnavailableError
from taquilla.lake import Lake
from taquilla.pipeline.fetching import ANSWERS
from taquilla.pipeline.film_tables import FilmTables, micros
from taquilla.sources.tmdb import FetchedFilm

KEPT = timedelta(days=7)  # Kafka's own default
_ENTRY = struct.Struct(">qqhB")  # film id, when it was read in microseconds since 1970, status or 0, whether it failed


@dataclass(slots=True)
class Published:
    """The journal of one topic."""

    file: Path
    _open: int | None = field(default=None, repr=False)

    @classmethod
    def of(cls, lake: Lake, topic: str) -> "Published":
        return cls(lake.private("published") / f"{topic}.journal")

    def add(self, film: FetchedFilm) -> None:
        """Note that the broker has this film; it is the operating system's when this returns."""
        with _disk(self.file):
            if self._open is None:
                self._open = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.write(
                self._open,
                _ENTRY.pack(film.film_id, micros(film.fetched_at), film.status or 0, film.error is not None),
            )

    def answers(self) -> pl.DataFrame:
        """What is journalled, with the columns of `fetching.ANSWERS`; half an entry at the end is none."""
        data = self.file.read_bytes() if self.file.exists() else b""
        entries = list(_ENTRY.iter_unpack(data[: len(data) - len(data) % _ENTRY.size]))
        return pl.DataFrame(
            {
                "film_id": [entry[0] for entry in entries],
                "fetched_at": [entry[1] for entry in entries],
                "status": [entry[2] or None for entry in entries],
                "is_failed": [bool(entry[3]) for entry in entries],
            },
            schema=ANSWERS | {"fetched_at": pl.Int64()},
        ).with_columns(pl.col("fetched_at").cast(ANSWERS["fetched_at"]))

    def prune(self, tables: FilmTables, now: datetime) -> pl.DataFrame:
        """Forget what raw knows and what is too old; what is left."""
        answers = self.answers()
        landed = tables.raw.scan().filter(pl.col("film_id").is_not_null())
        newest = landed.group_by("film_id").agg(landed_at=pl.col("fetched_at").max())
        is_known = (pl.col("landed_at") >= pl.col("fetched_at")).fill_null(False)
        joined = answers.lazy().join(newest, on="film_id", how="left", maintain_order="left")
        left = joined.filter(~is_known & (pl.col("fetched_at") > now - KEPT)).drop("landed_at").collect()
        # Half an entry at the end would garble those that come after it.
        self._rewrite(left)
        return left

    def _rewrite(self, answers: pl.DataFrame) -> None:
        self.close()
        with _disk(self.file):
            new = self.file.with_suffix(".new")
            new.write_bytes(b"".join(_packed(answers.iter_rows())))
            new.replace(self.file)

    def close(self) -> None:
        if self._open is not None:
            os.close(self._open)
            self._open = None


def _packed(rows: Iterable[tuple[int, datetime, int | None, bool]]) -> Iterator[bytes]:
    for film_id, fetched_at, status, is_failed in rows:
        yield _ENTRY.pack(film_id, micros(fetched_at.astimezone(UTC)), status or 0, is_failed)


@contextmanager
def _disk(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnavailableError(
            f"Cannot write to {file}: {error.strerror}. What was published stays; "
            "free some space, then run the same command again."
        ) from error
