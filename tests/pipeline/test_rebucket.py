"""A lake in other buckets says the same, goes on as before, and is complete after any cut."""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from deltalake.table import TableAlterer

from command_line import taquilla
from pipeline.review_files import account, bring, reviews, write
from pipeline.shop import Frames, rentals, text
from records import curate, export, film, land, new_lake, read
from taquilla.engines.local import LocalEngine
from taquilla.errors import BusyError, DataError
from taquilla.lake import Lake, LakeTable
from taquilla.pipeline import accounts
from taquilla.pipeline.film_tables import FilmTables
from taquilla.pipeline.kafka.state import StateFile
from taquilla.pipeline.rebucket import rebucket_lake
from taquilla.pipeline.rentals.accounts import shop_accounts
from taquilla.pipeline.rentals.curate import curate_rentals
from taquilla.pipeline.rentals.land import land_rentals
from taquilla.pipeline.rentals.shop_tables import shop_tables
from taquilla.pipeline.reviews.review_tables import ReviewTables
from taquilla.pipeline.reviews.score import Scored, score_reviews, signals_table

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
SHOP_KEYS = {"rental": ("rental_id",)}
FILMS = range(1, 30)


class KilledError(Exception):
    """The process ends here."""


def dirty(rows: pl.DataFrame) -> pl.DataFrame:
    """As an export to CSV has it; some keys have dirt around them, and one row cannot stand."""
    key = pl.when(pl.col("rental_id").str.ends_with("3")).then(pl.col("rental_id") + "x ").otherwise("rental_id")
    bad = pl.when(pl.col("rental_id") == "5").then(pl.lit("never")).otherwise("rental_date")
    return text(rows).with_columns(rental_date=bad).with_columns(rental_id=key)


def bring_films(lake: Lake, *, day: int, buckets: int = 1) -> None:
    """New records of all films, and what is none."""
    given = [read(film(n, title=f"Film {n} of day {day}"), day) for n in FILMS]
    land(lake, [*given, read(b"no JSON", day), read(film(90 + day, title=""), day)], buckets=buckets)
    export(lake, day, dict.fromkeys(FILMS, 1.5 + day))
    curate(lake)


def bring_shop(lake: Lake, source: Frames, *, buckets: int = 1) -> None:
    land_rentals(lake, source, run_id="test", now=NOW, batch_rows=10, buckets=buckets)
    curate_rentals(lake, LocalEngine())


def bring_all(lake: Lake, folder: Path, *, day: int, buckets: int = 1) -> None:
    bring_films(lake, day=day, buckets=buckets)
    bring_shop(lake, Frames({"rental": dirty(rentals(25 + day))}, SHOP_KEYS), buckets=buckets)
    broken = "{broken\n" + reviews(7, date="never") if day == 0 else ""
    written = reviews(*range(day * 20, 25 + day * 20), stars=3 + day) + broken
    bring(lake, write(folder / f"day {day}/review.json", written), buckets=buckets, batch_rows=10)
    score_reviews(lake, LocalEngine())


def tables_of(lake: Lake) -> dict[str, LakeTable]:
    films, told = FilmTables.of(lake), ReviewTables.of(lake, "reviews")
    shop = [table for tables in shop_tables(lake) for table in (tables.raw, *tables.made())]
    found = (*films.all(), *shop, told.raw, *told.made(), signals_table(lake))
    return {table.name: table for table in found if table.exists()}


def content(lake: Lake) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, bucket and all, in one order."""
    found = {name: table.scan().collect() for name, table in tables_of(lake).items()}
    return {name: sorted(rows.rows(), key=repr) for name, rows in found.items()}


def buckets_of(lake: Lake) -> set[int]:
    return {table.bucket_count() for table in tables_of(lake).values()}


def missing(lake: Lake) -> set[int]:
    """Of every sum that `status` shows, what is missing: {0} in a sound lake."""
    of_shop = {found.missing for found in shop_accounts(lake)}
    return {accounts.account(lake).missing, *of_shop, account(lake).get("missing", 0)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lakes of the same records in one bucket and in three."""
    made = tmp_path_factory.mktemp("rebucket")
    for buckets in (1, 3):
        bring_all(new_lake(made / f"in {buckets}"), made / "files", day=0, buckets=buckets)
    return made


@pytest.fixture
def copied(folder: Path, tmp_path: Path) -> Callable[[int], Lake]:
    """A lake of its own, in so many buckets."""

    def copy(buckets: int) -> Lake:
        copies = len(list(tmp_path.iterdir()))
        shutil.copytree(folder / f"in {buckets}", tmp_path / str(copies))
        return new_lake(tmp_path / str(copies))

    return copy


