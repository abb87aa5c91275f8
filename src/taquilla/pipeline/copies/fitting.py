"""What a copied table is to look like at the target: its columns, their types, and what of that is worth saying."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from taquilla.errors import DataError
from taquilla.pipeline.copies.cells import is_text
from taquilla.pipeline.copies.options import CopyOptions
from taquilla.pipeline.copies.targets import Target
from taquilla.pipeline.copies.text_types import typed_relation
from taquilla.sources.relations import ERROR, LINE, Relation

Batches = Callable[[], Iterable[pa.RecordBatch]]


@dataclass(frozen=True, slots=True)
class Fit:
    """The table as it is written. origins: the column of the source for each of its own. notes: in words."""

    relation: Relation
    origins: tuple[str, ...]
    notes: tuple[str, ...] = ()


def fitted(source: Relation, target: Target, batches: Batches, options: CopyOptions) -> Fit:
    """How the table is to stand in the target: as the one that is there, or in the source's own types.

    batches: every row, which is looked at where the source knows no types. DataError: the one that is there has other
    columns.
    """
    there = None if options.source_types else target.there()
    if there is not None:
        return _as_there(source, there, appends=options.appends)
    fields = [field for field in source.schema if field.name not in (ERROR, LINE)]
    bare = replace(source, schema=pa.schema(fields))
    notes: tuple[str, ...] = ()
    if ERROR in source.schema.names and target.has_types and not options.as_text:
        bare = typed_relation(bare, _good_rows(batches()))
        notes = (_types_found(bare),)
    made = pa.schema([field.with_type(target.type_for(field.type)) for field in bare.schema])
    return Fit(replace(bare, schema=made), tuple(bare.schema.names), notes)


def _good_rows(batches: Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
    for batch in batches:
        errors = batch.column(ERROR)
        yield batch if errors.null_count == batch.num_rows else batch.filter(errors.is_null())


def _types_found(relation: Relation) -> str:
    told = [f"{field.name} {field.type}" for field in relation.schema if not is_text(field.type)]
    rest = len(relation.schema) - len(told)
    parts = [*told, f"{rest} of text"] if rest else told
    return f"types found in its rows: {', '.join(parts)}"


def _as_there(source: Relation, there: Relation, *, appends: bool) -> Fit:
    """As the table that is there: its types, its order, its key."""
    origins = _matched(source.columns(), there.columns())
    _check_columns(source, there, origins, appends=appends)
    names = [name for name in there.columns() if name in origins]
    fields = [there.schema.field(name) for name in names]
    relation = replace(source, schema=pa.schema(fields), key=there.key, declared=there.declared)
    return Fit(relation, tuple(origins[name] for name in names), _told(source, there, names, origins))


def _matched(ours: Sequence[str], theirs: Sequence[str]) -> dict[str, str]:
    """The source's column for each of the target's: of the same name, or the only one that differs in case alone."""
    found = {name: name for name in theirs if name in ours}
    for name in theirs:
        alike = [one for one in ours if one.casefold() == name.casefold() and one not in found.values()]
        if name not in found and len(alike) == 1:
            found[name] = alike[0]
    return found


def _check_columns(source: Relation, there: Relation, origins: dict[str, str], *, appends: bool) -> None:
    homeless = [name for name in source.columns() if name not in origins.values()]
    if homeless:
        raise DataError(
            f"The target's table {there.name} has no column {_listed(homeless)}. Nothing was written. "
            f"Add {'it' if len(homeless) == 1 else 'them'}{_OR_ANEW if not appends else ''}."
        )
    empty = [name for name in there.columns() if name not in origins]
    if empty and not appends:
        raise DataError(
            f"The source has no column {_listed(empty)}, which the target's table {there.name} has. "
            f"Nothing was written. Add rows to it with --append{_OR_ANEW}."
        )


_OR_ANEW = ", or make the target's table anew in the source's columns and types with --source-types"


def _told(source: Relation, there: Relation, names: Sequence[str], origins: dict[str, str]) -> tuple[str, ...]:
    ours, notes = source.columns(), [f"the types are those that {there.name} has"]
    if [origins[name] for name in names] != ours:
        notes.append(f"the columns stand in the order of {there.name}")
    left = [name for name in there.columns() if name not in origins]
    if left:
        notes.append(f"left to their defaults: {_listed(left)}")
    renamed = [f"{origins[name]} as {name}" for name in names if origins[name] != name]
    if renamed:
        notes.append(f"columns that differ in case: {', '.join(renamed)}")
    return tuple(notes)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names)
