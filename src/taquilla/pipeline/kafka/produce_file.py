"""A file of TMDB's records or of messages → Kafka: for backfills, and for those who have a file and no token."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path

from taquilla.errors import DataError
from taquilla.lake import Lake
from taquilla.pipeline.kafka.published import ensured_topic, is_another
from taquilla.sources.files import LinesFile
from taquilla.sources.kafka import Broker, KafkaOptions
from taquilla.sources.kafka_publisher import Publisher
from taquilla.tables.film_messages import HEADERS, dated, film_message, read_message
from taquilla.tables.flat_films import is_flat

BATCH_LINES = 5_000
POLL_S = 0.1
RESUME = "the same command again"


@dataclass(frozen=True, slots=True)
class ProducedFile:
    """What became of a file: the records in it, and how many of them were published now."""

    records: int
    published: int

    def told(self) -> str:
        said = f"{self.published:,} messages published"
        if self.records == 0:
            return f"{said}; it has no records"
        return said if self.published else f"{said}; all of it was published before"


@dataclass(frozen=True, slots=True)
class _Line:
    number: int  # from 1, blank lines not counted
    key: bytes | None
    value: bytes


def produce_file(
    lake: Lake,
    path: Path,
    kafka: KafkaOptions,
    *,
    now: datetime,
    fetched_at: datetime | None = None,
    progress: Callable[[int], None] = lambda lines: None,
) -> ProducedFile:
    """Publish the lines of an NDJSON file (plain, .gz, .zst): TMDB's records as messages, everything else as it is.

    What is neither travels too, without a key: the consumer keeps it as a dead letter. A run that was killed goes on
    behind the last lines that were acknowledged, and may repeat up to `BATCH_LINES` of them; a record that comes twice
    is one. A file that was published to its end is published anew, and so is one whose topic was made anew.
    fetched_at: when TMDB was read, UTC; the file's own time where it is not told. A flat record that tells no moment
    gets it only where it is told: else the broker's time counts.
    DataError: the file is damaged, or a line is too large for the broker; the lines before and around it are published.
    UnavailableError, SettingsError: as of `produce_films`.
    """
    file = LinesFile.of(path)
    topic_id = ensured_topic(Broker(kafka, resume=RESUME))
    publisher: Publisher[int] = Publisher(kafka, headers=HEADERS, resume=RESUME)
    position = _Position.of(lake, kafka.topic, topic_id, file, fetched_at)
    message = partial(_message, fetched_at=fetched_at, read_at=fetched_at or min(file.modified_at, now))
    lines = iter(file.lines())
    done = begins = sum(1 for _ in islice(lines, position.read()))
    while batch := [_line(number, message(text)) for number, text in enumerate(_next(lines), done + 1)]:
        for line in batch:
            while not publisher.send(line.number, key=line.key, value=line.value):
                publisher.poll(POLL_S)
            publisher.poll()
        publisher.settle()
        done += len(batch)
        position.write(done)
        progress(done)
    position.forget()
    if publisher.too_large:
        raise _too_large(path, publisher.too_large)
    return ProducedFile(done, done - begins)


def _next(lines: Iterator[bytes]) -> list[bytes]:
    return list(islice(lines, BATCH_LINES))


def _line(number: int, value: bytes) -> _Line:
    film_id = read_message(value).film_id
    return _Line(number, None if film_id is None else b"%d" % film_id, value)


def _message(text: bytes, *, fetched_at: datetime | None, read_at: datetime) -> bytes:
    told = read_message(text)
    if told.film_id is None or told.error is not None or told.fetched_at is not None or told.record is not None:
        return text
    if not is_flat(text):
        return film_message(told.film_id, text, fetched_at=read_at, status=200)
    return text if fetched_at is None else dated(text, fetched_at)


def _too_large(path: Path, lines: list[int]) -> DataError:
    told = ", ".join(map(str, sorted(lines)[:5])) + (", …" if len(lines) > 5 else "")
    return DataError(
        f"{path}: {len(lines):,} records are larger than the broker takes (line {told}); the others are published. "
        f"Raise the topic's max.message.bytes and publish the file again, or land it directly: taquilla land {path}"
    )


@dataclass(frozen=True, slots=True)
class _Position:
    """How many of a file's lines a topic has, on disk; the file's content names it, not its path."""

    topic: str
    topic_id: int | None
    file: Path

    @classmethod
    def of(
        cls, lake: Lake, topic: str, topic_id: int | None, file: LinesFile, fetched_at: datetime | None
    ) -> "_Position":
        told = "" if fetched_at is None else f"@{fetched_at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"
        name = f"{topic}.{file.sha256[:16]}{told}.lines"
        return cls(topic, topic_id, lake.private("published") / name)

    def read(self) -> int:
        lines, _, noted = self.file.read_text().partition(" ") if self.file.exists() else ("", "", "")
        if is_another(self.topic, int(noted) if noted else None, self.topic_id):
            self.forget()
            return 0
        return int(lines or 0)

    def write(self, lines: int) -> None:
        new = self.file.with_suffix(".new")
        new.write_text(str(lines) if self.topic_id is None else f"{lines} {self.topic_id}")
        new.replace(self.file)

    def forget(self) -> None:
        self.file.unlink(missing_ok=True)
