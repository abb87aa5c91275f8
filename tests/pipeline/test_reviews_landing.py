"""Files of reviews into raw and curated: each record once, a changed file in the place of its earlier reading."""

import json
from pathlib import Path

import polars as pl
import pytest

from pipeline.review_files import account, bring, curate, curated, ids, land, lines, review, reviews, write
from taquilla.engines.local import LocalEngine
from taquilla.errors import BusyError, DataError, UnavailableError
from taquilla.lake import Lake
from taquilla.lake.upkeep import tidy
from taquilla.pipeline.quarantine import listed, record, replay
from taquilla.pipeline.reviews import batches, cleaning_chunks, landing
from taquilla.pipeline.reviews.readings import position_of
from taquilla.pipeline.reviews.review_tables import ReviewTables, all_tables, ledger_of


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path / "lake"))


def test_a_file_is_landed_once_and_read_again_only_when_it_changed(lake: Lake, tmp_path: Path) -> None:
    file = write(tmp_path / "in/review.json", reviews(1, 2, 3))
    assert bring(lake, tmp_path / "in").rows == {"reviews": 3}
    again = bring(lake, file)
    assert (again.rows, again.unchanged) == ({}, ("review.json",))
    write(file, reviews(2, 3, stars=1) + reviews(4))
    changed = bring(lake, file)
    assert changed.rows == {"reviews": 3}
    assert "review.json: changed, so that it takes the place of what was read of it before" in changed.notes
    assert ids(lake) == ["r2", "r3", "r4"]
    assert account(lake) == {"landed": 6, "current": 3, "superseded": 3}


def test_what_a_changed_file_no_longer_tells_another_files_older_record_tells_again(lake: Lake, tmp_path: Path) -> None:
    write(tmp_path / "a.json", reviews(1, stars=1))
    file = write(tmp_path / "b.json", reviews(1, 2, stars=5))
    bring(lake, tmp_path / "a.json", file)
    assert curated(lake)["stars"].to_list() == [5.0, 5.0]
    write(file, reviews(2, stars=4))
    bring(lake, file)
    assert curated(lake)["stars"].to_list() == [1.0, 4.0]
    assert account(lake) == {"landed": 4, "current": 2, "superseded": 2}


