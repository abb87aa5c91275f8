"""What Snowflake's errors mean here, and what to do next; no message repeats a secret."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from snowflake.connector import errors

from taquilla.errors import DataError, SettingsError, TaquillaError, UnavailableError
from taquilla.sources.sql_address import Address, SqlOptions
from taquilla.sources.sql_driver import AGAIN

# Login refused; user locked; token refused; unknown account.
_LOGIN = (390100, 390102, 390144, 390422, 290404, 390201, 251005, 251006)
_NOT_THERE, _NO_COLUMN, _DENIED = (2003, 2043), 904, (3001, 3540)


@contextmanager
def told(address: Address, options: SqlOptions, doing: str = "") -> Iterator[None]:
    """Within it the connector's errors are ours; doing: such as 'rental was read', or nothing while connecting."""
    try:
        yield
    except errors.Error as error:
        raise meaning(error, address, options, doing) from None


def meaning(error: errors.Error, address: Address, options: SqlOptions, doing: str = "") -> TaquillaError:
    """Our error for the connector's."""
    code, said = error.errno or 0, _said(error)
    during = f" while {doing}" if doing else ""
    if code in _LOGIN or "incorrect username or password" in said.lower():
        return SettingsError(
            f"{address} refuses the user {address.user!r}: {said}. "
            "Mend the account and the user in the url, or the password in the environment or the connections file."
        )
    if code in _DENIED:
        return SettingsError(f"{address} does not let {address.user!r} do this: {said}. Grant it, or use another role.")
    if code in _NOT_THERE or code == _NO_COLUMN:
        return DataError(f"{address}: {said}. It is no longer what it was: describe the table again, then read it.")
    if isinstance(error, (errors.OperationalError, errors.InterfaceError, errors.InternalServerError)):
        return UnavailableError(f"{address} does not answer{during}: {said}. {AGAIN}")
    return DataError(f"{address}{during}: {said}. Mend the query or the table, then run the same command again.")


def _said(error: errors.Error) -> str:
    text = (error.raw_msg or error.msg or type(error).__name__).strip()
    # The connector quotes the whole address with its tokens; the system's reason stands inside.
    if reason := re.search(r"\[Errno -?\d+\] ([^\"')]+)", text):
        return reason[1]
    return re.split(r"HTTPS?ConnectionPool", text.splitlines()[0])[0].rstrip(".: ") or type(error).__name__
