"""What PostgreSQL's errors mean to somebody who reads or writes a table of theirs; no message repeats a secret."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from taquilla.errors import BusyError, DataError, SettingsError, TaquillaError, UnavailableError
from taquilla.sources.sql_address import Address, SqlOptions
from taquilla.sources.sql_driver import AGAIN

# What servers say, in English and in Spanish, when they let nobody in: libpq hands out no code for it.
_LOGIN = ("authentication", "no password supplied", "pg_hba.conf", "autentifica", "contraseña", "role ", "rol ")
_NO_DATABASE = ("does not exist", "no existe")
_GONE = ("08", "57P", "53", "58")


@contextmanager
def told(address: Address, options: SqlOptions, doing: str = "") -> Iterator[None]:
    """Within it psycopg's errors are ours; doing: such as 'rental was read', or nothing while connecting."""
    try:
        yield
    except TimeoutError as error:
        raise UnavailableError(f"{error}. Raise the read time-out if it needs longer. {AGAIN}") from None
    except psycopg.Error as error:
        raise meaning(error, address, options, doing) from None


def meaning(error: psycopg.Error, address: Address, options: SqlOptions, doing: str = "") -> TaquillaError:
    """Our error for psycopg's."""
    state, said = error.sqlstate or "", _said(error)
    during = f" while {doing}" if doing else ""
    if isinstance(error, psycopg.errors.ConnectionTimeout):
        return UnavailableError(f"{address} does not answer within {options.connect_timeout_s:g} s. {AGAIN}")
    if state.startswith("28") or (not state and any(word in said for word in _LOGIN)):
        return SettingsError(
            f"{address} refuses the user {address.user!r}: wrong user or password. "
            "Mend the user in the url, or the password in the environment or the connections file."
        )
    if state == "3D000" or (not state and any(word in said for word in _NO_DATABASE)):
        return SettingsError(f"{address}: {said}. Name a database that is there at the url's end.")
    if isinstance(error, (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction)):
        return SettingsError(f"{address} does not let {address.user!r} do this: {said}. Grant it, or use another user.")
    if isinstance(error, (errors.UndefinedTable, errors.UndefinedColumn)):
        return DataError(f"{address}: {said}. It is no longer what it was: describe the table again, then read it.")
    if isinstance(error, (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)):
        return BusyError(f"Somebody else is at work in {address}: {said}. Run the same command again.")
    if state.startswith(_GONE) or (not state and isinstance(error, psycopg.OperationalError)):
        return UnavailableError(f"{address} does not answer{during}: {said}. {AGAIN}")
    return DataError(f"{address}{during}: {said}. Mend the query or the table, then run the same command again.")


def _said(error: psycopg.Error) -> str:
    """The server's own sentence, on one line and without its full stop."""
    text = error.diag.message_primary or str(error).strip() or type(error).__name__
    return text.strip().splitlines()[0].strip().rstrip(".")
