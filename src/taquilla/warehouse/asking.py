"""How the rooms that read the warehouse ask it: SQL with `$name` parameters in, one dict a row out."""

from typing import Any, Protocol

from taquilla.warehouse.duckdb import Connection

Row = dict[str, Any]


class Ask(Protocol):
    """Answers a query, whatever stands behind it: a connection of the command line, a session of the service."""

    def __call__(self, sql: str, /, **parameters: Any) -> list[Row]: ...


def asking(connection: Connection) -> Ask:
    """Asks over this connection. Every answer is read whole, so that the next question may follow at once."""

    def ask(sql: str, /, **parameters: Any) -> list[Row]:
        answer = connection.execute(sql, parameters)
        names = [column[0] for column in answer.description or ()]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    return ask
