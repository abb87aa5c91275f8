"""What a recommender holds of one kind: items, who has met them, and all that ranks them. Arrays and tables alone."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

from taquilla.models.recommend.catalogue import ITEM_SCHEMA
from taquilla.models.recommend.content import WORD_SCHEMA

GROUP_SCHEMA = {"kind": pl.String, "name": pl.String}
USER_SCHEMA = {"id": pl.String}
TABLES = {"items": ITEM_SCHEMA, "groups": GROUP_SCHEMA, "users": USER_SCHEMA, "words": WORD_SCHEMA}

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Shelf:
    """All of one kind. Sparse: met (users by items: 1 liked, -1 met and not liked), members (items by groups),
    weights (EASE: items by items), films (items by words), neighbours (items by items: the cosine).

    Dense: counts (likes of each item), user_factors and item_factors (no columns unless ALS answers).
    answering: the name of the ranker for users who are known.
    """

    answering: str
    items: pl.DataFrame
    groups: pl.DataFrame
    users: pl.DataFrame
    words: pl.DataFrame
    met: Any
    members: Any
    weights: Any
    films: Any
    neighbours: Any
    counts: Array
    user_factors: Array
    item_factors: Array

    def tables(self) -> dict[str, pl.DataFrame]:
        """The tables by their names."""
        return {name: getattr(self, name) for name in TABLES}

    def arrays(self) -> dict[str, Array]:
        """Everything else as plain arrays: what is sparse in three each."""
        found: dict[str, Array] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                found[field.name] = value
            elif sparse.issparse(value):
                found |= {f"{field.name}.{part}": getattr(value, part) for part in _PARTS}
        return found


_PARTS = ("data", "indices", "indptr")
_SPARSE = {
    "met": ("users", "items"),
    "members": ("items", "groups"),
    "weights": ("items", "items"),
    "films": ("items", "words"),
    "neighbours": ("items", "items"),
}
_DENSE = {"counts": ("items",), "user_factors": ("users", None), "item_factors": ("items", None)}


def shelf_of(answering: str, tables: Mapping[str, pl.DataFrame], arrays: Mapping[str, Array]) -> Shelf:
    """What `tables()` and `arrays()` gave. LookupError or ValueError: it is something else, or points outside."""
    for name, schema in TABLES.items():
        if dict(tables[name].schema) != schema:
            raise ValueError(f"{name} has other columns")
    sizes = {name: tables[name].height for name in TABLES}
    made = {name: _sparse(name, arrays, (sizes[rows], sizes[columns])) for name, (rows, columns) in _SPARSE.items()}
    dense = {name: _dense(name, arrays[name], sizes) for name in _DENSE}
    if dense["user_factors"].shape[1] != dense["item_factors"].shape[1]:
        raise ValueError("factors of two widths")
    parts: dict[str, Any] = {name: tables[name] for name in TABLES} | made | dense
    return Shelf(answering, **parts)


def _sparse(name: str, arrays: Mapping[str, Array], shape: tuple[int, int]) -> Any:
    data, indices, indptr = (arrays[f"{name}.{part}"] for part in _PARTS)
    if not all(part.dtype.kind == "i" and part.ndim == 1 for part in (indices, indptr)) or data.ndim != 1:
        raise ValueError(f"{name} is no sparse matrix")
    made = sparse.csr_matrix((data, indices, indptr), shape=shape)
    # Compiled code that multiplies it does not look where an index points: here it is looked.
    made.check_format(full_check=True)
    _finite(name, data)
    return made


def _dense(name: str, array: Array, sizes: Mapping[str, int]) -> Array:
    wanted = _DENSE[name]
    if array.ndim != len(wanted) or any(
        axis and sizes[axis] != length for axis, length in zip(wanted, array.shape, strict=True)
    ):
        raise ValueError(f"{name} has another shape")
    _finite(name, array)
    return array


def _finite(name: str, array: Array) -> None:
    if array.dtype.kind not in "if" or not np.isfinite(array).all():
        raise ValueError(f"{name} holds what is no number")
