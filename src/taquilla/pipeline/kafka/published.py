"""Which films were published and when they were read: a small file that outlives a kill -9.

Raw knows of a published film only when it is consumed. Until then this journal knows, so that no run fetches the film
again: neither the one that goes on after a kill, nor the next one. What raw knows leaves the journal, and so does what
nobody has consumed for a week: by then the topic may have dropped it. It belongs to one topic: what another one of the
same name was given is published again.
"""

import logging
import os
import struct
import time
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
from taquilla.sources.kafka import Broker, UnknownTopicError
from taquilla.sources.tmdb import FetchedFilm

KEPT = timedelta(days=7)  # Kafka's own default
_ENTRY = struct.Struct(">qqhB")  # film id, when it was read in microseconds since 1970, status or 0, whether it failed
_TOPIC = 2  # in the place of whether it failed: the entry's first number is the topic's id
_PAUSE_S = 0.1

log = logging.getLogger(__name__)


def ensured_topic(broker: Broker) -> int | None:
    """Make the topic where it is not there; its id, None: the broker tells none."""
    broker.ensure_topic()
    deadline = time.monotonic() + broker.options.timeout_s
    while True:
        try:
            return broker.topic_id()
        except UnknownTopicError:
            # Not every broker of a cluster knows at once what was made a moment ago.
            if time.monotonic() > deadline:
                raise
        time.sleep(_PAUSE_S)


def is_another(topic: str, noted: int | None, topic_id: int | None) -> bool:
    """Whether what was noted is of another topic of that name, which is said in the log; of an unknown id it is not."""
    if None in (noted, topic_id) or noted == topic_id:
        return False
    log.warning(
        "Topic %s was made anew, or this is another broker: what was published before is published again.", topic
    )
    return True


@dataclass(slots=True)
class Published:
    """The journal of one topic."""

    topic: str
    file: Path
    _open: int | None = field(default=None, repr=False)

    @classmethod
    def of(cls, lake: Lake, topic: str) -> "Published":
        return cls(topic, lake.private("published") / f"{topic}.journal")

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
        entries = [entry for entry in self._entries() if entry[3] != _TOPIC]
        return pl.DataFrame(
            {
                "film_id": [entry[0] for entry in entries],
                "fetched_at": [entry[1] for entry in entries],
                "status": [entry[2] or None for entry in entries],
                "is_failed": [bool(entry[3]) for entry in entries],
            },
            schema=ANSWERS | {"fetched_at": pl.Int64()},
        ).with_columns(pl.col("fetched_at").cast(ANSWERS["fetched_at"]))

    def _entries(self) -> list[tuple[int, int, int, int]]:
        data = self.file.read_bytes() if self.file.exists() else b""
        return list(_ENTRY.iter_unpack(data[: len(data) - len(data) % _ENTRY.size]))

    def _noted_id(self) -> int | None:
        return next((entry[0] for entry in self._entries() if entry[3] == _TOPIC), None)

    def belong(self, topic_id: int | None) -> bool:
        """Make it the journal of that topic; whether it was another's, and so all that is in it is to be had again.

        Those films count as failed: they are due whoever asked for them, and whether or not raw has an older record.
        """
        noted, answers = self._noted_id(), self.answers()
        if topic_id is None or topic_id == noted:
            return False
        is_void = not answers.is_empty() and is_another(self.topic, noted, topic_id)
        self._rewrite(answers.with_columns(is_failed=pl.lit(True)) if is_void else answers, topic_id)
        return is_void

    def prune(self, tables: FilmTables, now: datetime) -> pl.DataFrame:
        """Forget what raw knows and what is too old; what is left."""
        answers = self.answers()
        landed = tables.raw.scan().filter(pl.col("film_id").is_not_null())
        newest = landed.group_by("film_id").agg(landed_at=pl.col("fetched_at").max())
        is_known = (pl.col("landed_at") >= pl.col("fetched_at")).fill_null(False)
        joined = answers.lazy().join(newest, on="film_id", how="left", maintain_order="left")
        left = joined.filter(~is_known & (pl.col("fetched_at") > now - KEPT)).drop("landed_at").collect()
        # Half an entry at the end would garble those that come after it.
        self._rewrite(left, self._noted_id())
        return left

    def _rewrite(self, answers: pl.DataFrame, topic_id: int | None) -> None:
        self.close()
        topic = b"" if topic_id is None else _ENTRY.pack(topic_id, 0, 0, _TOPIC)
        with _disk(self.file):
            new = self.file.with_suffix(".new")
            new.write_bytes(topic + b"".join(_packed(answers.iter_rows())))
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
