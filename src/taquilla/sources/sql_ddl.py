"""CREATE TABLE for a relation, in the words of the database that it goes to.

Types are the narrowest that hold every value of Arrow's: unsigned numbers widen where there are none, moments with a
zone keep it. MySQL's TIMESTAMP holds 1970 to 2038; a table of your own with DATETIME takes other moments by appending.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Dialect
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql import quoted_name
from sqlalchemy.types import UserDefinedType

from taquilla.errors import DataError, SettingsError
from taquilla.sources.relations import Relation
from taquilla.sources.sql_select import Path

DIALECTS: dict[str, Callable[..., Dialect]] = {
    "mysql": mysql.dialect,
    "postgresql": postgresql.dialect,
    "sqlite": sqlite.dialect,
    "snowflake": DefaultDialect,
    "duckdb": DefaultDialect,
}
# SQLite turns a decimal of more digits into a double, unless its column is one of text.
SQLITE_DIGITS = 15
# Within what an index of InnoDB takes, with four bytes a character.
_KEY_CHARACTERS = 255
_LENGTH = re.compile(r"^(?:var)?char(?:acter varying)?\((\d+)\)", re.IGNORECASE)
_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
_OTHERS = ("bool", "float", "double", "date", "time", "clock", "moment", "text", "bytes")


_UNSIGNED = ("TINYINT UNSIGNED", "SMALLINT UNSIGNED", "INTEGER UNSIGNED", "BIGINT UNSIGNED")
_NUMBERS = tuple(f"NUMBER({digits},0)" for digits in (3, 5, 10, 19, 3, 5, 10, 20))


def _words(integers: Sequence[str], others: str) -> Mapping[str, str]:
    """A dialect's words for `_INTEGERS` and `_OTHERS`, in their order."""
    return dict(zip((*_INTEGERS, *_OTHERS), (*integers, *others.split(", ")), strict=True))


NAMES: Mapping[str, Mapping[str, str]] = {
    "mysql": _words(
        ["TINYINT", "SMALLINT", "INTEGER", "BIGINT", *_UNSIGNED],
        "BOOLEAN, FLOAT, DOUBLE, DATE, TIME(6), DATETIME(6), TIMESTAMP(6), LONGTEXT, LONGBLOB",
    ),
    "postgresql": _words(
        ["SMALLINT", "SMALLINT", "INTEGER", "BIGINT", "SMALLINT", "INTEGER", "BIGINT", "NUMERIC(20,0)"],
        "BOOLEAN, REAL, DOUBLE PRECISION, DATE, TIME, TIMESTAMP, TIMESTAMP WITH TIME ZONE, TEXT, BYTEA",
    ),
    "sqlite": _words(
        [*["INTEGER"] * 7, "DECIMAL_TEXT(20,0)"],
        "BOOLEAN, REAL, REAL, DATE, TEXT, DATETIME, TIMESTAMP WITH TIME ZONE, TEXT, BLOB",
    ),
    "snowflake": _words(
        _NUMBERS,
        "BOOLEAN, FLOAT, FLOAT, DATE, TIME(6), TIMESTAMP_NTZ(6), TIMESTAMP_TZ(6), VARCHAR, BINARY",
    ),
    "duckdb": _words(
        ["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"],
        "BOOLEAN, FLOAT, DOUBLE, DATE, TIME, TIMESTAMP, TIMESTAMPTZ, VARCHAR, BLOB",
    ),
}


def ddl(relation: Relation, table: str | Path, dialect: str) -> str:
    """The statement, with its semicolon. DataError: no column of that database holds one of the relation's types."""
    if dialect not in DIALECTS:
        raise SettingsError(f"Unknown dialect {dialect!r}. Known: {', '.join(DIALECTS)}.")
    *schema, name = (table,) if isinstance(table, str) else table
    columns = [
        sa.Column(
            quoted_name(field.name, quote=True),
            Named(type_name(field, dialect, field.name in relation.key, relation.declared.get(field.name, ""))),
            primary_key=field.name in relation.key,
            nullable=field.nullable and field.name not in relation.key,
            autoincrement=False,
        )
        for field in map(relation.schema.field, relation.columns())
    ]
    made = sa.Table(
        quoted_name(name, quote=True),
        sa.MetaData(),
        *columns,
        schema=quoted_name(schema[-1], quote=True) if schema else None,
        mysql_charset="utf8mb4",
    )
    return str(CreateTable(made).compile(dialect=DIALECTS[dialect](paramstyle="named"))).strip() + ";"


class Named(UserDefinedType[Any]):
    """A type that is known by its name in the target's own words."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: object) -> str:
        return self.name


def type_name(field: pa.Field, dialect: str, is_key: bool = False, declared: str = "") -> str:
    """The column's type in that dialect; declared: what its source calls it, which tells a text's length."""
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    names = NAMES[dialect]
    if pa.types.is_decimal(kind):
        return _decimal(kind, dialect)
    what = _what(kind)
    if what is None:
        raise DataError(
            f"The column {field.name!r} is of Arrow's type {kind}, which {dialect} has no column for: make it text."
        )
    if dialect == "mysql":
        return _mysql(what, is_key, field.nullable, declared)
    return names[what]


def _what(kind: pa.DataType) -> str | None:
    tests: dict[str, Callable[[pa.DataType], bool]] = {
        "float": pa.types.is_float32,
        "double": pa.types.is_float64,
        "date": pa.types.is_date,
        "time": pa.types.is_time,
        "clock": lambda one: bool(pa.types.is_timestamp(one) and one.tz is None),
        "moment": pa.types.is_timestamp,
        "text": lambda one: bool(
            pa.types.is_string(one) or pa.types.is_large_string(one) or pa.types.is_string_view(one) or one == pa.null()
        ),
        "bytes": lambda one: bool(
            pa.types.is_binary(one) or pa.types.is_large_binary(one) or pa.types.is_fixed_size_binary(one)
        ),
    }
    if str(kind) in (*_INTEGERS, "bool"):
        return str(kind)
    return next((what for what, test in tests.items() if test(kind)), None)


def _decimal(kind: pa.DataType, dialect: str) -> str:
    digits = f"({kind.precision},{kind.scale})"
    if dialect == "sqlite":
        return f"{'DECIMAL' if kind.precision <= SQLITE_DIGITS else 'DECIMAL_TEXT'}{digits}"
    return f"{'NUMBER' if dialect == 'snowflake' else 'NUMERIC' if dialect == 'postgresql' else 'DECIMAL'}{digits}"


def _mysql(what: str, is_key: bool, is_nullable: bool, declared: str) -> str:
    name = NAMES["mysql"][what]
    length = _LENGTH.match(declared)
    if what == "text" and (is_key or length):
        characters = int(length[1]) if length else _KEY_CHARACTERS
        # Keys that differ in case alone are two keys.
        return f"VARCHAR({characters}){' COLLATE utf8mb4_bin' if is_key else ''}"
    if what == "bytes" and is_key:
        return f"VARBINARY({_KEY_CHARACTERS})"
    # Without the word, the server gives such a column a default of its own.
    return f"{name} NULL" if what == "moment" and is_nullable and not is_key else name
