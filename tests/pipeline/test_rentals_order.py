"""However a shop is read, in what pieces and with what cuts, its curated tables are those of one clean reading."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.shop import OPENED, Frames, rentals, text
from pipeline.test_rentals import KEYS, NOW, curated
from taquilla.engines import engine
from taquilla.errors import UnavailableError
from taquilla.lake import Lake
from taquilla.pipeline.rentals.accounts import shop_accounts
from taquilla.pipeline.rentals.curate import curate_rentals
from taquilla.pipeline.rentals.land import land_rentals
from taquilla.pipeline.rentals.shop_tables import ShopTables
from taquilla.tables.rentals import SHOP

ARRIVAL = ("raw_seq", "bucket")


@contextmanager
def a_lake() -> Iterator[Lake]:
    with tempfile.TemporaryDirectory() as folder:
        yield Lake(str(Path(folder) / "lake"))


def land(lake: Lake, source: Frames, *, batch_rows: int = 7, buckets: int = 1, is_full: bool = False) -> None:
    land_rentals(lake, source, run_id="test", now=NOW, batch_rows=batch_rows, buckets=buckets, is_full=is_full)


def curate(lake: Lake, workers: int = 1) -> None:
    curate_rentals(lake, engine("local", workers=workers))
    assert [account.missing for account in shop_accounts(lake)] == [0]


def in_one_reading(source: Frames) -> pl.DataFrame:
    with a_lake() as lake:
        source.cut_after = None
        land(lake, source)
        curate(lake)
        return curated(lake).drop(ARRIVAL)


# What happens at the shop, or to us: rows that are changed or new, a reading, one that is cut off after so many rows,
# a curation.
changes = st.tuples(st.just("change"), st.lists(st.integers(1, 40), min_size=1, max_size=5), st.integers(0, 59))
readings = st.tuples(st.just("read"), st.booleans(), st.sampled_from([None, 0, 7, 14, 21]))
curations = st.tuples(st.just("curate"), st.none(), st.none())


@settings(max_examples=6)
@given(st.lists(st.one_of(changes, readings, curations), min_size=3, max_size=8), st.booleans())
def test_any_sequence_of_changes_readings_and_cuts_ends_the_same(
    happenings: Sequence[tuple[str, object, object]], has_key: bool
) -> None:
    source = Frames({"rental": rentals(25)}, KEYS if has_key else {})
    with a_lake() as lake:
        for n, (kind, what, how) in enumerate(happenings, 1):
            if kind == "change":
                # Late commits are stamped up to a minute before the newest.
                at = OPENED + timedelta(hours=n) - timedelta(seconds=int(str(how)))
                source.tables["rental"] = changed(source.tables["rental"], what, n, at)  # type: ignore[arg-type]
            elif kind == "read":
                source.cut_after = how  # type: ignore[assignment]
                try:
                    land(lake, source, is_full=bool(what))
                except UnavailableError:
                    continue
            elif shop_accounts(lake):
                curate(lake)
        source.cut_after = None
        land(lake, source)
        curate(lake)
        assert curated(lake).drop(ARRIVAL).equals(in_one_reading(source))


def changed(rows: pl.DataFrame, numbers: Sequence[int], staff_id: int, at: datetime) -> pl.DataFrame:
    """With these rentals served by that member of staff, at that moment; those that are not there are new."""
    new = pl.concat([rentals(1, first=n, at=at, staff_id=[staff_id]) for n in sorted(set(numbers))])
    return pl.concat([rows.join(new, on="rental_id", how="anti"), new]).sort("rental_id")


CELLS = st.sampled_from(["1", "2", "x2", "3", "3.0", " 4", "x4", "12", "x12x", "", "NULL", "no"])


@settings(max_examples=6)
@given(st.lists(CELLS, min_size=1, max_size=12), st.integers(1, 5), st.integers(1, 5))
def test_cutting_a_dirty_table_differently_changes_nothing(keys: list[str], batch_rows: int, buckets: int) -> None:
    dirty = text(rentals(len(keys))).with_columns(rental_id=pl.Series(keys))
    found = []
    for rows, n in ((batch_rows, buckets), (100, 1)):
        with a_lake() as lake:
            land(lake, Frames({"rental": dirty}), batch_rows=rows, buckets=n)
            curate(lake)
            tables = ShopTables.of(lake, SHOP["rental"])
            told = [table.scan().drop("bucket").collect() for table in tables.made()]
            found.append([sorted(map(repr, frame.rows())) for frame in told])
    assert found[0] == found[1]


@pytest.mark.parametrize(("buckets", "workers"), [(1, 1), (4, 2)])
def test_buckets_and_workers_change_nothing(tmp_path: Path, buckets: int, workers: int) -> None:
    lake = Lake(str(tmp_path / "lake"))
    dirty = text(rentals(200)).with_columns(
        rental_id=pl.when(pl.int_range(200) % 50 == 0).then(pl.lit("x98")).otherwise("rental_id")
    )
    source = Frames({"rental": dirty})
    land(lake, source, batch_rows=30, buckets=buckets)
    curate(lake, workers)
    expected = [n for n in range(1, 201) if n % 50 != 1]
    assert curated(lake)["rental_id"].to_list() == expected
    assert ShopTables.of(lake, SHOP["rental"]).quarantine.scan().collect()["key"].to_list() == ["x98"] * 4
