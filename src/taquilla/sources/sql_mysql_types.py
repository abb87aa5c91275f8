"""MySQL's and MariaDB's types as Arrow's, from what the server says of a result's columns.

TINYINT(1) is a boolean, BIT(1) too; YEAR a number; TIME text, since it holds hours beyond a day; TIMESTAMP a moment in
UTC, DATETIME a wall clock; a DECIMAL of more than 38 digits text; shapes (GEOMETRY) the server's own bytes.
"""

from typing import Any

import pyarrow as pa
from pymysql.constants import FIELD_TYPE as T
from pymysql.constants import FLAG

MAX_DIGITS = 38
_BINARY_CHARSET = 63
_INTEGERS = {
    T.TINY: (pa.int8(), pa.uint8()),
    T.SHORT: (pa.int16(), pa.uint16()),
    T.INT24: (pa.int32(), pa.uint32()),
    T.LONG: (pa.int32(), pa.uint32()),
    T.LONGLONG: (pa.int64(), pa.uint64()),
}
_PLAIN = {
    T.FLOAT: pa.float32(),
    T.DOUBLE: pa.float64(),
    T.YEAR: pa.int16(),
    T.DATE: pa.date32(),
    T.NEWDATE: pa.date32(),
    T.DATETIME: pa.timestamp("us"),
    T.TIMESTAMP: pa.timestamp("us", tz="UTC"),
    T.TIME: pa.string(),
    T.JSON: pa.string(),
    T.NULL: pa.string(),
    T.GEOMETRY: pa.binary(),
}
_NAMES = {value: name for name, value in vars(T).items() if isinstance(value, int)}


def arrow_type(field: Any) -> pa.DataType:
    """The type of a column that PyMySQL describes."""
    kind = field.type_code
    if kind in _INTEGERS:
        if kind == T.TINY and field.length == 1:
            return pa.bool_()
        return _INTEGERS[kind][bool(field.flags & FLAG.UNSIGNED)]
    if kind in (T.DECIMAL, T.NEWDECIMAL):
        digits = _digits(field)
        return pa.decimal128(digits, field.scale) if digits <= MAX_DIGITS else pa.string()
    if kind == T.BIT:
        return pa.bool_() if field.length == 1 else pa.uint64()
    if kind in _PLAIN:
        return _PLAIN[kind]
    return pa.binary() if field.charsetnr == _BINARY_CHARSET else pa.string()


def note_on(field: Any) -> str | None:
    """What the reader should know of how such a column is read."""
    if field.type_code in (T.DECIMAL, T.NEWDECIMAL) and _digits(field) > MAX_DIGITS:
        return f"{field.name}: more than {MAX_DIGITS} digits, read as text"
    if field.type_code == T.GEOMETRY:
        return f"{field.name}: a shape, read as the server's own bytes"
    return None


def declared_type(field: Any) -> str:
    return str(_NAMES.get(field.type_code, field.type_code)).lower()


def _digits(field: Any) -> int:
    """The length is that of the text: digits, a point where there is a scale, a sign where there can be one."""
    sign = 0 if field.flags & FLAG.UNSIGNED else 1
    return max(int(field.length) - (1 if field.scale else 0) - sign, int(field.scale), 1)
