"""Raw records become columns of cells, a field each, whatever JSON type each of them wrote; quickly where nothing is od

Polars decodes what is as usual; records that it would not read, or not tell apart ("5" and 5, 1 and true, a broken
letter), are read one by one. Both ways give the same cells. Of a field that a record has twice the first counts.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from taquilla.tables.cell_reading import NULL_TEXTS
from taquilla.tables.review_values import Partly, Sort, is_no_number, written

Fields = Mapping[str, Sort]
# A piece that fits into the processor's cache is decoded several times as fast as a large one.
PIECE_BYTES, PIECE_ROWS = 1_500_000, (200, 20_000)
PARTS = 16
TYPE = "type"
MAX_TOLD = 500
_FLAT = (pl.String(), pl.Float64())
_SIGNS = ["\\t", "\\r", "\\b", "\\f", "\\u00"]
_TOLD = {"row": pl.UInt32, "field": pl.String, "found": pl.String, "rule": pl.String}
_BROKEN = {"row": pl.UInt32, "rule": pl.String, "reason": pl.String}


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of the records that are objects, what is told of them, and the records that are none.

    rows: the fields, `row` (the position in raw) and `has_signs` (its texts may have control signs). told: row, field,
    found, rule ("type": of another JSON type than usual). broken: row, rule, reason.
    """

    rows: pl.DataFrame
    told: pl.DataFrame
    broken: pl.DataFrame


def cells(records: pl.Series, fields: Fields, *, is_text: bool, rows: tuple[int, int] = PIECE_ROWS) -> Cells:
    """The cells of each record. is_text: the records were rows of texts, so that a number in a text is as usual.

    rows: at least and at most so many records are decoded at once.
    """
    frame = pl.DataFrame({"row": pl.int_range(len(records), dtype=pl.UInt32, eager=True), "record": records})
    quick = _quick(frame, fields, is_text, rows)
    if len(quick) == len(frame):
        return Cells(quick, pl.DataFrame(schema=_TOLD), pl.DataFrame(schema=_BROKEN))
    slow = one_by_one(frame.join(quick.select("row"), on="row", how="anti", maintain_order="left"), fields, is_text)
    return Cells(pl.concat([quick, slow.rows]).sort("row"), slow.told, slow.broken)


def _schema(fields: Fields) -> dict[str, pl.DataType]:
    return {"row": pl.UInt32(), "has_signs": pl.Boolean()} | {name: sort.cell for name, sort in fields.items()}


# What Polars decodes.


def _quick(frame: pl.DataFrame, fields: Fields, is_text: bool, rows: tuple[int, int]) -> pl.DataFrame:
    """The cells of the records that Polars reads as they are to be read."""
    plain = frame.filter(~_may_mislead(frame["record"]))
    # What Polars cannot decode keeps the other fields from it only where it is there.
    there = {
        name: sort for name, sort in fields.items() if _is_quick(sort, is_text) or _may_be_named(name, plain["record"])
    }
    if not all(_is_quick(sort, is_text) for sort in there.values()):
        return pl.DataFrame(schema=_schema(fields))
    types = {name: pl.String() if is_text else sort.fast for name, sort in there.items()}
    dtype = pl.Struct({name: one for name, one in types.items() if one is not None})
    made = {
        name: _cell(name, sort, is_text) if name in there else pl.lit(None, sort.cell) for name, sort in fields.items()
    }
    has_signs = pl.col("record").str.contains_any(_SIGNS)
    looks = _Looks.of(there, is_text)
    read = [
        piece.filter(~looks.wrong(piece)).select("row", has_signs=has_signs, **made)
        for piece in _decoded(plain, dtype, _piece_rows(plain, rows), rows[0])
    ]
    return pl.concat(read) if read else pl.DataFrame(schema=_schema(fields))


def _is_quick(sort: Sort, is_text: bool) -> bool:
    return sort.cell in _FLAT if is_text else sort.fast is not None


def _may_be_named(name: str, records: pl.Series) -> bool:
    """Whether a record may have the field; a name may be written in escapes."""
    spellings = (f'"{name}"', "\\u00")
    return any(records.str.contains(spelling, literal=True).any() for spelling in spellings)


def _may_mislead(records: pl.Series) -> pl.Series:
    """Records that Polars takes for two, and those with true or false where a number may be expected."""
    misleads = ~records.str.starts_with("{") | records.str.contains(r"\}\s*,\s*\{")
    has_flag = records.str.contains("true", literal=True) | records.str.contains("false", literal=True)
    where = has_flag.arg_true()
    if not len(where):
        return misleads
    return misleads | has_flag.scatter(where, records.gather(where).str.contains(r":\s*(?:true|false)\b"))


def _piece_rows(plain: pl.DataFrame, rows: tuple[int, int]) -> int:
    size = plain["record"].str.len_bytes().mean()
    return max(rows[0], min(rows[1], int(PIECE_BYTES / size))) if isinstance(size, float) else rows[0]


