"""TMDB → Kafka: fetches as `land` does and publishes, so that whoever consumes the topic lands the same films.

What the broker has acknowledged is journalled and not fetched again; what was fetched and not acknowledged is, unless
it could be landed directly (`fallback`), and so is what a topic had that was made anew. A film that is too large for
the broker is landed directly in any case.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from taquilla.errors import UnavailableError
from taquilla.lake import Lake
from taquilla.pipeline.fetching import BATCHING, TOPIC, Fetched, Known, fetch_due
from taquilla.pipeline.film_tables import FilmTables
from taquilla.pipeline.kafka.produce_file import produce_file as produce_file
from taquilla.pipeline.kafka.published import Published, ensured_topic
from taquilla.pipeline.landing import Landing
from taquilla.pipeline.options import Batching, Progress, Selection
from taquilla.sources.http import Counters
from taquilla.sources.kafka import Broker, KafkaOptions
from taquilla.sources.kafka_publisher import RESUME, Publisher
from taquilla.sources.tmdb import FetchedFilm, TmdbOptions
from taquilla.tables.film_messages import HEADERS, film_message

# Where films stand that were to be published and had to be landed; no topic of Kafka's can have the name.
FALLBACK = "tmdb/fallback"
LOST = "failed or gone with the topic of before"
POLL_S = 0.1
STOPPING_S = 5.0  # how long a stopped run waits for what is on its way

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Produced:
    """What a run published. landed: films that were landed directly instead; too_large: those for their size.

    failed: films that could not be read; they travel with their reason and are fetched again by the next run.
    recovered: films that a run before had to land directly and had only journalled. fell_back: why the broker was left.
    """

    published: int
    landed: int
    failed: int
    recovered: int
    too_large: tuple[int, ...]
    fell_back: str | None
    resumed: bool
    reasons: Mapping[str, int]
    counters: Counters

    def told(self) -> str:
        """In words, for the step's line."""
        parts = [f"{count:,} {reason}" for reason, count in self.reasons.items()]
        if self.recovered:
            parts.append(f"{self.recovered:,} from the journal of the run before")
        if self.counters.rate_limited:
            parts.append(f"{self.counters.rate_limited:,} times told to wait")
        if self.too_large:
            films = ", ".join(map(str, self.too_large[:5])) + (", …" if len(self.too_large) > 5 else "")
            parts.append(f"too large for the broker and landed directly: film {films}")
        if self.fell_back is not None:
            parts.append(f"{self.landed:,} landed directly: {self.fell_back}")
        return ", ".join(parts)


async def produce_films(
    lake: Lake,
    tmdb: TmdbOptions,
    selection: Selection,
    kafka: KafkaOptions,
    *,
    run_id: str,
    now: datetime,
    progress: Progress = lambda done, total: None,
    fallback: bool = False,
    buckets: int = 1,
    batching: Batching = BATCHING,
) -> Produced:
    """Fetch the films that are due and publish them; returns when the broker has acknowledged all.

    The topic is made where it is not there. fallback: films that the broker does not take are landed directly.
    Errors: SettingsError (token, dates, the broker's user or password), UnavailableError (TMDB, the disk, or the broker
    within kafka.timeout_s; what was acknowledged is kept).
    """
    tables = FilmTables.of(lake, buckets=buckets)
    published = Published.of(lake, kafka.topic)
    landing = Landing(lake, tables, FALLBACK, run_id, batching)
    recovered = landing.recover()
    sink = _Publishing(kafka, published, landing, fallback=fallback)
    topic_id = await sink.begin()
    published.prune(tables, now)
    sink.is_anew = published.belong(topic_id)
    # A Kafka topic is a stream of raw of the same name.
    known = Known(tables, (TOPIC, FALLBACK, kafka.topic), published.answers())
    plan_file = lake.private("plans") / "produce-films.json"
    try:
        fetched = await fetch_due(known, tmdb, selection, sink, plan_file=plan_file, now=now, progress=progress)
    finally:
        published.close()
    return sink.produced(fetched, recovered)


class _Publishing:
    """Publishes each film; with `fallback`, lands all that the broker has not taken once it does not answer."""

    def __init__(self, kafka: KafkaOptions, published: Published, landing: Landing, *, fallback: bool) -> None:
        self._kafka, self._published, self._landing = kafka, published, landing
        self._fallback = fallback
        self.is_anew = False
        self._failed = 0
        self._fell_back: str | None = None
        self._is_lost = False
        self._too_large: list[int] = []
        self._publisher = Publisher(kafka, self._acknowledged, HEADERS)

    def produced(self, fetched: Fetched, recovered: int) -> Produced:
        return Produced(
            self._publisher.acknowledged,
            self._landing.rows,
            self._failed + self._landing.failed,
            recovered,
            tuple(sorted(self._too_large)),
            self._fell_back,
            fetched.resumed,
            {LOST if self.is_anew and why == "failed" else why: count for why, count in fetched.reasons.items()},
            fetched.counters,
        )

    async def begin(self) -> int | None:
        """Find the broker and make the topic, before anything is asked of TMDB; the topic's id, where it is told."""
        try:
            return await asyncio.to_thread(ensured_topic, Broker(self._kafka, resume=RESUME))
        except UnavailableError as error:
            await self._fall_back(error)
            return None

    def _acknowledged(self, film: FetchedFilm) -> None:
        self._published.add(film)
        self._failed += film.error is not None

    async def take(self, film: FetchedFilm) -> None:
        if self._fell_back is not None:
            await self._landing.take(film)
            return
        try:
            await self._publish(film)
        except UnavailableError as error:
            await self._fall_back(error, film)

    async def _publish(self, film: FetchedFilm) -> None:
        message = film_message(
            film.film_id, film.payload, fetched_at=film.fetched_at, status=film.status, error=film.error
        )
        while not self._publisher.send(film, key=b"%d" % film.film_id, value=message):
            await asyncio.to_thread(self._publisher.poll, POLL_S)
        self._publisher.poll()
        if self._publisher.is_crowded:
            await asyncio.to_thread(self._publisher.settle)

    async def _fall_back(self, error: UnavailableError, film: FetchedFilm | None = None) -> None:
        """Land what the broker has not acknowledged, and from now on everything. The error, where that is not asked."""
        if not self._fallback:
            self._is_lost = True
            raise error
        self._fell_back = str(error).partition(". ")[0]
        log.warning("%s. The films are landed directly.", self._fell_back)
        left = await asyncio.to_thread(self._publisher.unacknowledged)
        if film is not None and not any(other is film for other in left):
            left.append(film)
        for each in left:
            await self._landing.take(each)

    async def finish(self) -> None:
        if self._fell_back is None:
            try:
                await asyncio.to_thread(self._publisher.settle)
            except UnavailableError as error:
                await self._fall_back(error)
        if self._fell_back is None:
            for film in self._publisher.too_large:
                self._too_large.append(film.film_id)
                await self._landing.take(film)
        await self._landing.finish()

    async def abandon(self) -> None:
        await self._landing.finish()
        if self._fell_back is None and not self._is_lost:
            left = await asyncio.to_thread(self._publisher.flush, min(STOPPING_S, self._kafka.timeout_s))
            if left:
                log.warning("%d films were fetched and not acknowledged; the next run fetches them again.", left)
