"""A shop's tables into raw and curated: whole, then what changed; cut off, changed behind our back, dirty, repeated."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipeline.shop import OPENED, Frames, customers, rentals, text, utc
from taquilla.engines.local import LocalEngine
from taquilla.errors import DataError, UnavailableError
from taquilla.lake import Lake
from taquilla.pipeline.rentals.accounts import shop_accounts
from taquilla.pipeline.rentals.curate import curate_rentals
from taquilla.pipeline.rentals.land import land_rentals
from taquilla.pipeline.rentals.shop_tables import ShopTables
from taquilla.tables.rentals import SHOP

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
KEYS = {"rental": ("rental_id",), "customer": ("customer_id",)}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path / "lake"))


def land(lake: Lake, source: Frames, *, batch_rows: int = 10, is_full: bool = False) -> dict[str, int]:
    done = land_rentals(lake, source, run_id="test", now=NOW, batch_rows=batch_rows, is_full=is_full)
    return done.rows


def bring(lake: Lake, source: Frames, **how: bool) -> dict[str, int]:
    rows = land(lake, source, **how)
    curate_rentals(lake, LocalEngine())
    assert all(account.missing == 0 for account in shop_accounts(lake))
    return rows


def curated(lake: Lake, table: str = "rental") -> pl.DataFrame:
    tables = ShopTables.of(lake, SHOP[table])
    return tables.curated.scan().sort(*tables.spec.key, "raw_seq").collect()


def account(lake: Lake, table: str = "rentals") -> dict[str, int]:
    [found] = [a for a in shop_accounts(lake) if a.table == table]
    return {name: value for name, value in found.as_dict().items() if isinstance(value, int) and value}


def test_a_table_is_landed_whole_and_its_rows_are_typed(lake: Lake) -> None:
    source = Frames({"rental": rentals(25)}, KEYS)
    assert bring(lake, source) == {"rental": 25}
    rows = curated(lake)
    assert rows["rental_id"].to_list() == list(range(1, 26))
    assert rows["rented_at"][0] == utc(2026, 1, 1, 1)
    assert account(lake) == {"landed": 25, "current": 25}


def test_only_what_changed_is_read_again_and_ties_are_not_lost(lake: Lake) -> None:
    source = Frames({"rental": rentals(25)}, KEYS)
    bring(lake, source)
    # Committed late: the same moment as the last row that was read.
    source.tables["rental"] = pl.concat(
        [rentals(25), rentals(1, first=26), rentals(2, first=27, at=OPENED + timedelta(1))]
    )
    assert bring(lake, source) == {"rental": 3}
    assert curated(lake)["rental_id"].to_list() == list(range(1, 29))
    source.rows_read = 0
    assert bring(lake, source) == {"rental": 0}
    assert source.rows_read == 2  # those within the overlap of the last change
    assert account(lake) == {"landed": 28, "current": 28}


def test_a_row_that_changed_takes_the_place_of_the_one_before(lake: Lake) -> None:
    source = Frames({"rental": rentals(25)}, KEYS)
    bring(lake, source)
    back = rentals(1, first=3, at=OPENED + timedelta(2), return_date=[OPENED + timedelta(30)])
    source.tables["rental"] = pl.concat([rentals(25).filter(pl.col("rental_id") != 3), back])
    bring(lake, source)
    found = curated(lake).filter(pl.col("rental_id") == 3)
    assert found["returned_at"].to_list() == [utc(2026, 1, 31)]
    assert account(lake) == {"landed": 26, "current": 25, "superseded": 1}


def test_a_reading_of_everything_sees_what_was_deleted(lake: Lake) -> None:
    source = Frames({"rental": rentals(25)}, KEYS)
    bring(lake, source)
    source.tables["rental"] = rentals(20)
    bring(lake, source)
    assert curated(lake).height == 25
    bring(lake, source, is_full=True)
    assert curated(lake).height == 20
    assert account(lake) == {"landed": 45, "current": 20, "superseded": 25}


def test_a_reading_that_was_cut_off_counts_for_nothing_and_is_taken_up(lake: Lake) -> None:
    source = Frames({"rental": rentals(25).with_columns(last_update="rental_date")}, KEYS)
    source.cut_after = 20
    with pytest.raises(UnavailableError):
        land(lake, source)
    curate_rentals(lake, LocalEngine())
    assert account(lake) == {"landed": 20, "pending": 20}
    source.cut_after, source.rows_read = None, 0
    assert bring(lake, source) == {"rental": 5}
    assert source.rows_read == 5 + 6  # and once more those that are as new as the last one before the cut
    assert curated(lake)["rental_id"].to_list() == list(range(1, 26))
    assert account(lake) == {"landed": 25, "current": 25}


def test_a_reading_without_a_key_begins_anew_and_nothing_is_there_twice(lake: Lake) -> None:
    source = Frames({"rental": rentals(25)})
    source.cut_after = 20
    with pytest.raises(UnavailableError):
        land(lake, source)
    source.cut_after = None
    bring(lake, source)
    assert curated(lake)["rental_id"].to_list() == list(range(1, 26))
    assert account(lake) == {"landed": 45, "current": 25, "superseded": 20}


def test_a_file_that_is_the_same_is_not_landed_again(lake: Lake) -> None:
    source = Frames({"rental": text(rentals(25))})
    source.fingerprints = {"rental": "one"}
    assert bring(lake, source) == {"rental": 25}
    assert bring(lake, source) == {}
    source.fingerprints = {"rental": "two"}
    assert bring(lake, source) == {"rental": 25}
    assert account(lake) == {"landed": 50, "current": 25, "superseded": 25}


def test_dirt_is_repaired_refused_or_quarantined_and_every_row_is_accounted_for(lake: Lake) -> None:
    dirty = text(rentals(10)).with_columns(
        staff_id=pl.Series(["x1", "1", "?", "1", "1", "1", "1", "1", "1", "1"]),
        rental_date=pl.Series(["2026-01-01 01:00:00"] * 9 + ["0000-00-00 00:00:00"]),
    )
    bring(lake, Frames({"rental": dirty}))
    tables = ShopTables.of(lake, SHOP["rental"])
    repairs = tables.repairs.scan().sort("raw_seq").select("key", "column", "found", "made").collect().rows()
    assert repairs == [
        ("1", "staff_id", "x1", "1"),
        ("3", "staff_id", "?", None),
        ("10", "rented_at", "0000-00-00 00:00:00", None),
    ]
    [refused] = tables.quarantine.scan().collect().to_dicts()
    assert (refused["key"], refused["rule"]) == ("10", "rented_at|is_date")
    assert account(lake) == {"landed": 10, "current": 9, "quarantined": 1, "repaired": 3}


def test_a_repaired_key_never_takes_the_place_of_a_clean_one(lake: Lake) -> None:
    dirty = text(rentals(3)).with_columns(rental_id=pl.Series(["x2", "2", "3"]))
    bring(lake, Frames({"rental": dirty}))
    assert curated(lake)["rental_id"].to_list() == [2, 3]
    assert account(lake) == {"landed": 3, "current": 2, "quarantined": 1, "repaired": 1}


def test_a_clean_key_that_comes_later_takes_its_place_back(lake: Lake) -> None:
    source = Frames({"rental": text(rentals(2)).with_columns(rental_id=pl.Series(["x5", "2"]))})
    bring(lake, source)
    assert curated(lake)["rental_id"].to_list() == [2, 5]
    source.tables["rental"] = text(rentals(2)).with_columns(rental_id=pl.Series(["x5", "5"]))
    bring(lake, source)
    assert curated(lake)["rental_id"].to_list() == [5]


def test_a_customers_history_is_kept_through_readings_of_everything(lake: Lake) -> None:
    source = Frames({"customer": customers((1, 1, "SMITH"), (2, 1, "REYES"))}, KEYS)
    bring(lake, source)
    source.tables["customer"] = pl.concat(
        [customers((1, 2, "SMITH"), at=OPENED + timedelta(9)), customers((2, 1, "REYES"))]
    )
    bring(lake, source, is_full=True)
    found = curated(lake, "customer").select("customer_id", "store_id").rows()
    assert found == [(1, 1), (1, 2), (2, 1)]
    assert account(lake, "customers") == {"landed": 4, "current": 3, "superseded": 1}


def test_a_column_that_vanished_stops_the_landing_before_it_begins(lake: Lake) -> None:
    source = Frames({"customer": customers((1, 1, "SMITH")), "rental": rentals(5)}, KEYS)
    bring(lake, source)
    source.tables = {
        "customer": customers((1, 1, "JONES"), at=OPENED + timedelta(1)),
        "rental": rentals(5).drop("staff_id"),
    }
    with pytest.raises(DataError, match="rental has lost its column 'staff_id'"):
        land(lake, source)
    source.tables["rental"] = rentals(5).drop("customer_id")
    with pytest.raises(DataError, match="rental has no column for customer_id"):
        land(lake, source)
    assert account(lake, "customers") == {"landed": 1, "current": 1}


def test_a_column_of_another_type_is_told(lake: Lake) -> None:
    source = Frames({"rental": rentals(5)}, KEYS)
    bring(lake, source)
    source.tables["rental"] = rentals(5).with_columns(pl.col("inventory_id").cast(pl.String))
    with pytest.raises(DataError, match=r"rental\.inventory_id was Int64 .* is String now"):
        land(lake, source)


def test_a_source_without_a_shop_says_what_it_has(lake: Lake) -> None:
    with pytest.raises(DataError, match=r"no table of a shop.*there are: invoices"):
        land(lake, Frames({"invoices": rentals(1)}))


def test_a_curation_that_was_cut_off_is_done_again(lake: Lake) -> None:
    source = Frames({"rental": rentals(5)}, KEYS)
    bring(lake, source)
    before = curated(lake)
    tables = ShopTables.of(lake, SHOP["rental"])
    # As a kill between the first commit and the second leaves it.
    tables.repairs.note({"raw": 7})
    curate_rentals(lake, LocalEngine())
    assert curated(lake).equals(before)
    assert account(lake) == {"landed": 5, "current": 5}


@pytest.mark.parametrize("buckets", [1, 3])
def test_buckets_change_nothing(tmp_path: Path, buckets: int) -> None:
    lake = Lake(str(tmp_path / "lake"))
    source = Frames({"rental": text(rentals(50)), "customer": customers((1, 1, "SMITH"))}, KEYS)
    source.tables["rental"] = pl.concat([source.tables["rental"], source.tables["rental"].head(5)])
    land_rentals(lake, source, run_id="test", now=NOW, batch_rows=10, buckets=buckets)
    curate_rentals(lake, LocalEngine())
    assert curated(lake)["rental_id"].to_list() == list(range(1, 51))
    assert account(lake) == {"landed": 55, "current": 50, "superseded": 5}


def test_another_shop_takes_the_place_of_the_one_before_its_customers_too(lake: Lake) -> None:
    one, other = (
        Frames({"customer": customers(*rows)}, KEYS) for rows in ([(1, 1, "SMITH"), (2, 1, "REYES")], [(1, 1, "JONES")])
    )
    other.name = "other"
    bring(lake, one)
    bring(lake, other)
    assert curated(lake, "customer")["last_name"].to_list() == ["JONES"]
    assert account(lake, "customers") == {"landed": 3, "current": 1, "superseded": 2}
    other.tables["customer"] = customers((1, 2, "JONES"), at=OPENED + timedelta(9))
    bring(lake, other)
    assert curated(lake, "customer")["store_id"].to_list() == [1, 2]


def test_another_shop_that_lacks_a_table_is_not_mixed_with_the_one_before(lake: Lake) -> None:
    bring(lake, Frames({"customer": customers((1, 1, "SMITH")), "rental": rentals(5)}, KEYS))
    other = Frames({"rental": rentals(3)}, KEYS)
    other.name = "other"
    with pytest.raises(DataError, match="other has no customer, which was landed from another source"):
        land(lake, other)
    assert account(lake) == {"landed": 5, "current": 5}
