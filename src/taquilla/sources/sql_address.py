"""The address of a database, taken apart and without secrets.

mysql://user@host:3306/shop · postgresql://user@host/shop · sqlite:///folder/shop.db
snowflake://user@account/DATABASE/SCHEMA?warehouse=W&role=R
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import exc, make_url

from taquilla.errors import SettingsError

# What people write, and the dialect that is meant.
DIALECTS = {
    "mysql": "mysql",
    "mariadb": "mysql",
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "sqlite": "sqlite",
    "snowflake": "snowflake",
}
PRODUCTS = {"mysql": "MySQL", "postgresql": "PostgreSQL", "sqlite": "SQLite", "snowflake": "Snowflake"}
PORTS = {"mysql": 3306, "postgresql": 5432}
EXAMPLES = (
    "mysql://user@host:3306/shop, postgresql://user@host/shop, sqlite:///shop.db, snowflake://user@account/DB/SCHEMA"
)


@dataclass(frozen=True, slots=True, repr=False)
class SqlOptions:
    """Which database, and how patient to be.

    url: see the module's examples; it holds no password. connect_timeout_s: within which it must let us in.
    read_timeout_s: within which the server must send something, once it was asked. name: for messages and raw tables;
    None: the database's own.
    """

    url: str
    password: str | None = None
    connect_timeout_s: float = 10.0
    read_timeout_s: float = 600.0
    name: str | None = None

    def __repr__(self) -> str:
        # Somebody may have put a password where none belongs.
        return f"SqlOptions({self.url.partition('?')[0].rpartition('@')[2]!r})"


@dataclass(frozen=True, slots=True)
class Address:
    """A url in its parts. database: SQLite's is a path; Snowflake's is DATABASE/SCHEMA."""

    dialect: str
    user: str | None
    host: str | None
    port: int | None
    database: str
    query: Mapping[str, str]

    def __str__(self) -> str:
        if self.dialect == "sqlite":
            return f"SQLite's {self.database}"
        port = f":{self.port}" if self.port else ""
        return f"{PRODUCTS[self.dialect]} at {self.host}{port}/{self.database}"


def address(url: str) -> Address:
    """SettingsError: it cannot be read, is of an unknown kind, or holds a password; the message does not repeat it."""
    try:
        parts = make_url(url)
    except (exc.ArgumentError, ValueError):
        raise SettingsError(f"The database's address cannot be read. Write one such as {EXAMPLES}") from None
    kind = parts.drivername.partition("+")[0]
    if kind not in DIALECTS:
        raise SettingsError(f"Unknown kind of database {kind!r}. Known: {', '.join(DIALECTS)}. Such as {EXAMPLES}")
    _no_secrets(parts.password, parts.query)
    dialect = DIALECTS[kind]
    query = {name: value if isinstance(value, str) else value[-1] for name, value in parts.query.items()}
    found = Address(dialect, parts.username, parts.host, parts.port or PORTS.get(dialect), parts.database or "", query)
    _complete(found)
    return found


def _no_secrets(password: object, query: Mapping[str, object]) -> None:
    if password is not None or any("password" in name.lower() or "token" in name.lower() for name in query):
        raise SettingsError(
            "The database's address holds a password, which would end up in logs. "
            "Take it out of the url and give it through the environment or the connections file."
        )


def _complete(found: Address) -> None:
    wanted = {"database": found.database}
    if found.dialect != "sqlite":
        wanted |= {"host": found.host or "", "user": found.user or ""}
    missing = [name for name, value in wanted.items() if not value]
    if missing:
        raise SettingsError(f"The database's address names no {' and no '.join(missing)}. Write one such as {EXAMPLES}")
