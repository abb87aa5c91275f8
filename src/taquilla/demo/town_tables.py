"""The tables of the town's database, with Sakila's names and columns in Arrow's types; columns made from numbers."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from taquilla.demo.town_plan import Ints

_ID, _TEXT, _MOMENT, _FLAG = pa.int32(), pa.string(), pa.timestamp("us"), pa.bool_()


def _schema(*columns: tuple[str, pa.DataType] | tuple[str, pa.DataType, str]) -> pa.Schema:
    """A third entry, "?", marks what may be null. Every table ends with the moment of its row's last change."""
    fields = [pa.field(name, kind, nullable=bool(may_be_null)) for name, kind, *may_be_null in columns]
    return pa.schema([*fields, pa.field("last_update", _MOMENT, nullable=False)])


SCHEMAS: Final[dict[str, pa.Schema]] = {
    "actor": _schema(("actor_id", _ID), ("first_name", _TEXT), ("last_name", _TEXT)),
    "address": _schema(
        ("address_id", _ID), ("address", _TEXT), ("address2", _TEXT, "?"), ("district", _TEXT), ("city_id", _ID),
        ("postal_code", _TEXT, "?"), ("phone", _TEXT),
    ),
    "category": _schema(("category_id", _ID), ("name", _TEXT)),
    "city": _schema(("city_id", _ID), ("city", _TEXT), ("country_id", _ID)),
    "country": _schema(("country_id", _ID), ("country", _TEXT)),
    "customer": _schema(
        ("customer_id", _ID), ("store_id", _ID), ("first_name", _TEXT), ("last_name", _TEXT), ("email", _TEXT, "?"),
        ("address_id", _ID), ("active", _FLAG), ("create_date", _MOMENT),
    ),
    "film": _schema(
        ("film_id", _ID), ("title", _TEXT), ("description", _TEXT, "?"), ("release_year", pa.int16(), "?"),
        ("language_id", _ID), ("original_language_id", _ID, "?"), ("rental_duration", pa.int16()),
        ("rental_rate", pa.decimal128(4, 2)), ("length", pa.int16(), "?"), ("replacement_cost", pa.decimal128(5, 2)),
        ("rating", _TEXT, "?"), ("special_features", _TEXT, "?"),
    ),
    "film_actor": _schema(("actor_id", _ID), ("film_id", _ID)),
    "film_category": _schema(("film_id", _ID), ("category_id", _ID)),
    "inventory": _schema(("inventory_id", _ID), ("film_id", _ID), ("store_id", _ID)),
    "language": _schema(("language_id", _ID), ("name", _TEXT)),
    "payment": _schema(
        ("payment_id", _ID), ("customer_id", _ID), ("staff_id", _ID), ("rental_id", _ID, "?"),
        ("amount", pa.decimal128(5, 2)), ("payment_date", _MOMENT),
    ),
    "rental": _schema(
        ("rental_id", _ID), ("rental_date", _MOMENT), ("inventory_id", _ID), ("customer_id", _ID),
        ("return_date", _MOMENT, "?"), ("staff_id", _ID),
    ),
    "staff": _schema(
        ("staff_id", _ID), ("first_name", _TEXT), ("last_name", _TEXT), ("address_id", _ID),
        ("picture", pa.binary(), "?"), ("email", _TEXT, "?"), ("store_id", _ID), ("active", _FLAG),
        ("username", _TEXT), ("password", _TEXT, "?"),
    ),
    "store": _schema(("store_id", _ID), ("manager_staff_id", _ID), ("address_id", _ID)),
}  # fmt: skip

KEYS: Final[dict[str, tuple[str, ...]]] = {
    name: ("actor_id", "film_id") if name == "film_actor" else ("film_id", "category_id")
    if name == "film_category" else (f"{name}_id",)
    for name in SCHEMAS
}  # fmt: skip


def batch(table: str, **columns: pa.Array | npt.NDArray[np.generic] | Sequence[object]) -> pa.RecordBatch:
    """Rows of a table from its columns by name, each in the type of its schema."""
    schema = SCHEMAS[table]
    arrays = [_typed(columns[field.name], field.type) for field in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _typed(column: pa.Array | npt.NDArray[np.generic] | Sequence[object], kind: pa.DataType) -> pa.Array:
    if isinstance(column, pa.Array):
        return column if column.type == kind else column.cast(kind)
    if isinstance(column, np.ndarray) and column.dtype == np.int64 and pa.types.is_integer(kind):
        return pa.array(column.astype(kind.to_pandas_dtype()))
    return pa.array(column, kind)


def moments(seconds: Ints, missing: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """Timestamps from seconds since 1970; null where `missing` says so."""
    return pa.array(seconds * 1_000_000, pa.timestamp("us"), mask=missing)


def money(cents: Ints, digits: int) -> pa.Array:
    """Decimals with two places from cents (none below zero), without a detour over floats."""
    # Arrow's 128 bits: the low half first, the high half 0 for what is not negative.
    halves = np.zeros((len(cents), 2), "<i8")
    halves[:, 0] = cents
    return pa.Array.from_buffers(pa.decimal128(digits, 2), len(cents), [None, pa.py_buffer(halves)])


def words(texts: Sequence[str | None], places: Ints) -> pa.Array:
    """The text at each place of a list."""
    return pa.array(texts, pa.string()).take(pa.array(places))
