"""What goes wrong between a shop and the lake: it is told with the next step, and nothing is half-loaded."""

import resource
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.road import command
from pipeline.shop_files import shop_file
from pipeline.shop_road import ShopRoad
from services.mariadb import MariaDbServer
from taquilla.engines import Progress
from taquilla.engines.local import LocalEngine
from taquilla.errors import DataError, SettingsError, UnavailableError
from taquilla.lake import Lake
from taquilla.pipeline.rentals.accounts import shop_accounts
from taquilla.pipeline.rentals.curate import curate_rentals
from taquilla.pipeline.rentals.land import LandedShop, land_rentals
from taquilla.pipeline.rentals.shop_tables import ShopTables
from taquilla.sources.sql import SqlOptions, open_database
from taquilla.tables.rentals import SHOP

ROWS = 40_000
RENTAL = """create table rental (rental_id bigint unsigned primary key, rental_date datetime,
    inventory_id bigint unsigned, customer_id int, return_date datetime, staff_id int, last_update timestamp, note text)
    """
CANARY = "canary-4711"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path / "lake"))


def run_sql(mariadb: MariaDbServer, database: str, *statements: str) -> None:
    with mariadb.connect(database) as connection, connection.cursor() as cursor:
        cursor.execute("set sql_mode = ''")
        for statement in statements:
            cursor.execute(statement)


def land(lake: Lake, mariadb: MariaDbServer, database: str, progress: Progress = lambda *_: None) -> LandedShop:
    with open_database(SqlOptions(mariadb.url(database), mariadb.password, name="shop")) as shop:
        landed = land_rentals(lake, shop, run_id="test", now=datetime.now(UTC), batch_rows=5_000, progress=progress)
    curate_rentals(lake, LocalEngine())
    assert [account.missing for account in shop_accounts(lake)] == [0]
    return landed


CUTS: dict[str, Callable[[MariaDbServer], object]] = {
    "connection killed": MariaDbServer.kill_connections,
    "server restarted": MariaDbServer.restart,
}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_a_reading_that_is_cut_in_the_middle_is_taken_up(
    lake: Lake, mariadb: MariaDbServer, cut: Callable[[MariaDbServer], object]
) -> None:
    # Wide rows: a narrow table would stand in the socket's buffers as a whole.
    database = mariadb.new_database()
    fill = (
        "insert into rental select seq, '2026-01-01', seq % 30, seq % 20, null, 1, '2026-01-01', repeat('x', 700) from "
    )
    run_sql(mariadb, database, RENTAL, f"{fill} seq_1_to_{ROWS}")
    calls: list[int] = []

    def cut_once(done: int, total: int) -> None:
        calls.append(done)
        if len(calls) == 2:
            cut(mariadb)

    with pytest.raises(UnavailableError):
        land(lake, mariadb, database, cut_once)
    curate_rentals(lake, LocalEngine())
    [account] = shop_accounts(lake)
    assert account.current == 0
    assert 0 < account.pending == account.landed < ROWS

    landed = land(lake, mariadb, database)
    assert landed.rows == {"rental": ROWS - account.landed}
    [account] = shop_accounts(lake)
    assert (account.landed, account.current) == (ROWS, ROWS)
    rows = ShopTables.of(lake, SHOP["rental"]).curated.scan().select("rental_id").collect()
    assert rows["rental_id"].n_unique() == ROWS


def test_dates_and_numbers_that_nobody_can_mean(lake: Lake, mariadb: MariaDbServer) -> None:
    database = mariadb.new_database()
    rows = (
        "(1, '0000-00-00', 1, 1, null, 1, '2026-01-01', null), "
        "(2, '2026-01-01', 18446744073709551615, 1, null, 1, '2026-01-01', null), "
        "(3, '2026-01-01', 1, 1, '0000-00-00', 1, '2026-01-01', null)"
    )
    run_sql(mariadb, database, RENTAL, f"insert into rental values {rows}")  # noqa: S608 - from right above
    land(lake, mariadb, database)
    tables = ShopTables.of(lake, SHOP["rental"])
    assert tables.curated.scan().select("rental_id", "returned_at").collect().rows() == [(3, None)]
    refused = tables.quarantine.scan().sort("raw_seq").select("key", "rule").collect().rows()
    assert refused == [("1", "rented_at|nullability"), ("2", "inventory_id|max")]


