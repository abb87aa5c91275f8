"""Where fetched films go on the direct road: a journal on disk, then raw, in batches."""

import asyncio
import time

import msgspec

from taquilla.lake import Lake, Spool
from taquilla.pipeline.film_tables import FilmTables
from taquilla.pipeline.options import Batching
from taquilla.pipeline.raw_rows import RawRecord, raw_rows
from taquilla.sources.tmdb import FetchedFilm


class Landing:
    """Journals each answer, and lands full batches in a thread while the next one is being fetched.

    topic: the name under which the rows and their position stand in raw; each has a journal of its own.
    """

    def __init__(self, lake: Lake, tables: FilmTables, topic: str, run_id: str, batching: Batching) -> None:
        self.tables = tables
        self.rows = 0  # rows landed that were not recovered
        self.failed = 0  # rows landed that carry an error
        self._spool, self._topic = Spool(lake.private("spool") / topic), topic
        self._run_id, self._batching = run_id, batching
        self._position = tables.raw.mark(topic) or 0  # of the next row in the topic
        self._batch: list[FetchedFilm] = []
        self._deadline = 0.0
        self._under_way: asyncio.Future[int] | None = None

    def recover(self) -> int:
        """Land what a run that was cut off had journalled; how many rows that was."""
        rows = 0
        for begins in self._spool.segments():
            batch = [msgspec.msgpack.decode(record, type=FetchedFilm) for record in self._spool.read(begins)]
            rows += self._land(begins, batch)
            self._position = max(self._position, begins + len(batch))
        return rows

    async def take(self, film: FetchedFilm) -> None:
        """Journal an answer; starts to land the batch when it is full or due."""
        if not self._batch:
            self._spool.begin(self._position)
            self._deadline = time.monotonic() + self._batching.seconds
        self._spool.append(msgspec.msgpack.encode(film))
        self._batch.append(film)
        self.rows += 1
        if len(self._batch) >= self._batching.rows or time.monotonic() > self._deadline:
            await self._turn_over()

    async def _turn_over(self) -> None:
        await self._landed()
        batch, self._batch = self._batch, []
        begins, self._position = self._position, self._position + len(batch)
        self._under_way = asyncio.get_running_loop().run_in_executor(None, self._land, begins, batch)

    async def _landed(self) -> None:
        if self._under_way is not None:
            # Ctrl-C cancels what waits here; the thread lands its batch all the same, and `finish` waits for it.
            await asyncio.shield(self._under_way)
            self._under_way = None

    async def finish(self) -> None:
        """Land what is left; returns when it has landed."""
        if self._batch:
            await self._turn_over()
        await self._landed()
        self._spool.close()

    async def abandon(self) -> None:
        """After an error or Ctrl-C: what was fetched before is landed all the same."""
        await self.finish()

    def _land(self, begins: int, batch: list[FetchedFilm]) -> int:
        records = [RawRecord(f.fetched_at, f.payload, f.film_id, f.status, f.error) for f in batch]
        rows = raw_rows(
            records, topic=self._topic, offset=begins, run_id=self._run_id, buckets=self.tables.raw.bucket_count()
        )
        landed = self.tables.raw.land(rows, source=self._topic, begins=begins)
        self.failed += rows["error"].count()
        self._spool.discard(begins)
        return landed