def cut_after(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """The connection is gone when so many batches have been committed."""
    publish = landing.Landing._publish
    done: list[None] = []

    def cut(self: landing.Landing, *how: object) -> None:
        if len(done) == count:
            raise UnavailableError("The connection is gone. Run the same command again.")
        publish(self, *how)  # type: ignore[arg-type]
        done.append(None)

    monkeypatch.setattr(landing.Landing, "_publish", cut)


@pytest.mark.parametrize("is_changed", [False, True])
def test_a_reading_that_was_cut_off_counts_for_nothing_and_goes_on(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_changed: bool
) -> None:
    file = write(tmp_path / "review.json", reviews(*range(10)))
    with monkeypatch.context() as patched:
        cut_after(patched, 2)
        with pytest.raises(UnavailableError):
            land(lake, file, batch_rows=3)
    curate(lake)
    assert account(lake) == {"landed": 6, "pending": 6}
    if is_changed:
        write(file, reviews(*range(10), stars=2))
    assert bring(lake, file, batch_rows=3).rows == {"reviews": 10 if is_changed else 4}
    assert curated(lake)["stars"].to_list() == [2.0 if is_changed else 4.0] * 10
    assert (
        account(lake) == {"landed": 16, "current": 10, "superseded": 6}
        if is_changed
        else {
            "landed": 10,
            "current": 10,
        }
    )
    assert bring(lake, file).unchanged == ("review.json",)


def test_another_who_lands_at_the_same_time_is_noticed(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_parts = landing._write

    def slowly(raw: object, batch: pl.DataFrame) -> object:
        raw.note({position_of(1): 7})  # type: ignore[attr-defined]
        return write_parts(raw, batch)  # type: ignore[arg-type]

    monkeypatch.setattr(landing, "_write", slowly)
    with pytest.raises(BusyError, match=r"Another process lands review\.json into raw\.reviews"):
        land(lake, write(tmp_path / "review.json", reviews(1)))


HOSTILE = {
    "yelp/review.json": reviews(1, 2) + "{broken\n" + reviews(3, mood="glad") + lines([review(4, date="never")]),
    "yelp/cut_review.json": reviews(5, 6)[:-20],
    "yelp/business.json": lines([{"business_id": "b1", "name": "Ópera", "stars": 4.5, "categories": None}]),
    "yelp/tip.json": lines([{"business_id": "b1", "user_id": "u1", "text": "Go", "date": "2013-01-01 10:00:00"}] * 2),
    "google/reviews.json": lines(
        [{"gmap_id": "g1", "user_id": "u9", "rating": 5, "time": 1546300800000, "text": "ok"}]
    ),
    "ratings.csv": "userId,movieId,rating,timestamp\n1,1,4.0,964982703\n1,2,99,964982703\n1,3\n",
    "tags.csv": "userId,movieId,tag,timestamp\n2,60756,funny,1445714994\n",
    "notes.json": "nothing of this is JSON\n",
}


def test_a_hostile_folder_is_landed_and_every_record_is_accounted_for(lake: Lake, tmp_path: Path) -> None:
    for name, content in HOSTILE.items():
        write(tmp_path / "in" / name, content)
    done = bring(lake, tmp_path / "in")
    assert done.rows == {"venues": 1, "reviews": 8, "tips": 2, "ratings": 3}
    assert done.dead == 2
    told = done.told()
    assert told.startswith(
        "1 venues, 8 reviews, 2 tips, 3 ratings; new fields, kept as they are: mood (yelp/review.json);"
    )
    assert "2 lines are no records (2 files)" in told
    assert "tags.csv (no known layout: userId, movieId, tag, timestamp)" in told
    assert account(lake) == {"landed": 8, "current": 5, "quarantined": 2, "dead": 1, "repaired": 1}
    assert account(lake, "tips") == {"landed": 2, "current": 1, "superseded": 1}
    assert account(lake, "ratings") == {"landed": 3, "current": 1, "quarantined": 1, "dead": 1, "repaired": 1}
    ledger = ledger_of(lake).scan().filter(pl.col("file") == "yelp/review.json").collect().to_dicts()[0]
    assert (ledger["lines"], ledger["dead"], json.loads(ledger["new_fields"])) == (5, 0, ["mood"])


def test_what_was_refused_is_listed_with_its_place_shown_and_tried_again(lake: Lake, tmp_path: Path) -> None:
    bring(lake, write(tmp_path / "review.json", reviews(1) + "{broken\n" + reviews(2)[:-20]))
    found = listed(lake).select("table", "kind", "file", "line", "raw_seq").sort("raw_seq").rows()
    assert found == [
        ("reviews", "quarantined", "review.json", 2, 2**32 + 1),  # the second record of the first reading
        ("reviews", "dead letter", "review.json", 3, 2**32 + 2),
    ]
    assert record(lake, "reviews", 2**32 + 1) == b"{broken"
    assert replay(lake, LocalEngine(), run_id="again") == (1, 0)
    with pytest.raises(DataError, match="no raw row 9 of reviews"):
        record(lake, "reviews", 9)


def test_a_changed_type_follows_the_policy_that_the_landing_was_told(lake: Lake, tmp_path: Path) -> None:
    file = write(tmp_path / "review.json", reviews(1) + reviews(2, stars="5"))
    land(lake, file, on_type_change="stop")
    with pytest.raises(DataError, match=r"Field 'stars' of review\.json, record 2"):
        curate(lake)
    assert account(lake) == {"landed": 2, "pending": 2}
    bring(lake, file, on_type_change="quarantine")
    assert account(lake).items() >= {"landed": 2, "current": 1, "quarantined": 1}.items()
    assert bring(lake, file, on_type_change="evolve").notes == (
        "1 quarantined by type may be read now: taquilla quarantine replay",
    )
    assert bring(lake, file, on_type_change="evolve").notes == ()
    assert replay(lake, LocalEngine(), run_id="again") == (1, 1)
    assert curated(lake)["stars"].to_list() == [4.0, 5.0]


def test_files_that_name_their_place_are_kept_apart_by_their_folders(lake: Lake, tmp_path: Path) -> None:
    flat = "review,stars,date\nGood,5,2023/01\n"
    sydney, perth = (write(tmp_path / f"in/{city}/reviews.csv", flat) for city in ("sydney", "perth"))
    bring(lake, tmp_path / "in")
    assert ids(lake) == ["perth/reviews#1", "sydney/reviews#1"]
    with pytest.raises(DataError, match=r"reviews\.csv and reviews\.csv would both be the reviews of 'reviews'"):
        land(lake, sydney, perth)
    hobart, darwin = (write(tmp_path / f"{city}/reviews.csv", flat) for city in ("hobart", "darwin"))
    assert bring(lake, hobart).notes == ()
    assert "reviews.csv: of the same place as a file at another address" in bring(lake, darwin).told()


def test_an_address_without_reviews_says_what_is_there(lake: Lake, tmp_path: Path) -> None:
    write(tmp_path / "in/tags.csv", HOSTILE["tags.csv"])
    with pytest.raises(
        DataError, match=r"No file of reviews at .* yelp reviews, .* There: tags\.csv \(no known layout"
    ):
        land(lake, tmp_path / "in")
    assert not lake.names()


@pytest.mark.parametrize("buckets", [1, 3])
def test_buckets_batches_and_chunks_change_nothing(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, buckets: int
) -> None:
    monkeypatch.setattr(cleaning_chunks, "CHUNK_BYTES", 1)
    monkeypatch.setattr(batches, "BATCH_BYTES", 1_000)
    first = write(tmp_path / "one/review.json", reviews(*range(40)) + reviews(7, 8, stars=1))
    second = write(tmp_path / "two/review.json", reviews(8, 39, 40, stars=2))
    bring(lake, first, batch_rows=4, buckets=buckets)
    bring(lake, second, batch_rows=4, buckets=7)  # it was made with as many as it was made with
    found = dict(curated(lake).select("review_id", "stars").iter_rows())
    assert found == {f"r{n}": {7: 1.0, 8: 2.0, 39: 2.0, 40: 2.0}.get(n, 4.0) for n in range(41)}
    assert account(lake) == {"landed": 45, "current": 41, "superseded": 4}
    tables = ReviewTables.of(lake, "reviews")
    assert tables.raw.mark(position_of(1)) == 42
    assert sum(tidy(table).compacted for table in all_tables(lake)) > 0
    curate(lake, rebuild=True)
    assert dict(curated(lake).select("review_id", "stars").iter_rows()) == found
    assert account(lake) == {"landed": 45, "current": 41, "superseded": 4}
    assert curated(lake)["bucket"].max() == (0 if buckets == 1 else 2)


def test_a_curation_that_was_cut_off_is_done_again(lake: Lake, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(folder / "review.json", reviews(1, 2, stars="4"))
    write(folder / "ratings.csv", HOSTILE["ratings.csv"])
    bring(lake, folder)
    before = {kind: curated(lake, kind) for kind in ("reviews", "ratings")}
    repairs = ReviewTables.of(lake, "reviews").repairs
    told = repairs.scan().sort("table", "raw_seq").collect()
    # As a kill between the first commit and the second leaves it.
    repairs.note({"reviews readings": 99})
    curate(lake)
    assert all(curated(lake, kind).equals(rows) for kind, rows in before.items())
    assert repairs.scan().sort("table", "raw_seq").collect().equals(told)
    assert curate(lake).raw_rows == 0
