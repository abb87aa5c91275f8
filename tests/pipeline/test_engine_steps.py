"""Landing, curation and scoring by the workers of an engine: the same tables, whatever happens to an attempt."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from command_line import taquilla
from pipeline import review_files
from pipeline.review_files import NAMES, lines, reviews, write
from pipeline.shop import rentals, text
from pipeline.test_reviews_landing import cut_after
from records import film
from taquilla.cli.app import build_context, engine_options_of
from taquilla.engines import Engine, EngineOptions
from taquilla.engines.local import LocalEngine
from taquilla.errors import UnavailableError
from taquilla.lake import Lake
from taquilla.pipeline.accounts import account
from taquilla.pipeline.curate import curate_films
from taquilla.pipeline.land_file import land_files
from taquilla.pipeline.rentals import land as rentals_land
from taquilla.pipeline.rentals.curate import curate_rentals
from taquilla.pipeline.rentals.land import land_rentals
from taquilla.pipeline.rentals.plan import plan as plan_shop
from taquilla.pipeline.reviews import landing
from taquilla.pipeline.reviews.accounts import review_accounts
from taquilla.pipeline.reviews.curate import curate_reviews
from taquilla.pipeline.reviews.land import Item, land_reviews
from taquilla.pipeline.reviews.plan import plan
from taquilla.pipeline.reviews.review_tables import ReviewTables
from taquilla.pipeline.reviews.score import score_reviews
from taquilla.settings import Settings, load_settings
from taquilla.sources.tabular import open_files

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
READ_AT = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two files of films, a shop's tables and three files of reviews and ratings; something is wrong in each."""
    made = tmp_path_factory.mktemp("engine steps")
    for number in (0, 1):
        films = [film(n, title=f"Film {n}") for n in range(number * 20, number * 20 + 22)]
        write(made / f"films {number}.ndjson", b"\n".join([*films, b"no JSON"]))
    (made / "shop").mkdir()
    text(rentals(40)).write_csv(made / "shop/rental.csv")
    rentals(30).rename({"rental_id": "payment_id", "rental_date": "payment_date"}).with_columns(
        amount=pl.lit("2.99")
    ).write_parquet(made / "shop/payment.parquet")
    write(made / "reviews/one/review.json", reviews(*range(30)) + reviews(7)[:-20])
    write(made / "reviews/two/review.json", reviews(*range(20, 50), stars=2))
    write(made / "reviews/ratings.csv", "userId,movieId,rating,timestamp\n1,1,4.0,964982703\n1,2,99,964982703\n")
    return made


@pytest.fixture(scope="module")
def spread() -> Iterator[Engine]:
    """Two processes."""
    engine = LocalEngine(EngineOptions(workers=2))
    yield engine
    engine.close()


class Bar:
    """What a step told of how far it was."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int]] = []

    def __call__(self, done: int, total: int) -> None:
        self.told.append((done, total))

    def total(self) -> int:
        """Of the items, after a look at how they were counted."""
        assert self.told == [(n + 1, len(self.told)) for n in range(len(self.told))]
        return len(self.told)


def bring(lake: Lake, folder: Path, engine: Engine) -> dict[str, int]:
    """All of it, in two buckets; how many items each step had."""
    files = sorted(folder.glob("films*"))
    films = land_files(lake, engine, files, run_id="test", buckets=2, fetched_at=READ_AT)
    assert sorted((path.name, done.rows) for path, done in films) == [("films 0.ndjson", 23), ("films 1.ndjson", 23)]
    bars = {name: Bar() for name in ("films", "land shop", "shop", "land reviews", "reviews", "score")}
    how: dict[str, Any] = {"run_id": "test", "now": NOW, "engine": engine, "buckets": 2}
    shop = land_rentals(lake, open_files(str(folder / "shop")), **how, progress=bars["land shop"])
    told = land_reviews(lake, [str(folder / "reviews")], **how, pseudonyms=NAMES, progress=bars["land reviews"])
    assert shop.rows == {"rental": 40, "payment": 30}
    assert (told.rows, told.dead) == ({"reviews": 61, "ratings": 2}, 1)
    curate_films(lake, engine, progress=bars["films"])
    curate_rentals(lake, engine, progress=bars["shop"])
    curate_reviews(lake, engine, progress=bars["reviews"])
    score_reviews(lake, engine, progress=bars["score"])
    # Where the work is done here, a landing tells records.
    return {name: bar.total() for name, bar in bars.items() if not (engine.is_here and name.startswith("land"))}


# Files of films land in any order, and files of reviews are done in any order.
ARRIVAL = {"film": ("raw_seq", "origin_seq"), "review_files": ("file_seq",)}


def content(lake: Lake) -> dict[str, list[str]]:
    """What each table says, whatever the order."""
    found = {name: pl.read_delta(lake.uri(name)) for name in lake.names()}
    for part, columns in ARRIVAL.items():
        found |= {name: rows.drop(columns, strict=False) for name, rows in found.items() if part in name}
    return {name: sorted(map(repr, rows.iter_rows())) for name, rows in found.items()}


def test_two_processes_make_the_tables_that_one_makes(tmp_path: Path, folder: Path, spread: Engine) -> None:
    here, away = Lake(str(tmp_path / "here")), Lake(str(tmp_path / "away"))
    assert bring(here, folder, LocalEngine()) == {"films": 2, "shop": 4, "reviews": 3, "score": 2}
    landed = {"land shop": 2, "land reviews": 3}
    assert bring(away, folder, spread) == {"films": 2, "shop": 4, "reviews": 3, "score": 2, **landed}
    assert content(away) == content(here)
    assert account(away).missing == 0
    assert {found.missing for found in review_accounts(away)} == {0}
    reviews_of = ReviewTables.of(away, "reviews").raw.scan().select("raw_seq", "reading").collect()
    assert sorted(reviews_of["raw_seq"]) == [*range(2**32, 2**32 + 31), *range(2 * 2**32, 2 * 2**32 + 30)]
    assert (reviews_of["raw_seq"] // 2**32).equals(reviews_of["reading"], check_names=False)


def test_a_reading_that_was_cut_off_here_is_taken_up_by_a_worker(
    tmp_path: Path, spread: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(str(tmp_path / "lake"))
    files = [write(tmp_path / f"in/{n}/review.json", reviews(*range(n * 10, n * 10 + 10))) for n in (0, 1)]
    with monkeypatch.context() as patched:
        cut_after(patched, 3)
        with pytest.raises(UnavailableError):
            review_files.land(lake, tmp_path / "in", batch_rows=4)
    review_files.curate(lake)
    assert review_files.account(lake) == {"landed": 10, "current": 10}
    done = review_files.land(lake, tmp_path / "in", batch_rows=4, engine=spread)
    assert (done.rows, done.unchanged) == ({"reviews": 10}, ("0/review.json",))
    review_files.curate(lake)
    assert review_files.account(lake) == {"landed": 20, "current": 20}
    assert len(files) == 2


def test_an_attempt_that_is_made_again_lands_nothing_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(str(tmp_path / "lake"))
    file = write(tmp_path / "review.json", reviews(*range(10)) + reviews(7)[:-20])
    with monkeypatch.context() as patched:
        cut_once(patched)
        done = review_files.land(lake, file, batch_rows=3, engine=LocalEngine(EngineOptions(retries=1)))
    assert (done.rows, done.dead) == ({"reviews": 11}, 1)
    review_files.curate(lake)
    assert review_files.account(lake) == {"landed": 11, "current": 10, "dead": 1}


def cut_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection is gone at the third batch, and there again."""
    publish = landing.Landing._publish
    calls = iter(range(100))

    def cut(self: landing.Landing, *how: Any) -> None:
        if next(calls) == 2:
            raise UnavailableError("The connection is gone. Run the same command again.")
        publish(self, *how)

    monkeypatch.setattr(landing.Landing, "_publish", cut)