def test_there_and_back_every_row_is_where_a_landing_would_have_put_it(
    copied: Callable[[int], Lake], folder: Path
) -> None:
    lake, other = copied(1), copied(3)
    one, three = content(lake), content(other)
    assert one.keys() == three.keys()
    assert rebucket_lake(lake, 3) == {name: len(rows) for name, rows in one.items()}
    assert (content(lake), buckets_of(lake)) == (three, {3})
    assert rebucket_lake(lake, 3) == {}
    assert score_reviews(lake, LocalEngine()) == Scored()
    rebucket_lake(lake, 1)
    assert (content(lake), buckets_of(lake)) == (one, {1})
    rebucket_lake(lake, 3, only="films")
    assert buckets_of(lake) == {1, 3}
    rebucket_lake(lake, 3)
    for each in (lake, other):
        bring_all(each, folder / "files", day=1)
    assert content(lake) == content(other)
    assert missing(lake) == {0}


class Cut:
    """Ends the process at the so-manieth time that it is told how far it is, or is to note a table's count."""

    def __init__(self, at: int) -> None:
        self.left = iter(range(at))

    def __call__(self, *_: object, **__: object) -> None:
        if next(self.left, None) is None:
            raise KilledError


@pytest.mark.parametrize(("at", "is_between"), [(1, False), (0, True), (6, True), (11, False)])
def test_cut_anywhere_every_row_is_there_once_and_the_same_command_completes(
    copied: Callable[[int], Lake], monkeypatch: pytest.MonkeyPatch, at: int, is_between: bool
) -> None:
    lake, cut, note = copied(1), Cut(at), TableAlterer.set_table_properties
    before = without_buckets(lake)

    def cut_between(*given: Any, **more: Any) -> None:
        cut()  # a table's rows have moved, and its count has not changed
        note(*given, **more)

    with monkeypatch.context() as patched:
        if is_between:
            patched.setattr(TableAlterer, "set_table_properties", cut_between)
        with pytest.raises(KilledError):
            rebucket_lake(lake, 3, progress=(lambda done, total: None) if is_between else cut)
    assert without_buckets(lake) == before
    assert missing(lake) == {0}
    rebucket_lake(lake, 3)
    assert (content(lake), buckets_of(lake)) == (content(copied(3)), {3})


def test_a_lake_on_its_way_takes_what_lands_and_is_curated_when_it_has_arrived(
    copied: Callable[[int], Lake],
) -> None:
    lake, other = copied(1), copied(3)
    with pytest.raises(BusyError, match=r"Another process has written into raw\.tmdb_films meanwhile"):
        rebucket_lake(lake, 3, progress=lambda done, total: FilmTables.of(lake).raw.note({"somebody": done}))
    with pytest.raises(KilledError):
        rebucket_lake(lake, 3, progress=Cut(2))
    for each in (lake, other):
        land(each, [read(film(1, title="Newer"), 9)])
    # A key would be looked for in the wrong bucket.
    with pytest.raises(DataError, match="Complete that first: taquilla lake rebucket 3 --only films"):
        curate(lake)
    rebucket_lake(lake, 2, only="films")
    rebucket_lake(lake, 3)
    for each in (lake, other):
        curate(each)
    assert content(lake) == content(other)


def without_buckets(lake: Lake) -> dict[str, list[tuple[object, ...]]]:
    found = {name: table.scan().drop("bucket").collect() for name, table in tables_of(lake).items()}
    return {name: sorted(rows.rows(), key=repr) for name, rows in found.items()}


def test_the_command_waits_for_no_run_and_says_what_it_did(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path / "data/lake"))
    bring_films(lake, day=0)
    env = {**os.environ, "COLUMNS": "200"}
    with lake.lease("run"):
        assert "holds" in taquilla("lake", "rebucket", "2", folder=tmp_path, env=env).stderr
    consumer = StateFile(lake, "one", topic="films", group="g", run_id="r", is_following=True)
    consumer.write()
    assert "The consumer one lands into" in taquilla("lake", "rebucket", "2", folder=tmp_path, env=env).stderr
    consumer.state.has_ended = True
    consumer.write()
    assert "raw.tmdb_films" in taquilla("lake", "rebucket", "2", folder=tmp_path, env=env).stdout
    assert "Every table has 2 buckets" in taquilla("lake", "rebucket", "2", folder=tmp_path, env=env).stdout
    assert FilmTables.of(lake).raw.bucket_count() == 2
