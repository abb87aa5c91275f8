"""What MySQL's errors mean here, and what to do next; no message repeats a secret."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import pymysql

from taquilla.errors import BusyError, DataError, NotInstalledError, SettingsError, TaquillaError, UnavailableError
from taquilla.sources.sql_address import Address, SqlOptions
from taquilla.sources.sql_driver import AGAIN
from taquilla.sources.sql_mysql_wire import CutOffError

_LOGIN, _NO_DATABASE, _DENIED_DATABASE = (1045, 1698), 1049, 1044
_DENIED = (1142, 1143, 1227, 1370)
_NO_TABLE, _NO_COLUMN = (1146, 1051), (1054,)
_LOCKED = (1205, 1213)
_READ_ONLY = (1792, 1290)
_GONE = (2003, 2005, 2006, 2013, 2014, 1053, 1927, 1077, 1152, 1158, 1159, 1160, 1161, 4031)
_TIMED_OUT = (1969, 3024)
_KILLED = 1317


@contextmanager
def told(address: Address, options: SqlOptions, doing: str = "") -> Iterator[None]:
    """Within it errors of the driver are ours; doing: such as 'rental was read', or nothing while connecting."""
    try:
        yield
    except CutOffError:
        raise UnavailableError(f"{address} cut the connection while {doing}. {AGAIN}") from None
    except TimeoutError:
        raise _silent(address, options, doing) from None
    except (ConnectionError, ssl.SSLError) as error:
        raise UnavailableError(f"{address} cut the connection: {error.strerror or error}. {AGAIN}") from None
    except RuntimeError as error:
        if "cryptography" not in str(error):
            raise
        raise NotInstalledError(
            f"{address} wants the password encrypted, without TLS: pip install cryptography"
        ) from None
    except pymysql.err.Error as error:
        raise meaning(error, address, options, doing) from None


def meaning(error: pymysql.err.Error, address: Address, options: SqlOptions, doing: str = "") -> TaquillaError:
    """Our error for PyMySQL's."""
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    said = str(error.args[-1] if error.args else error).strip().rstrip(".")
    during = f" while {doing}" if doing else ""
    if code in _LOGIN:
        return SettingsError(
            f"{address} refuses the user {address.user!r}: wrong user or password. "
            "Mend the user in the url, or the password in the environment or the connections file."
        )
    if code in (_NO_DATABASE, _DENIED_DATABASE):
        return SettingsError(
            f"{address}: {said}. Name a database that is there and that {address.user!r} may read, at the url's end."
        )
    if code in (*_DENIED, *_READ_ONLY):
        return SettingsError(f"{address} does not let {address.user!r} do this: {said}. Grant it, or use another user.")
    if code in _NO_TABLE or code in _NO_COLUMN:
        return DataError(f"{address}: {said}. It is no longer what it was: describe the table again, then read it.")
    if code in _LOCKED:
        return BusyError(f"Somebody else is at work in {address}: {said}. Run the same command again.")
    if "timed out" in said or code in _TIMED_OUT:
        return _silent(address, options, doing)
    if code in _GONE or code == _KILLED:
        return UnavailableError(f"{address} does not answer{during}: {said}. {AGAIN}")
    return DataError(f"{address}{during}: {said}. Mend the query or the table, then run the same command again.")


def _silent(address: Address, options: SqlOptions, doing: str) -> UnavailableError:
    if not doing:
        return UnavailableError(f"{address} does not answer within {options.connect_timeout_s:g} s. {AGAIN}")
    return UnavailableError(
        f"{address} has sent nothing for {options.read_timeout_s:g} s while {doing}. "
        f"Raise the read time-out if it needs longer. {AGAIN}"
    )
