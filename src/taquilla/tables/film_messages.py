"""A film on the topic `tmdb_data`: the seeds' flat record, when it was read, and TMDB's own record, byte for byte.

    {"id": 550, "title": "Fight Club", …, "genres": ["Drama"], …, "directors": ["David Fincher"], "cast": ["Edward
     Norton", …], "fetched_at": "2026-11-21T10:15:00.000000Z", "tmdb": {…}}
    {"id": 550, "status": 404, "fetched_at": "…"}                       TMDB does not know the film any more
    {"id": 550, "status": 500, "error": "…", "fetched_at": "…"}         the film could not be read

The flat record alone and TMDB's record alone are films, too; when they were read is then what the broker says.
Header `taquilla-schema: 1`. A message without the header is read as one of version 1; a later version is not read but
kept as a dead letter (`schema_error`), for its fields may mean something else.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

SCHEMA_HEADER = "taquilla-schema"
SCHEMA_VERSION = "1"
HEADERS = {SCHEMA_HEADER: SCHEMA_VERSION}

MAX_RECORD_BYTES = 8 * 2**20
CAST_LIMIT = 10  # names in the flat record; TMDB's own has all
# A record read before TMDB was, or centuries from now, would stay its film's newest or oldest for ever.
YEARS = range(1970, 2200)
REMOVED = 404

_WHITE = b" \t\r\n"
_NULL = msgspec.Raw(b"null")
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Envelope(msgspec.Struct, frozen=True):
    """What a message says before its film is typed.

    fetched_at: UTC; None where it is not told. status: 404 says that the film was removed. error: why the message is
    no film. record: TMDB's own record, verbatim; None where the message holds none.
    """

    film_id: int | None = None
    fetched_at: datetime | None = None
    status: int | None = None
    error: str | None = None
    record: bytes | None = None


class _Identity(msgspec.Struct, gc=False):
    id: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class _Message(_Identity, gc=False):
    """Raw is skipped over, not decoded; a film's `status` is a text with TMDB and a number with us."""

    fetched_at: msgspec.Raw = _NULL
    status: msgspec.Raw = _NULL
    error: msgspec.Raw = _NULL
    tmdb: msgspec.Raw = _NULL


class _Told(msgspec.Struct, gc=False):
    """What the flat record copies from TMDB's as it stands there."""

    id: msgspec.Raw = _NULL
    title: msgspec.Raw = _NULL
    original_title: msgspec.Raw = _NULL
    overview: msgspec.Raw = _NULL
    release_date: msgspec.Raw = _NULL
    popularity: msgspec.Raw = _NULL
    vote_average: msgspec.Raw = _NULL
    vote_count: msgspec.Raw = _NULL
    budget: msgspec.Raw = _NULL
    revenue: msgspec.Raw = _NULL
    runtime: msgspec.Raw = _NULL


class _Details(_Told, gc=False):
    genres: msgspec.Raw = _NULL
    production_companies: msgspec.Raw = _NULL
    credits: msgspec.Raw = _NULL


class _Named(msgspec.Struct, gc=False):
    name: str
    job: str | None = None


class _Credits(msgspec.Struct, gc=False):
    cast: list[_Named] = []
    crew: list[_Named] = []


_identity = msgspec.json.Decoder(_Identity)
_message = msgspec.json.Decoder(_Message)
_details = msgspec.json.Decoder(_Details)
_names = msgspec.json.Decoder(list[_Named])
_credits = msgspec.json.Decoder(_Credits)
_moment = msgspec.json.Decoder(datetime)
_encoder = msgspec.json.Encoder()


def film_message(
    film_id: int,
    payload: bytes | None,
    *,
    fetched_at: datetime,
    status: int | None = None,
    error: str | None = None,
) -> bytes:
    """The message that tells of TMDB's answer: a film, its removal (status 404), or why it could not be read.

    payload: TMDB's record; it stands in the message byte for byte, but for white space around it. What is no record
    of a film makes a message with the reason as `error`, and with the payload where that is JSON.
    """
    if status == REMOVED and error is None:
        return _encoder.encode({"id": film_id, "status": status, "fetched_at": _written(fetched_at)})
    record = (payload or b"").strip(_WHITE)
    if error is None:
        error = read_message(record).error if payload is not None else "no payload"
    if error is not None:
        return _failure(film_id, record, fetched_at, status, error)
    return _encoder.encode(_flat(record) | {"fetched_at": _written(fetched_at), "tmdb": msgspec.Raw(record)})


