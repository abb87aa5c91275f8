"""`taquilla copy SOURCE TARGET`: reads a table once, gives it to the target whole, and counts on both sides."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

from taquilla.errors import DataError, SettingsError
from taquilla.lake import lease
from taquilla.pipeline.addresses import Address, options_of
from taquilla.pipeline.copies.fitting import Fit, fitted
from taquilla.pipeline.copies.options import CopyOptions
from taquilla.pipeline.copies.places import (
    QUERY,
    Places,
    chosen,
    opened_query,
    opened_source,
    opened_target,
    own_name,
)
from taquilla.pipeline.copies.reading import Progress, Reader, Reading, can_go_on
from taquilla.pipeline.copies.sieve import Sieve
from taquilla.sources.relations import Relation, Source

__all__ = ["Copied", "CopyOptions", "copy", "write_all"]


# What every CSV file is taken to have is not worth a line.
_USUAL = "separator ','"


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy did: read = rows + rejected.

    taken_up: rows of them that a copy before it, cut off, had read. relation: the table as written. notes: what is
    worth knowing of it, in words.
    """

    read: int
    rows: int
    rejected: int
    taken_up: int
    relation: Relation
    notes: tuple[str, ...] = ()


def copy(
    source: Address,
    target: Address,
    places: Places,
    options: CopyOptions | None = None,
    *,
    progress: Progress = lambda doing, done, total: None,
) -> Copied:
    """Copy a table, with its types, in bulk. The target shows all of it or what it showed before.

    A database is read in the order of its key; what was read when a copy was cut off is not read again.
    DataError: a line is no row, a cell is none of its column's type, or the target counts other rows than the source.
    BusyError: another copy of the same table, or into the same one, is under way.
    """
    options = options or CopyOptions()
    _check(source, target, places, options)
    with ExitStack() as opened:
        opened.enter_context(lease(places.spools, _lease_name(target, places)))
        queried = options.query and opened_query(source, places, options.query)
        reader = opened.enter_context(queried or opened_source(source, places))
        relation = reader.describe(QUERY if queried else chosen(reader, source))
        name = own_name(source, relation.name)
        writer = opened.enter_context(opened_target(target, places, name, appends=options.appends))
        reading = opened.enter_context(_reading(reader, relation, (source, target), places, options, progress))
        fit = fitted(relation, writer, reading.batches, options)
        sieve = Sieve(fit, options.rejects)
        told = partial(_of_table, progress, "writing", reading.total)
        taken = writer.write(fit.relation, sieve.rows(reading.batches()), told)
        copied = _copied(reading, fit, sieve, taken)
        _reconcile(copied, source, target)
        return copied


def _copied(reading: Reading, fit: Fit, sieve: Sieve, taken: int) -> Copied:
    told = (*fit.relation.notes, *fit.notes, *sieve.notes, *reading.notes)
    notes = tuple(note for note in told if note != _USUAL)
    return Copied(reading.counted, taken, sieve.refused, reading.taken_up, fit.relation, notes)


@contextmanager
def _reading(
    source: Source,
    relation: Relation,
    way: tuple[Address, Address],
    places: Places,
    options: CopyOptions,
    progress: Progress,
) -> Iterator[Reading]:
    address, target = way
    reader = Reader(_identity(address, places), source, relation, options, places.spools, progress)
    # A database that is written to while it is read may wait for itself, as SQLite does.
    is_kept = address.kind == "database" and (can_go_on(relation) or _place(address, places) == _place(target, places))
    with reader.spooled() if is_kept else nullcontext(reader.streamed()) as reading:
        yield reading


def _check(source: Address, target: Address, places: Places, options: CopyOptions) -> None:
    """SettingsError: what is asked for cannot be."""
    if options.appends and target.kind != "database":
        raise SettingsError("Only a database's table can be added to. Leave --append out, or copy into a database.")
    if options.appends and options.source_types:
        raise SettingsError("A table that is added to keeps its types. Leave out --append or --source-types.")
    if options.query and options.since:
        raise SettingsError("A query says itself which rows it wants. Put what --since says into its WHERE.")
    if options.query and target.relation is None and target.kind in ("database", "lake"):
        raise SettingsError(f"A query has no name. Name the table that takes its rows, as in {_table_of(target)}")
    if not options.query and source.relation is not None and _identity(source, places) == _identity(target, places):
        raise SettingsError(f"{source.named()} would be copied onto itself. Name another target.")
    if source.kind == target.kind == "files" and _identity(source, places) == _identity(target, places):
        raise SettingsError(f"{source.named()} would be copied onto itself. Name another target.")


def _table_of(target: Address) -> str:
    return Address(target.kind, target.place, "copies.NAME" if target.kind == "lake" else "TABLE").named()


def _identity(address: Address, places: Places) -> tuple[str, ...]:
    """The same for two addresses of one table."""
    relation = address.relation or ""
    if address.kind == "files" and "://" not in address.place:
        return (*_place(address, places), "")
    return (*_place(address, places), relation.casefold() if address.kind == "database" else relation)


def _place(address: Address, places: Places) -> tuple[str, str]:
    """The same for two addresses of one database, file or folder."""
    if address.kind == "database":
        return ("database", options_of(address, places.databases).url)
    if address.kind == "files" and "://" not in address.place:
        return ("files", str(Path(address.place).expanduser().resolve()))
    return (address.kind, address.place)


def _lease_name(target: Address, places: Places) -> str:
    return "to-" + sha256(repr(_identity(target, places)).encode()).hexdigest()[:16]


def _reconcile(copied: Copied, source: Address, target: Address) -> None:
    if copied.read != copied.rows + copied.rejected:
        raise DataError(
            f"{source.named()} gave {copied.read:,} rows, {copied.rejected:,} were set aside, and {target.named()} has "
            f"taken {copied.rows:,}. Do not use the copy; run the same command again."
        )


def write_all(
    source: Source, target: Address, places: Places, *, progress: Progress = lambda doing, done, total: None
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
        with opened_target(one, places, name, appends=False) as writer:
            rows[name] = writer.write(relation, source.read(name), told)
    return rows


def _of_table(progress: Callable[[str, int, int | None], None], doing: str, total: int | None, done: int) -> None:
    progress(doing, done, total)
