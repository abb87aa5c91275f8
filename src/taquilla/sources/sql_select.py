"""A reading as SQL: names from the catalogue, always quoted; values as parameters, never as text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnClause, ColumnElement, Dialect, Select
from sqlalchemy.sql import quoted_name

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows of a table, in which order. path: the table's name, after its schema where it is another one.

    since: a column and its least value. after: the key's columns and the values behind which rows are wanted.
    """

    path: Path
    columns: tuple[str, ...]
    order: tuple[str, ...] = ()
    since: tuple[str, object] | None = None
    after: tuple[object, ...] | None = None

    def statement(self, *expressions: ColumnElement[Any]) -> Select[Any]:
        """The SELECT of these expressions, or of the columns as they are."""
        statement = sa.select(*(expressions or [column(name) for name in self.columns]))
        statement = statement.select_from(table(self.path)).order_by(*map(column, self.order))
        if self.since is not None:
            statement = statement.where(column(self.since[0]) >= self.since[1])
        if self.after is not None:
            statement = statement.where(_behind(self.order, self.after))
        return statement

    @property
    def name(self) -> str:
        return ".".join(self.path)


def column(name: str) -> ColumnClause[Any]:
    return sa.column(quoted_name(name, quote=True))


def table(path: Path) -> sa.TableClause:
    *schema, name = (quoted_name(part, quote=True) for part in path)
    return sa.table(name, schema=schema[-1] if schema else None)


def _behind(key: Sequence[str], values: Sequence[object]) -> ColumnElement[bool]:
    """(a, b) > (x, y), written so that MySQL takes the index for it: a >= x and (a > x or b > y)."""
    first, value = column(key[0]), _bare(values[0])
    beyond: ColumnElement[bool] = first > value
    if len(key) == 1:
        return beyond
    return sa.and_(first >= value, sa.or_(beyond, _behind(key[1:], values[1:])))


def _bare(value: object) -> Any:
    return wall_clock(value) if isinstance(value, datetime) else value


def wall_clock(moment: datetime) -> datetime:
    """The moment in UTC, without saying so: sessions here speak UTC, and a wall clock is labelled as such."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def rendered(statement: Select[Any], dialect: Dialect) -> tuple[str, Mapping[str, Any] | None]:
    """The text for the driver and its parameters; None: there are none, and percent signs stand for themselves."""
    compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    if compiled.params:
        return str(compiled), compiled.params
    return str(statement.compile(dialect=_plain(dialect))), None


def quoted(path: Path, dialect: Dialect) -> str:
    """The name as SQL for a statement without parameters: in others a percent sign stands twice.

    It was found in the catalogue, or is being made.
    """
    preparer = _plain(dialect).identifier_preparer
    return ".".join(preparer.quote_identifier(part) for part in path)


def _plain(dialect: Dialect) -> Dialect:
    """The same dialect, in which a percent sign is nothing special."""
    make: Any = type(dialect)
    plain: Dialect = make(paramstyle="named")
    return plain