def _failure(film_id: int, record: bytes, fetched_at: datetime, status: int | None, error: str) -> bytes:
    told: dict[str, Any] = {"id": film_id, "status": status, "error": error, "fetched_at": _written(fetched_at)}
    if len(record) <= MAX_RECORD_BYTES and _is_object(record):
        told["tmdb"] = msgspec.Raw(record)
    return _encoder.encode(told)


def _is_object(record: bytes) -> bool:
    try:
        _details.decode(record)
    except _UNREADABLE:
        return False
    return True


def _flat(record: bytes) -> dict[str, Any]:
    """The seeds' record, in their order; a list that is not as TMDB sends it is empty here and whole in `tmdb`."""
    details = _details.decode(record)
    flat: dict[str, Any] = {name: getattr(details, name) for name in _Told.__struct_fields__}
    people = _read(_credits, details.credits) or _Credits()
    return flat | {
        "genres": [genre.name for genre in _read(_names, details.genres) or []],
        "production_companies": [company.name for company in _read(_names, details.production_companies) or []],
        "directors": [member.name for member in people.crew if member.job == "Director"],
        "cast": [member.name for member in people.cast[:CAST_LIMIT]],
    }


def _read(decoder: "msgspec.json.Decoder[Any]", value: msgspec.Raw) -> Any:
    """The value as the decoder types it; None where it is something else."""
    try:
        return decoder.decode(value)
    except _UNREADABLE:
        return None


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def dated(message: bytes, fetched_at: datetime) -> bytes:
    """A message that tells no moment, with this one; what it says otherwise stays byte for byte."""
    return message.rstrip(_WHITE)[:-1] + b',"fetched_at":"%s"}' % _written(fetched_at).encode()


def read_message(value: bytes | None) -> Envelope:
    """What the message says; of one that cannot be read, the reason, and as much as could be. Never raises."""
    if value is None:
        return Envelope(error="no payload")
    if len(value) > MAX_RECORD_BYTES:
        return Envelope(error=f"record of {len(value):,} bytes; the most that is read is {MAX_RECORD_BYTES:,}")
    try:
        message = _message.decode(value)
    except _UNREADABLE as error:
        return Envelope(error=f"not a film: {error}")
    moment, absurd = _fetched_at(message.fetched_at)
    record, other = _record(message)
    wrong = _text(message.error) or absurd or other
    return Envelope(message.id, moment, _read(_status, message.status), wrong, record)


_status = msgspec.json.Decoder(int)
_any_text = msgspec.json.Decoder(str)


def _text(value: msgspec.Raw) -> str | None:
    """The error that the producer tells of; TMDB's records have no such field."""
    if value == _NULL:
        return None
    return _read(_any_text, value) or "the producer could not read it, and says no reason that is a text"


def _fetched_at(value: msgspec.Raw) -> tuple[datetime | None, str | None]:
    if value == _NULL:
        return None, None
    moment: datetime | None = _read(_moment, value)
    if moment is None:
        return None, f"fetched_at is no moment: {_shown(value)}"
    if moment.tzinfo is None:
        return None, f"fetched_at tells no time zone: {_shown(value)}"
    if moment.year not in YEARS:
        return None, f"fetched_at is no moment at which anything was read: {_shown(value)}"
    return moment.astimezone(UTC), None


def _shown(value: msgspec.Raw) -> str:
    return bytes(value)[:60].decode("utf-8", "replace")


def _record(message: _Message) -> tuple[bytes | None, str | None]:
    """TMDB's record in the message, and what is wrong with it: it must be of the film that the message names."""
    if message.tmdb == _NULL:
        return None, None
    record = bytes(message.tmdb)
    try:
        named = _identity.decode(record).id
    except _UNREADABLE as error:
        return record, f"not a film: tmdb: {error}"
    if named != message.id:
        return record, f"the message is of film {message.id}, the record in it of film {named}"
    return record, None


def record_of(payload: bytes) -> bytes:
    """What TMDB sent, out of what raw keeps: the record within a message, else the payload itself."""
    # A key may be written with escapes, too.
    if b'"tmdb"' not in payload and b"\\u" not in payload:
        return payload
    try:
        message = _message.decode(payload)
    except _UNREADABLE:
        return payload
    return payload if message.tmdb == _NULL else bytes(message.tmdb)


_NUMBER = re.compile(rb"[0-9]{1,6}")


def schema_error(version: bytes | None) -> str | None:
    """Why a message with this value of the header `taquilla-schema` is not read; None where it is. None: no header."""
    if version is None:
        return None
    if not _NUMBER.fullmatch(version):
        return f"{SCHEMA_HEADER} is no number: {version[:60]!r}"
    if 1 <= int(version) <= int(SCHEMA_VERSION):
        return None
    return f"message of schema {int(version)}; what is read goes up to {SCHEMA_VERSION}: update Taquilla, then replay"
