"""Messages of the topic as rows of `raw.tmdb_films`: each one, readable or not, with its key, headers and reason."""

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

import polars as pl

from taquilla.pipeline.raw_rows import RawRecord, raw_rows
from taquilla.sources.kafka_reader import Message
from taquilla.tables.film_messages import SCHEMA_HEADER, read_message, schema_error

# Clocks differ; a record from further ahead would stay its film's newest until that day comes.
AHEAD = timedelta(days=1)
# How the reasons begin that are about a message's moment.
NO_MOMENT, READ_AT = "no moment", "read at "
WRONG_MOMENT = (NO_MOMENT, READ_AT)


def message_rows(messages: Sequence[Message], *, topic: str, run_id: str, buckets: int, now: datetime) -> pl.DataFrame:
    """The messages as rows of raw, still without `raw_seq`, ordered by partition and offset.

    now: when they were read; it stands in for the moment of a message that tells none that can be.
    """
    ordered = sorted(messages, key=attrgetter("partition", "offset"))
    return pl.concat(
        raw_rows(
            [raw_record(message, now) for message in of_one],
            topic=topic,
            partition=partition,
            offset=[message.offset for message in of_one],
            run_id=run_id,
            buckets=buckets,
        )
        # A broker's own records alone make a batch of no messages.
        for partition, of_one in _by_partition(ordered) or [(0, [])]
    )


def _by_partition(ordered: Sequence[Message]) -> list[tuple[int, list[Message]]]:
    return [(partition, list(group)) for partition, group in groupby(ordered, attrgetter("partition"))]


def raw_record(message: Message, now: datetime) -> RawRecord:
    """What raw keeps of the message; of a dead letter its `error` too."""
    told = read_message(message.value)
    moment = told.fetched_at or message.timestamp
    error = schema_error(_header(message, SCHEMA_HEADER)) or told.error or _wrong_moment(moment, now)
    return RawRecord(
        fetched_at=moment if moment is not None and _wrong_moment(moment, now) is None else now,
        payload=message.value,
        film_id=told.film_id,
        status=told.status,
        error=error,
        key=message.key,
        headers=headers_json(message.headers),
        sha256=None if told.record is None else hashlib.sha256(told.record).hexdigest(),
    )


def _header(message: Message, name: str) -> bytes | None:
    """The header's last value, as Kafka has it."""
    return next((value or b"" for given, value in reversed(message.headers) if given == name), None)


def _wrong_moment(moment: datetime | None, now: datetime) -> str | None:
    if moment is None:
        return f"{NO_MOMENT} at which it was read, neither in the message nor from the broker"
    if moment > now + AHEAD:
        return f"{READ_AT}{moment:%Y-%m-%dT%H:%M:%SZ}, which is still to come"
    if moment.year < 1970:
        return f"{READ_AT}{moment:%Y-%m-%dT%H:%M:%SZ}, before anything was"
    return None


def headers_json(headers: Sequence[tuple[str, bytes | None]]) -> str | None:
    """The headers as a JSON object: a text where the bytes are UTF-8, else {"base64:": …}; a list where a name repeats.

    None: there are none.
    """
    if not headers:
        return None
    values: dict[str, list[object]] = {}
    for name, value in headers:
        values.setdefault(name, []).append(_header_value(value))
    return json.dumps({name: given[0] if len(given) == 1 else given for name, given in values.items()})


def headers_of(text: str | None) -> tuple[tuple[str, bytes | None], ...]:
    """The headers that `headers_json` made this text of."""
    told = json.loads(text) if text else {}
    pairs = ((name, value) for name, given in told.items() for value in (given if isinstance(given, list) else [given]))
    return tuple((name, _header_bytes(value)) for name, value in pairs)


def _header_bytes(value: object) -> bytes | None:
    match value:
        case None:
            return None
        case {"base64:": str(text)}:
            return base64.b64decode(text)
    return str(value).encode("utf-8")


def _header_value(value: bytes | None) -> object:
    if value is None:
        return None
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64:": base64.b64encode(value).decode("ascii")}