def test_a_table_of_a_shop_lands_once_however_often_and_not_when_its_file_has_changed(tmp_path: Path) -> None:
    lake, shop = Lake(str(tmp_path / "lake")), tmp_path / "shop"
    shop.mkdir()
    text(rentals(25)).write_csv(shop / "rental.csv")
    items = list(planned(lake, shop))
    assert [rentals_land.land_table(item).rows for item in items * 2] == [25, 25]
    assert curate_rentals(lake, LocalEngine()).raw_rows == 25
    text(rentals(26)).write_csv(shop / "rental.csv")
    with pytest.raises(UnavailableError, match="was changed while it was read"):
        rentals_land.land_table(items[0])


def test_a_folder_by_a_shorter_name_is_the_same_shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(str(tmp_path / "lake"))
    (tmp_path / "shop").mkdir()
    text(rentals(25)).write_csv(tmp_path / "shop" / "rental.csv")
    monkeypatch.chdir(tmp_path)
    assert land_rentals(lake, open_files(str(tmp_path / "shop")), run_id="whole", now=NOW).rows == {"rental": 25}
    assert land_rentals(lake, open_files("shop"), run_id="short", now=NOW).unchanged == ("rental",)


def planned(lake: Lake, shop: Path) -> Iterator[rentals_land.Item]:
    for reading in plan_shop(lake, open_files(str(shop))).readings:
        yield rentals_land.Item(str(shop), reading, "test", NOW, 10)


def test_the_key_of_the_names_shows_nowhere(tmp_path: Path) -> None:
    file = write(tmp_path / "review.json", lines([review_files.review(1)]))
    [found] = plan([str(file)], NAMES).files
    item = Item(Lake(str(tmp_path)), found, 1, "test", NOW, 10, NAMES)
    assert NAMES.key.decode() not in repr(item)
    assert replace(item, number=2).pseudonyms == NAMES


def test_flags_say_where_the_work_runs_and_the_lake_is_the_same_from_everywhere(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.cpu_count", lambda: 7)
    assert [told(name="dask").workers, told(name="spark", workers=3).workers, told().workers] == [7, 3, 1]
    assert Path(build_context(load_settings()).lake.raw_root) == tmp_path / "data/lake"
    files = [str(file) for file in sorted(folder.glob("films*"))]
    done = taquilla("land", "--engine", "local", "--workers", "1", *files, folder=tmp_path, env={"HOME": str(tmp_path)})
    assert (done.returncode, done.stdout.count("23 rows landed")) == (0, 2), done.stderr
    assert taquilla("curate", "--engine", "flink", folder=tmp_path, env={"HOME": str(tmp_path)}).returncode == 2


def told(**engine: Any) -> EngineOptions:
    settings: Settings = load_settings(engine=engine) if engine else load_settings()
    return engine_options_of(settings)
