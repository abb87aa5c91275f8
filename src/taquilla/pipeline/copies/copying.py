"""`taquilla copy SOURCE TARGET`: reads a table once, gives it to the target whole, and counts on both sides."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256

import pyarrow as pa

from taquilla.errors import DataError, SettingsError
from taquilla.pipeline.addresses import Address, options_of
from taquilla.pipeline.copies.places import Places, chosen, opened_source
from taquilla.pipeline.copies.spool import Spool
from taquilla.pipeline.copies.targets import DatabaseTarget, FileTarget, LakeTarget, Target
from taquilla.pipeline.copies.text_types import converted, landed_as_text, typed_relation
from taquilla.sources.relations import ERROR, LINE, Relation, Since, Source

# What is done at this moment, and the rows so far: "reading", "writing".
Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy did. taken_up: rows that a copy before it, cut off, had read. relation: the table as written."""

    rows: int
    taken_up: int
    relation: Relation


def copy(
    source: Address,
    target: Address,
    places: Places,
    *,
    appends: bool = False,
    since: Since | None = None,
    progress: Progress = lambda doing, done, total: None,
) -> Copied:
    """Copy a table, with its types, in bulk. The target shows all of it or what it showed before.

    appends: add the rows to those that a database's table has. since: only rows whose column is that value or later.
    A database is read in the order of its key; what was read when a copy was cut off is not read again.
    DataError: a line is no row, a cell is none of its column's type, or the target counts other rows than the source.
    """
    if appends and target.kind != "database":
        raise SettingsError("Only a database's table can be added to. Leave --append out, or copy into a database.")
    with ExitStack() as opened:
        reader = opened.enter_context(opened_source(source, places))
        name = chosen(reader, source)
        relation = reader.describe(name)
        writer = opened.enter_context(_opened_target(target, places, name, appends=appends))
        read = _reading(reader, relation, source, places, since, progress)
        wanted = _wanted(relation, writer, read.batches)
        total = read.rows()
        taken = writer.write(
            wanted, converted(_whole(read.batches()), wanted), lambda done: progress("writing", done, total)
        )
        _reconcile(read.counted(), taken, source, target)
        read.forget()
        return Copied(taken, read.taken_up, wanted)


def write_all(
    source: Source,
    target: Address,
    places: Places,
    *,
    progress: Progress = lambda doing, done, total: None,
) -> dict[str, int]:
    """Every table of a source into a database or a folder of Parquet files; the rows of each."""
    if target.kind not in ("database", "files") or target.relation:
        raise SettingsError(
            f"{target.named()} cannot take several tables. Name a connection, a folder or an s3 prefix."
        )
    rows = {}
    for name in source.relations():
        relation = source.describe(name)
        one = Address(target.kind, target.place, name)
        if target.kind == "files":
            one = Address("files", f"{target.place.rstrip('/')}/{name}.parquet")
        told = partial(_of_table, progress, name, relation.rows)
        with _opened_target(one, places, name, appends=False) as writer:
            rows[name] = writer.write(relation, source.read(name), told)
    return rows


def _of_table(progress: Progress, name: str, total: int | None, done: int) -> None:
    progress(name, done, total)


@contextmanager
def _opened_target(address: Address, places: Places, name: str, *, appends: bool) -> Iterator[Target]:
    from taquilla.sources.sql import open_database

    if address.kind == "files":
        yield FileTarget(address.place)
    elif address.kind == "lake":
        yield LakeTarget(places.lake, address.relation or f"copies.{name}")
    elif address.kind == "warehouse":
        raise SettingsError("The warehouse is made from the lake, and takes no copies. Copy into lake:copies.NAME.")
    else:
        with open_database(options_of(address, places.databases), read_only=False) as database:
            yield DatabaseTarget(database, address.relation or name, appends=appends)


class _Reading:
    """The source's rows, to be walked more than once; how many there were is counted in the last walk."""

    taken_up = 0

    def __init__(self, walk: Callable[[], Iterator[pa.RecordBatch]], total: int | None) -> None:
        self._walk, self._total, self._counted = walk, total, 0

    def batches(self) -> Iterator[pa.RecordBatch]:
        self._counted = 0
        for batch in self._walk():
            self._counted += batch.num_rows
            yield batch

    def rows(self) -> int | None:
        """How many there are, as far as is known before they are walked."""
        return self._total

    def counted(self) -> int:
        return self._counted

    def forget(self) -> None:
        """The target has them all."""


class _SpooledReading(_Reading):
    """A database's rows, read once into files on disk."""

    def __init__(self, spool: Spool, taken_up: int) -> None:
        super().__init__(spool.batches, spool.rows)
        self._spool, self.taken_up = spool, taken_up

    def forget(self) -> None:
        self._spool.remove()


def _reading(
    source: Source, relation: Relation, address: Address, places: Places, since: Since | None, progress: Progress
) -> _Reading:
    total = None if since else source.count(relation.name)
    if address.kind != "database" or not relation.key:
        return _Reading(lambda: source.read(relation.name, since=since), total)
    plan = {"source": source.name, "table": relation.name, "since": repr(since)}
    folder = places.spools / sha256(repr(sorted(plan.items())).encode()).hexdigest()[:16]
    spool = Spool(folder, relation.schema, relation.key, plan)
    taken_up = spool.rows
    if not spool.is_read:
        for batch in source.read(relation.name, since=since, after=spool.after()):
            spool.take(batch)
            progress("reading", spool.rows, total)
        spool.finish()
    return _SpooledReading(spool, taken_up)


def _wanted(relation: Relation, target: Target, batches: Callable[[], Iterator[pa.RecordBatch]]) -> Relation:
    """The table as the target is to have it: in the types of the table that is there, or in the source's own.

    DataError: the table that is there has other columns.
    """
    there = target.there()
    bare = replace(relation, schema=pa.schema([field for field in relation.schema if field.name not in (ERROR, LINE)]))
    if there is None:
        is_text = all(landed_as_text(field.type) for field in bare.schema)
        return typed_relation(bare, _whole(batches())) if is_text and isinstance(target, DatabaseTarget) else bare
    missing = [name for name in bare.columns() if name not in there.columns()]
    if missing:
        raise DataError(
            f"The target's table {there.name} has no column {missing[0]!r}. Add it, or copy into another table."
        )
    fields = [there.schema.field(name) for name in bare.columns()]
    return replace(bare, schema=pa.schema(fields), key=there.key, declared=there.declared)


def _whole(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches, without the two columns of broken lines. DataError: a line is broken; it tells which."""
    done = 0
    for batch in batches:
        if ERROR in batch.schema.names:
            errors = batch.column(ERROR)
            if errors.null_count < batch.num_rows:
                row = next(n for n, error in enumerate(errors) if error.is_valid)
                raise DataError(
                    f"Row {done + row + 1:,} is no row: {errors[row]}. Nothing was written. Mend the file; "
                    "taquilla profile lists all such lines."
                )
            batch = batch.drop_columns([ERROR, LINE])
        done += batch.num_rows
        yield batch


def _reconcile(read: int, taken: int, source: Address, target: Address) -> None:
    if read != taken:
        raise DataError(
            f"{source.named()} gave {read:,} rows, {target.named()} has taken {taken:,}. Do not use the copy; "
            "run the same command again."
        )