def _decoded(plain: pl.DataFrame, dtype: pl.Struct, rows: int, least: int) -> Iterator[pl.DataFrame]:
    """Pieces of `plain` with their fields; what Polars refuses is tried in parts, and left out where it is small."""
    for piece in plain.iter_slices(rows):
        try:
            read = piece["record"].str.json_decode(dtype).struct.unnest()
        except pl.exceptions.PolarsError:
            read = pl.DataFrame()
        if len(read) == len(piece):
            yield pl.concat([piece, read], how="horizontal")
        elif rows > least:
            yield from _decoded(piece, dtype, max(rows // PARTS, least), least)


def _cell(name: str, sort: Sort, is_text: bool) -> pl.Expr:
    cell = pl.col(name)
    if not is_text:
        return sort.settle(cell).cast(sort.cell) if sort.settle else cell
    told = _told_text(cell)
    return told.str.strip_chars(" ").cast(pl.Float64, strict=False) if sort.cell == pl.Float64() else told


def _told_text(cell: pl.Expr) -> pl.Expr:
    return pl.when(~cell.str.strip_chars(" ").is_in(NULL_TEXTS)).then(cell)


@dataclass(frozen=True, slots=True)
class _Looks:
    """Which rows must be read one by one to know what they hold: `first` finds them, `closer` looks at those alone."""

    first: pl.Expr
    closer: pl.Expr

    @classmethod
    def of(cls, fields: Fields, is_text: bool) -> "_Looks":
        broken = [wrong for name, sort in fields.items() for wrong in _is_broken(name, sort, is_text)]
        alone = [] if is_text else [name for name, sort in fields.items() if sort.is_text_alone]
        numbers = [_is_number(name) for name in alone]
        untold = [_is_number(name) & ~_is_written_as_text(name) for name in alone]
        return cls(pl.any_horizontal([*broken, *numbers]), pl.any_horizontal([*broken, *untold]))

    def wrong(self, piece: pl.DataFrame) -> pl.Series:
        wrong = piece.select(self.first.fill_null(False).alias("wrong")).to_series()
        where = wrong.arg_true()
        if not len(where):
            return wrong
        return wrong.scatter(where, piece[where].select(self.closer.fill_null(False)).to_series())


def _is_broken(name: str, sort: Sort, is_text: bool) -> Iterator[pl.Expr]:
    """Half a letter, and in rows of texts what should be a number."""
    cell = pl.col(name)
    if is_text and sort.cell == pl.Float64():
        yield ~_told_text(cell).str.contains(r"^ *[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)? *$") & cell.is_not_null()
    elif isinstance(sort.cell, pl.Struct):
        texts = [field.name for field in sort.cell.fields if field.dtype == pl.String()]
        yield from (_has_nul(cell.struct.field(text)) for text in texts)
    elif sort.fast == pl.String():
        yield _has_nul(cell)


def _is_number(name: str) -> pl.Expr:
    """A text that is a number, or a number that Polars took for a text."""
    return pl.col(name).cast(pl.Float64, strict=False).is_not_null() | pl.col(name).is_in(["true", "false"])


def _is_written_as_text(name: str) -> pl.Expr:
    spellings = (pl.format(f'"{name}":{blank}"{{}}"', name) for blank in ("", " "))
    return pl.any_horizontal([pl.col("record").str.contains(spelling, literal=True) for spelling in spellings])


def _has_nul(cell: pl.Expr) -> pl.Expr:
    # Where half a letter stood Polars writes NUL.
    return cell.str.contains("\x00", literal=True)


# What is read one by one.


def one_by_one(frame: pl.DataFrame, fields: Fields, is_text: bool) -> Cells:
    """The same cells of the records in `frame` (row, record)."""
    rows: list[list[Any]] = []
    told: list[tuple[int, str, str, str]] = []
    broken: list[tuple[int, str, str]] = []
    for row, record in frame.select("row", "record").iter_rows():
        try:
            values = _object(record)
            read = list(_read(values, fields, is_text))
        except (ValueError, RecursionError) as error:
            broken.append((row, "is_object" if isinstance(error, _NoObjectError) else "is_json", _reason(error)))
            continue
        rows.append([row, True, *(cell for _, cell, _ in read)])
        told += [(row, name, _found(values[name]), rule) for name, _, rule in read if rule]
    schema = _schema(fields)
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    made = [pl.Series(name, list(column), schema[name]) for name, column in zip(schema, columns, strict=True)]
    return Cells(
        pl.DataFrame(made),
        pl.DataFrame(told, schema=_TOLD, orient="row"),
        pl.DataFrame(broken, schema=_BROKEN, orient="row"),
    )


class _NoObjectError(ValueError):
    """JSON, but no object."""


def _object(record: str) -> dict[str, Any]:
    values = _DECODER.decode(record)
    if not isinstance(values, dict):
        raise _NoObjectError(f"no JSON object but a {type(values).__name__}")
    whole: dict[str, Any] = _whole(values) if "\\ud" in record.lower() else values
    return whole


def _first(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    return values if len(values) == len(pairs) else dict(reversed(pairs))


_DECODER = json.JSONDecoder(object_pairs_hook=_first, strict=False)


def _whole(value: Any) -> Any:
    """Halves of letters, which no text can hold, become U+FFFD."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, dict):
        return {_whole(key): _whole(one) for key, one in value.items()}
    return [_whole(one) for one in value] if isinstance(value, list) else value


def _read(values: dict[str, Any], fields: Fields, is_text: bool) -> Iterable[tuple[str, Any, str | None]]:
    """Each field with its cell, and the rule by which it is told."""
    for name, sort in fields.items():
        value = values.get(name)
        is_none = value is None or (is_text and isinstance(value, str) and value.strip(" ") in NULL_TEXTS)
        cell, rule = (None, None) if is_none else _cell_of(value, sort, is_text)
        yield name, cell, rule


def _cell_of(value: Any, sort: Sort, is_text: bool) -> tuple[Any, str | None]:
    is_usual = type(value) in sort.usual and not is_no_number(value)
    cell = sort.read(value)
    if isinstance(cell, Partly):
        return cell.cell, sort.rule
    if not (is_usual or (is_text and isinstance(value, str))):
        return cell, TYPE
    return cell, sort.rule if cell is None else None


def _found(value: Any) -> str:
    return written(value)[:MAX_TOLD]


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, ValueError) else "nested too deeply"
