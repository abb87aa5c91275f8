"""A film's record as it is kept: typed from any of the three forms in which it comes.

    TMDB's own            `/movie/{id}?append_to_response=credits,keywords,release_dates`
    a message             the seeds' flat record with TMDB's own in it (`film_messages`): TMDB's own counts
    the flat record       names alone (`flat_films`)

Only what the tables need is typed; the record itself stays verbatim in `raw.tmdb_films`.
"""

import re
from collections.abc import Iterable, Sequence

import msgspec

from taquilla.tables.film_messages import MAX_RECORD_BYTES, read_message, record_of
from taquilla.tables.flat_films import decode_flat, is_flat
from taquilla.tables.tmdb_shapes import Film as Film

# An escaped NUL; a backslash that is itself escaped before `u0000` makes plain text of it.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_film = msgspec.json.Decoder(Film)


def film_id_of(payload: bytes) -> tuple[int | None, str | None]:
    """The film's id, or why the payload cannot be a film: `(19995, None)` or `(None, "…")`."""
    if len(payload) > MAX_RECORD_BYTES:
        return None, f"record of {len(payload):,} bytes; the most that is read is {MAX_RECORD_BYTES:,}"
    message = read_message(payload)
    return (message.film_id, None) if message.error is None else (None, message.error)


def decode_film(payload: bytes) -> Film | str:
    """The typed record, or the reason why it is none."""
    # PostgreSQL's text has no NUL, and no title needs one.
    if b"\\u0000" in payload and _NUL.search(payload):
        return "text holds a NUL character"
    try:
        return _film.decode(payload)
    except _UNREADABLE as error:
        return _other_form(payload, str(error))


def _other_form(payload: bytes, reason: str) -> Film | str:
    """The film of a message or of a flat record; the reason, where the payload is TMDB's own and broken."""
    record = record_of(payload)
    try:
        if record is not payload:
            return _film.decode(record)
        return decode_flat(payload) if is_flat(payload) else reason
    except _UNREADABLE as error:
        return str(error)


def decode_films(payloads: Iterable[bytes]) -> Sequence[Film | str]:
    """Each payload on its own, so that a bad record costs itself alone."""
    return [decode_film(payload) for payload in payloads]
