"""A shop's curated tables → the star in DuckDB: the dimensions whole, of the facts what changed.

A fact is written anew where its own row is new, and where what it takes from a dimension has changed: a copy that went
to another store, a film with another time to keep it, a customer whose history became another one.
"""

# ruff: noqa: S608 - the names in these statements come from the model and from constants, never from input.

from collections.abc import Mapping
from dataclasses import dataclass

from taquilla.warehouse.duckdb import Connection, schema_version
from taquilla.warehouse.load import SCHEMA, count, loaded_marks
from taquilla.warehouse.rentals_curated import CURATED, RentalFiles, attach
from taquilla.warehouse.rentals_dimensions import DIMENSIONS, ORPHANS
from taquilla.warehouse.rentals_facts import FACTS, Fact
from taquilla.warehouse.rentals_model import shop

# The load that wrote a row, and which file it was: PostgreSQL takes from the file what is newer than what it has.
LOAD, FILE = "shop.load", "shop.file"
# Another lake, or one that was curated anew, is no continuation.
SAME = ("shop.lake", "shop.rebuilt")


@dataclass(frozen=True, slots=True)
class LoadedRentals:
    """What a load did: the facts that it wrote, and whether it wrote all of them."""

    rentals: int
    payments: int
    is_whole: bool


def rental_marks(connection: Connection) -> dict[str, int]:
    """How far the star has come; nothing where no shop was ever loaded into this warehouse."""
    return {name: at for name, at in loaded_marks(connection).items() if is_rental_mark(name)}


def is_rental_mark(name: str) -> bool:
    """Whether this mark is the rentals' own, and not the films'."""
    return name.startswith("shop.") or name.removeprefix("curated.") in CURATED


def continues(marks: Mapping[str, int], files: RentalFiles) -> bool:
    """Whether a star with these marks can be brought on to `files`."""
    same = all(marks.get(name) == files.marks.get(name) for name in SAME)
    return same and LOAD in marks and all(files.marks.get(name, 0) >= at for name, at in marks.items() if _counts(name))


def _counts(name: str) -> bool:
    return name.startswith("curated.")


def load_rentals(connection: Connection, files: RentalFiles, *, rebuild: bool = False) -> LoadedRentals:
    """Bring the star from its marks to those of `files`, or make it anew; in the caller's transaction.

    Nothing of the films' tables and marks is touched.
    """
    marks = rental_marks(connection)
    is_whole = rebuild or not continues(marks, files)
    if not is_whole and all(marks.get(name) == at for name, at in files.marks.items()):
        return LoadedRentals(0, 0, is_whole=False)
    # Rows need no order of their own, and keeping one takes memory.
    connection.execute("set preserve_insertion_order = false")
    attach(connection, files)
    if is_whole:
        _empty(connection)
    load_seq = 1 if is_whole else marks[LOAD] + 1
    written = _bring_on(connection, {} if is_whole else marks, load_seq)
    _note(connection, files.marks, load_seq, None if is_whole else marks[FILE])
    return LoadedRentals(*written, is_whole)


def clear_rentals(connection: Connection) -> None:
    """Take the shop out of the warehouse, marks and all."""
    _empty(connection)
    _forget(connection)


def _empty(connection: Connection) -> None:
    for table in reversed(shop.sorted_tables):
        connection.execute(f"delete from {table.fullname}")


def _bring_on(connection: Connection, marks: Mapping[str, int], load_seq: int) -> tuple[int, int]:
    for fact in FACTS:
        for watched in fact.watched:
            connection.execute(f"create or replace temp table {watched.name}_before as {watched.sql}")
    for table, sql in DIMENSIONS.items():
        connection.execute(f"delete from shop.{table}")
        connection.execute(f"insert into shop.{table} by name {sql}")
    _find_orphans(connection)
    rentals, payments = (_load_fact(connection, fact, marks, load_seq) for fact in FACTS)
    return rentals, payments


def _find_orphans(connection: Connection) -> None:
    connection.execute("delete from shop.orphans")
    for sql in ORPHANS:
        connection.execute(f"insert into shop.orphans by name {sql}")


def _load_fact(connection: Connection, fact: Fact, marks: Mapping[str, int], load_seq: int) -> int:
    """Write the changed rows, and delete those that the curated table has no more; how many were written."""
    if not marks:
        connection.execute(fact.insert(load_seq))
        return count(connection, fact.table)
    since = marks.get(f"curated.{fact.curated}", 0)
    connection.execute(f"create or replace temp table {fact.changed} as {fact.select_changed(since)}")
    connection.execute(f"delete from {fact.table} where {fact.key} in (select {fact.key} from {fact.changed})")
    connection.execute(fact.insert(load_seq, f"semi join {fact.changed} using ({fact.key})"))
    written = count(connection, f"{fact.table} where load_seq = {load_seq:d}")
    _delete_vanished(connection, fact)
    return written


def _delete_vanished(connection: Connection, fact: Fact) -> None:
    # Every key of the curated table stands in the fact by now: as many rows are the same rows.
    if count(connection, fact.table) == count(connection, f"curated_{fact.curated}"):
        return
    gone = f"select {fact.key} from {fact.table} anti join curated_{fact.curated} using ({fact.key})"
    connection.execute(f"insert into {fact.changed} {gone}")
    connection.execute(f"delete from {fact.table} where {fact.key} in ({gone})")


def _note(connection: Connection, marks: Mapping[str, int], load_seq: int, file: int | None) -> None:
    _forget(connection)
    if file is None:
        [(file,)] = connection.execute("select (hash(gen_random_uuid()) >> 2)::bigint").fetchall()
    noted = {**marks, LOAD: load_seq, FILE: file}
    connection.executemany("insert into load_marks values (?, ?)", sorted(noted.items()))
    # Which version's file it is: where no films were ever loaded, nobody has told.
    connection.execute(
        "insert into load_marks select $name, $version where $name not in (select source from load_marks)",
        {"name": SCHEMA, "version": schema_version()},
    )


def _forget(connection: Connection) -> None:
    for name in rental_marks(connection):
        connection.execute("delete from load_marks where source = $name", {"name": name})
