"""A shop in a SQLite file, whose clerks a test plays."""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TABLES = """
create table film (film_id integer primary key, title text, rental_duration integer, rental_rate decimal(4,2),
    replacement_cost decimal(5,2), last_update timestamp);
create table inventory (inventory_id integer primary key, film_id integer, store_id integer, last_update timestamp);
create table customer (customer_id integer primary key, store_id integer, first_name text, last_name text,
    last_update timestamp);
create table rental (rental_id integer primary key, rental_date datetime, inventory_id integer, customer_id integer,
    return_date datetime, staff_id integer, last_update timestamp);
create table payment (payment_id integer primary key, customer_id integer, staff_id integer, rental_id integer,
    amount decimal(5,2), payment_date datetime, last_update timestamp);
"""
DAY = "'2026-01-01 00:00:00'"


@dataclass(frozen=True)
class ShopFile:
    """10 films, 30 copies, 20 customers, and as many rentals as were asked for, each paid."""

    path: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    @contextlib.contextmanager
    def clerk(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes are there at the end of the block."""
        with contextlib.closing(sqlite3.connect(self.path)) as connection, connection:
            yield connection

    def rent(self, first: int, count: int, day: int = 1) -> None:
        """Rentals `first` and after, all of that day of January, each paid at once."""
        moment = f"2026-01-{day:02} 12:00:00"
        numbers = range(first, first + count)
        with self.clerk() as clerk:
            clerk.executemany(
                "insert into rental values (?, ?, ?, ?, null, 1, ?)",
                [(n, moment, n % 30 + 1, n % 20 + 1, moment) for n in numbers],
            )
            clerk.executemany(
                "insert into payment values (?, ?, 1, ?, '2.99', ?, ?)",
                [(n, n % 20 + 1, n, moment, moment) for n in numbers],
            )

    def bring_back(self, every: int, day: int) -> None:
        """Every so-manieth rental is returned on that day."""
        moment = f"2026-01-{day:02} 12:00:00"
        with self.clerk() as clerk:
            clerk.execute(
                "update rental set return_date = ?, last_update = ? where rental_id % ? = 0", (moment, moment, every)
            )


def shop_file(path: Path, rentals: int) -> ShopFile:
    """A new shop in that file."""
    shop = ShopFile(path)
    with shop.clerk() as clerk:
        clerk.executescript(TABLES)
        clerk.executemany(f"insert into inventory values (?, ?, ?, {DAY})", [(n, n % 10 + 1, 1) for n in range(1, 31)])  # noqa: S608
        people = [(n, 1, "ANA", f"SMITH {n}") for n in range(1, 21)]
        clerk.executemany(f"insert into customer values (?, ?, ?, ?, {DAY})", people)  # noqa: S608
        films = [(n, f"FILM {n}", 3 + n % 4) for n in range(1, 11)]
        clerk.executemany(f"insert into film values (?, ?, ?, '2.99', '19.99', {DAY})", films)  # noqa: S608
    shop.rent(1, rentals)
    return shop