def test_hostile_names_do_no_harm(lake: Lake, mariadb: MariaDbServer) -> None:
    database, hostile = mariadb.new_database(), "x``; drop table rental; #"
    run_sql(
        mariadb,
        database,
        RENTAL,
        f"create table `{hostile}` (a int)",
        f"alter table rental add `{hostile}\"',(){{}}=%s` int",
        "insert into rental values (1, '2026-01-01', 1, 1, null, 1, '2026-01-01', 'n', 5)",
    )
    assert land(lake, mariadb, database).rows == {"rental": 1}
    assert ShopTables.of(lake, SHOP["rental"]).raw.scan().collect()["x`; drop table rental; #\"',(){}=%s"].item() == 5


def test_what_changed_its_shape_lands_nothing(lake: Lake, mariadb: MariaDbServer) -> None:
    database = mariadb.new_database()
    row = "insert into rental values (%d, '2026-01-01', 1, 1, null, 1, '2026-01-01', 'n')"
    run_sql(mariadb, database, RENTAL, row % 1)
    land(lake, mariadb, database)
    run_sql(mariadb, database, row % 2, "alter table rental modify inventory_id varchar(20)")
    with pytest.raises(DataError, match=r"rental\.inventory_id was .* is String now\. Nothing was landed\. Cast it"):
        land(lake, mariadb, database)
    run_sql(mariadb, database, "alter table rental modify inventory_id bigint unsigned, drop column staff_id")
    with pytest.raises(DataError, match=r"lost its column 'staff_id'.*Nothing was landed\. Give the column back"):
        land(lake, mariadb, database)
    run_sql(mariadb, database, "alter table rental add staff_id int")
    # The new row, and the old one, which nobody served any more.
    assert land(lake, mariadb, database).rows == {"rental": 2}


def test_no_secret_is_told(mariadb: MariaDbServer, tmp_path: Path) -> None:
    wrong = SqlOptions(mariadb.url(mariadb.new_database()), CANARY, name="shop")
    with pytest.raises(SettingsError) as refused, open_database(wrong):
        pass
    assert CANARY not in str(refused.value)
    settings = {"connections__shop__url": wrong.url, "connections__shop__password": CANARY}
    said = ShopRoad(tmp_path, settings).taquilla("rentals", "shop", code=2)
    assert "Error: " in said
    assert CANARY not in said
    assert not any(
        CANARY.encode() in path.read_bytes() for path in (tmp_path / "data").rglob("*.json") if path.is_file()
    )


def test_a_workbook_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "shop.xlsx").write_bytes(b"rental_id;rental_date\n1;2026-01-01\n")
    said = ShopRoad(tmp_path).taquilla("rentals", "shop.xlsx", code=3)
    assert "shop.xlsx" in said.splitlines()[-1]
    assert not (tmp_path / "data" / "lake" / "raw").exists()


def test_a_full_disk_is_told_and_the_next_run_ends_well(tmp_path: Path) -> None:
    shop = shop_file(tmp_path / "shop.sqlite", rentals=20_000)
    way = ShopRoad(tmp_path, {"rentals__source": shop.url, "rentals__batch_rows": "10000"})
    full = subprocess.run(
        command("rentals"),
        cwd=tmp_path,
        env=way.env(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        # No file may become longer, as on a disk that is full.
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000)),
    )
    assert full.returncode != 0
    assert "Free some space" in full.stderr
    assert full.stderr.splitlines()[-1] == "Resume with: taquilla rentals"
    way.taquilla("rentals")
    assert way.ask("select count(*) from shop.fact_rental") == [(20_000,)]
    assert {account.missing for account in shop_accounts(way.lake)} == {0}
