"""What PostgreSQL's errors mean here: which setting to mend, what to wait for, and what to type next.

No message of ours quotes the address: it might hold a password, or a proxy's token.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

from taquilla.errors import BusyError, DataError, SettingsError, TaquillaError, UnavailableError

AGAIN = "Nothing of it was written. Run it again"

_LOGIN = ("28000", "28P01")
_NOT_THERE = ("3D000",)
# Beginnings of SQLSTATE: connection lost, transaction timed out, out of something, the operator steps in, the system.
_PASSING = ("08", "25P03", "25P04", "53", "57", "58")
# What servers say, in English and in Spanish, of a user, a password or a database that they do not let in.
_LOGIN_WORDS = (
    *("authentication", "no password supplied", "does not exist", "pg_hba.conf"),
    *("autentifica", "contraseña", "no existe"),
)
_REFRESHED = re.compile(r'refresh materialized view concurrently materialized\."?(\w+)')


@contextmanager
def told(url: str = "", resume: str = "") -> Iterator[None]:
    """Within it psycopg's errors are ours; resume: the command that does again what failed."""
    try:
        yield
    except psycopg.Error as error:
        raise meaning(error, url, resume) from None


def meaning(error: psycopg.Error, url: str = "", resume: str = "") -> TaquillaError:
    """Our error for psycopg's."""
    again = f"{AGAIN}: {resume}" if resume else f"{AGAIN}."
    state = error.sqlstate or ""
    if isinstance(error, psycopg.ProgrammingError) and not state and url and "missing" in str(error):
        # Its words quote the address.
        return SettingsError("postgres.url cannot be read. It must be such as postgresql://user@localhost/movies")
    if isinstance(error, psycopg.OperationalError) and not state:
        return _no_connection(error, url, again)
    return _by_state(error, state, again)


def _by_state(error: psycopg.Error, state: str, again: str) -> TaquillaError:
    said = _said(error)
    if state in _LOGIN or state in _NOT_THERE:
        return _login(said)
    if isinstance(error, (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction)):
        return SettingsError(
            f"PostgreSQL refuses: {said}. Loading needs the role taquilla_loader and reading taquilla_reader: grant it "
            "to that user (with inherit). 'taquilla migrate' needs the database's owner, with the right to make roles "
            "(createrole); a database that was taken back to an older revision takes no load before it."
        )
    if isinstance(error, (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)):
        return BusyError(f"Somebody else is at work in PostgreSQL: {said}. {again}")
    if isinstance(error, errors.QueryCanceled):
        return UnavailableError(
            f"PostgreSQL did not answer in time: {said}. Set postgres.statement_timeout_s higher (a load has half an "
            "hour in any case), or run it again."
        )
    if isinstance(error, errors.DependentObjectsStillExist):
        detail = "; ".join((error.diag.message_detail or "").splitlines())
        return SettingsError(
            f"PostgreSQL: {said}{detail and ': '}{detail}. It is not ours: "
            "drop it, run taquilla migrate, make it again."
        )
    if isinstance(error, (errors.DuplicateTable, errors.DuplicateSchema, errors.DuplicateObject)):
        return SettingsError(f"PostgreSQL: {said}, and it is not ours. Name an empty database in postgres.url.")
    if state.startswith(_PASSING):
        return UnavailableError(f"PostgreSQL failed: {said}. {again}")
    mart = _REFRESHED.search(error.diag.context or "")
    return DataError(f"PostgreSQL: {said}, in the mart {mart[1]}." if mart else f"PostgreSQL: {said}")


def _no_connection(error: psycopg.OperationalError, url: str, again: str) -> TaquillaError:
    """libpq gives no SQLSTATE for what a server says while connecting: its words have to tell.

    They are in the language of the server. English and Spanish are known here; a wrong password in any other is told as
    a server that does not answer, in that server's words.
    """
    said = _said(error)
    if any(word in said for word in _LOGIN_WORDS):
        return _login(said)
    place = _place(url)
    return UnavailableError(f"PostgreSQL{place} does not answer: {said}. Start it, or mend postgres.url. {again}")


def _login(said: str) -> SettingsError:
    return SettingsError(
        f"PostgreSQL does not let us in: {said}. Mend postgres.url (the user and the database) or the password in "
        "TAQUILLA_POSTGRES__PASSWORD."
    )


def _place(url: str) -> str:
    try:
        named = conninfo_to_dict(url) if url else {}
    except psycopg.ProgrammingError:
        return ""
    host = named.get("host") or ""
    return f" at {host}:{named.get('port') or 5432}" if host else ""


def _said(error: psycopg.Error) -> str:
    """The server's own sentence, on one line and without its full stop."""
    text = error.diag.message_primary or str(error).strip() or type(error).__name__
    # libpq's reason comes first; hints, and what other addresses said, come below.
    return text.strip().splitlines()[0].strip().rstrip(".")
