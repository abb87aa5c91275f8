"""PostgreSQL: how the server is reached."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PostgresOptions:
    """How to reach the database.

    url: `postgresql://user@host:port/database`, without the password. connect_timeout_s: within which the server must
    answer; statement_timeout_s: within which a query of a reader must; loads have none.
    """

    url: str
    password: str | None = field(default=None, repr=False)
    connect_timeout_s: float = 10.0
    statement_timeout_s: float = 60.0
