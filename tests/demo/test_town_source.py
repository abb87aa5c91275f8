"""The town read like a database, and written to one."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from taquilla.demo.town import Town
from taquilla.demo.town_source import TownSource
from taquilla.demo.town_sqlite import town_to_sqlite
from taquilla.errors import DataError, UnavailableError


@dataclass
class Since:
    column: str
    value: datetime | int


@pytest.fixture(scope="module")
def town() -> Town:
    return Town(rentals=2_000, years=1, films=200)


@pytest.fixture(scope="module")
def source(town: Town) -> TownSource:
    return TownSource(town)


def ids(source: TownSource, **how: object) -> list[int]:
    batches = source.read("rental", columns=["rental_id"], **how)  # type: ignore[arg-type]
    return [number for batch in batches for number in batch.column(0).to_pylist()]


def test_it_describes_its_tables_as_a_database_does(source: TownSource) -> None:
    film = source.describe("film")

    assert len(source.relations()) == 15
    assert film.key == ("film_id",)
    assert film.schema.field("rental_rate").type == pa.decimal128(4, 2)
    assert "rental_duration" in film.columns()
    assert film.notes == ("generated",)
    assert (source.count("rental"), source.count("film")) == (2_000, None)
    assert TownSource(Town(until=date(2014, 1, 1))).count("rental") is None


def test_it_reads_columns_what_is_new_and_what_is_behind_a_key(source: TownSource) -> None:
    whole = pa.Table.from_batches(source.read("rental")).to_pylist()
    cut = whole[1_200]["last_update"]

    assert ids(source, after=[1_990]) == list(range(1_991, 2_001))
    assert ids(source, batch_rows=100) == list(range(1, 2_001))
    expected = [row["rental_id"] for row in whole if row["last_update"] >= cut]
    assert ids(source, since=Since("last_update", cut)) == expected
    assert ids(source, since=Since("last_update", cut.replace(tzinfo=UTC))) == expected
    pairs = pa.Table.from_batches(source.read("film_actor", after=[3, 50])).to_pylist()
    assert all((row["actor_id"], row["film_id"]) > (3, 50) for row in pairs)


def test_a_name_that_is_not_there_is_told_with_those_that_are(source: TownSource) -> None:
    with pytest.raises(DataError, match="no table 'rentals': it has actor, address"):
        source.describe("rentals")
    with pytest.raises(DataError, match="no column colour: it has film_id, title"):
        source.read("film", columns=["colour"])


def test_the_sqlite_file_holds_every_row_with_types_and_keys(town: Town, tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []
    path = tmp_path / "deep" / "shop.sqlite"
    rows = town_to_sqlite(path, town, lambda table, count: told.append((table, count)))

    expected = {name: sum(batch.num_rows for batch in town.batches(name)) for name in town.tables()}
    with closing(sqlite3.connect(path)) as shop:
        found = {name: shop.execute(f"select count(*) from {name}").fetchone()[0] for name in expected}  # noqa: S608
        paid = shop.execute("select sum(amount), max(payment_date), typeof(amount) from payment").fetchone()
        keys = [row[1] for row in shop.execute("pragma table_info(film_actor)") if row[5]]
        kind = next(row[2] for row in shop.execute("pragma table_info(film)") if row[1] == "rental_rate")
    payments = pa.Table.from_batches(town.batches("payment")).to_pydict()
    assert found == expected
    assert rows == sum(expected.values()) == sum(count for _, count in told)
    assert Decimal(str(round(paid[0], 2))) == sum(payments["amount"])
    assert paid[1] == str(max(payments["payment_date"]))
    assert (keys, kind) == (["actor_id", "film_id"], "decimal(4, 2)")
    assert [file.name for file in path.parent.iterdir()] == ["shop.sqlite"]


def test_a_file_that_cannot_be_written_leaves_the_one_before(town: Town, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match=r"cannot be written.*try again\.$"):
        town_to_sqlite(tmp_path / "file" / "shop.sqlite", town)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
