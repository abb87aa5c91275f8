"""A shop's tables that change between two readings, in ways that lose rows where nobody looks."""

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipeline.shop import OPENED, Frames, customers, rentals, text
from pipeline.test_rentals import KEYS, NOW, account, bring, curated, land
from taquilla.engines.local import LocalEngine
from taquilla.errors import DataError, UnavailableError
from taquilla.lake import Lake
from taquilla.pipeline.rentals.accounts import shop_accounts
from taquilla.pipeline.rentals.curate import curate_rentals
from taquilla.pipeline.rentals.land import land_rentals


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path / "lake"))


def notes(lake: Lake, source: Frames, *, is_full: bool = False) -> tuple[str, ...]:
    """What a landing tells; curated behind it."""
    landed = land_rentals(lake, source, run_id="test", now=NOW, batch_rows=10, is_full=is_full)
    curate_rentals(lake, LocalEngine())
    assert all(account.missing == 0 for account in shop_accounts(lake))
    return landed.notes


def changed(rows: pl.DataFrame, rental_id: int, at: datetime) -> pl.DataFrame:
    """With that rental brought back to another member of staff, at that moment."""
    return rows.with_columns(
        staff_id=pl.when(pl.col("rental_id") == rental_id).then(2).otherwise("staff_id"),
        last_update=pl.when(pl.col("rental_id") == rental_id).then(pl.lit(at)).otherwise("last_update"),
    )


def test_what_changed_in_front_of_a_cut_is_not_lost(lake: Lake) -> None:
    source = Frames({"rental": rentals(30)}, KEYS)
    source.cut_after = 20
    with pytest.raises(UnavailableError):
        land(lake, source)
    # Row 3 was read before the cut and changes after it; row 25 changes later still and is read.
    source.tables["rental"] = changed(changed(rentals(30), 3, OPENED + timedelta(1)), 25, OPENED + timedelta(2))
    source.cut_after = None
    bring(lake, source)
    assert curated(lake).filter(staff_id=2)["rental_id"].to_list() == [3, 25]


def test_of_several_cuts_the_first_one_counts(lake: Lake) -> None:
    source = Frames({"rental": rentals(40)}, KEYS)
    source.cut_after = 10
    for cut, rental_id in enumerate((3, 14, 25), 1):
        with pytest.raises(UnavailableError):
            land(lake, source)
        source.tables["rental"] = changed(source.tables["rental"], rental_id, OPENED + timedelta(cut))
    source.cut_after = None
    bring(lake, source)
    assert curated(lake)["staff_id"].to_list() == source.tables["rental"]["staff_id"].to_list()


def test_a_new_column_is_read_for_all_rows(lake: Lake) -> None:
    source = Frames({"customer": customers((1, 1, "SMITH"), (2, 1, "REYES"))}, KEYS)
    bring(lake, source)
    source.tables["customer"] = source.tables["customer"].with_columns(email=pl.lit("ana@shop.example"))
    assert notes(lake, source) == ("customer: new columns, so that all of it is read: email",)
    assert curated(lake, "customer").filter(pl.col("email").is_not_null()).height == 2
    assert bring(lake, source) == {"customer": 0}


def test_a_column_that_was_renamed_is_told_with_both_its_names(lake: Lake) -> None:
    source = Frames({"rental": rentals(5)}, KEYS)
    bring(lake, source)
    source.tables["rental"] = rentals(5).rename({"staff_id": "clerk_id"})
    with pytest.raises(DataError, match=r"lost its column 'staff_id', .* and has 'clerk_id', which was not"):
        land(lake, source)


def test_a_table_that_vanished_is_told_and_its_rows_are_kept(lake: Lake) -> None:
    source = Frames({"rental": rentals(5), "customer": customers((1, 1, "SMITH"))}, KEYS)
    bring(lake, source)
    del source.tables["customer"]
    assert notes(lake, source) == ("customer: not in frames; what was read before is kept",)
    assert curated(lake, "customer").height == 1


def test_a_table_that_is_empty_all_at_once_is_believed_only_when_asked(lake: Lake) -> None:
    source = Frames({"rental": text(rentals(25))})
    source.fingerprints = {"rental": "one"}
    bring(lake, source)
    source.tables["rental"], source.fingerprints = text(rentals(25).clear()), {"rental": "two"}
    kept = "rental: no row any more, where 25 were: they are kept; --full takes them away"
    assert notes(lake, source) == notes(lake, source) == (kept,)
    assert curated(lake).height == 25
    assert notes(lake, source, is_full=True) == ("rental: no row any more; the 25 of before are taken away",)
    assert curated(lake).height == 0
    assert account(lake) == {"landed": 25, "superseded": 25}


def test_a_table_that_was_always_empty_is_no_news(lake: Lake) -> None:
    source = Frames({"rental": rentals(0)}, KEYS)
    assert notes(lake, source) == notes(lake, source) == ()


def test_rows_without_a_cursor_are_told_and_read_in_full(lake: Lake) -> None:
    source = Frames({"rental": rentals(5).with_columns(last_update=pl.lit(None, pl.Datetime("us")))}, KEYS)
    source.tables["rental"] = pl.concat([rentals(5), source.tables["rental"].with_columns(pl.col("rental_id") + 5)])
    told = "rental: 5 rows without last_update; changes in such rows are seen by --full alone"
    assert notes(lake, source) == (told,)
    source.tables["rental"] = source.tables["rental"].with_columns(staff_id=pl.lit(2, pl.Int64))
    assert notes(lake, source, is_full=True) == (told,)
    assert curated(lake)["staff_id"].to_list() == [2] * 10


def test_a_moment_in_the_far_future_hides_no_change(lake: Lake) -> None:
    source = Frames({"rental": changed(rentals(5), 5, datetime(2090, 1, 1))}, KEYS)  # noqa: DTZ001
    bring(lake, source)
    today = NOW.replace(tzinfo=None) + timedelta(days=2)
    source.tables["rental"] = changed(source.tables["rental"], 2, today)
    assert bring(lake, source) == {"rental": 1}
    assert curated(lake).filter(staff_id=2)["rental_id"].to_list() == [2, 5]


def test_another_source_takes_the_place_of_the_one_before(lake: Lake) -> None:
    source = Frames({"rental": rentals(5)}, KEYS)
    bring(lake, source)
    source.name = "frames2"
    source.tables["rental"] = rentals(3)
    [told] = notes(lake, source)
    assert told.startswith("rental: read from another source before")
    assert curated(lake).height == 3


def test_late_commits_within_the_overlap_are_read(lake: Lake) -> None:
    source = Frames({"rental": rentals(5, at=OPENED + timedelta(seconds=50))}, KEYS)
    bring(lake, source)
    late = [rentals(1, first=6 + n, at=OPENED + timedelta(seconds=n)) for n in (0, 30)]
    source.tables["rental"] = pl.concat([source.tables["rental"], *late])
    assert bring(lake, source) == {"rental": 2}
    source.tables["rental"] = pl.concat([source.tables["rental"], rentals(1, first=90, at=OPENED - timedelta(hours=1))])
    assert bring(lake, source) == {"rental": 0}  # beyond the overlap: --full sees it
    bring(lake, source, is_full=True)
    assert curated(lake).height == 8


@pytest.mark.parametrize("found", ["x98", " 98 ", "98.0", "+98", "98"])
def test_a_key_with_dirt_around_it_stands_in_the_bucket_of_its_own(tmp_path: Path, found: str) -> None:
    lake = Lake(str(tmp_path / "lake"))
    dirty = text(rentals(2)).with_columns(rental_id=pl.Series([found, "98"]))
    land_rentals(lake, Frames({"rental": dirty}), run_id="test", now=NOW, buckets=7)
    curate_rentals(lake, LocalEngine())
    assert curated(lake)["rental_id"].to_list() == [98]
