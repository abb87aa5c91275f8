"""The generated reviews: files in three sites' shapes, the same on any machine, with the effects told."""

import gzip
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
import polars as pl
import pytest

from taquilla.demo.catalogue import FILMS_PARQUET, FIRST_FILM_ID
from taquilla.demo.town_reviews import TownReviews, review_lines
from taquilla.demo.town_reviews_files import Written, write_reviews
from taquilla.errors import SettingsError, UnavailableError
from taquilla.tables.review_layouts import recognise

Record = dict[str, Any]
KINDS = {
    "business.json": ("yelp", "venues", "business_id"),
    "review.json": ("yelp", "reviews", "review_id"),
    "user.json": ("yelp", "reviewers", "user_id"),
    "tip.json": ("yelp", "tips", ""),
    "checkin.json": ("yelp", "checkins", "business_id"),
    "google_places.json": ("google_maps", "venues", "gmap_id"),
    "google_reviews.json.gz": ("google_maps", "reviews", ""),
    "ratings.csv": ("movielens", "ratings", ""),
    "movies.csv": ("movielens", "rated_films", ""),
    "links.csv": ("movielens", "rated_film_ids", ""),
}


def content(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def records(path: Path) -> Iterator[Record]:
    """The lines that are JSON objects."""
    for line in content(path).decode().splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if isinstance(told, dict):
            yield told


def digest(folder: Path, **sizes: int) -> str:
    write_reviews(folder, TownReviews(**sizes))
    return hashlib.sha256(b"".join(content(path) for path in sorted(folder.iterdir()))).hexdigest()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Written]:
    folder = tmp_path_factory.mktemp("town") / "reviews"
    return folder, write_reviews(folder, TownReviews())


@pytest.fixture(scope="module")
def folder(written: tuple[Path, Written]) -> Path:
    return written[0]


@pytest.fixture(scope="module")
def reviews(folder: Path) -> list[Record]:
    """Yelp's that can be read, each once."""
    told = [one for one in records(folder / "review.json") if one["review_id"] and one["date"] > "1"]
    return list({one["review_id"]: one for one in told if one["stars"] not in ("4", 9)}.values())


@pytest.fixture(scope="module")
def googled(folder: Path) -> list[Record]:
    return list(records(folder / "google_reviews.json.gz"))


def test_the_same_numbers_give_the_same_files(tmp_path: Path) -> None:
    small = {"reviews": 1_500, "venues": 60, "ratings": 1_000}

    # The same with and without AVX: another figure on another machine would be another town.
    assert digest(tmp_path / "7", seed=7, **small) == DIGEST
    assert digest(tmp_path / "8", seed=8, **small) != DIGEST


DIGEST = "6a5bf7b37cd398d2fdb61b7ce42eb0398c6ee12ddd374a7a5c4ba6362860f633"


def test_every_line_is_counted_and_every_key_stands_once_but_for_those_repeated(written: tuple[Path, Written]) -> None:
    folder, counts = written

    assert set(counts) == set(KINDS)
    for name, (_, _, key) in KINDS.items():
        lines = content(folder / name).decode().splitlines()
        assert len(lines) - name.endswith(".csv") == counts[name].lines, name
        if key:
            keys = {told[key] for told in records(folder / name) if told[key]}
            assert len(keys) == counts[name].rows, name
    googled = [told for told in records(folder / "google_reviews.json.gz") if told["time"]]
    keys = {(told["gmap_id"], told["user_id"], told["time"]) for told in googled}
    assert len(keys) == counts["google_reviews.json.gz"].rows
    assert counts["review.json"].rows + counts["google_reviews.json.gz"].rows == 12_000
    assert counts["review.json"].broken > 3 < counts["review.json"].repeated


def test_each_file_has_the_layout_of_its_site(folder: Path) -> None:
    for name, (layout, kind, _) in KINDS.items():
        first = content(folder / name).decode().splitlines()[0]
        found = recognise(first.split(",") if name.endswith(".csv") else json.loads(first).keys())
        assert found is not None, name
        assert (found.name, found.kind) == (layout, kind)
        if not name.endswith(".csv"):
            assert found.new_fields(json.loads(first)) == (), name


def test_stars_sentiment_and_aspects_mostly_agree(reviews: list[Record]) -> None:
    praised = [told["stars"] for told in reviews if "friendly" in told["text"].lower().replace("unfriendly", "")]
    hated = [told["stars"] for told in reviews if "rude" in told["text"].lower()]
    shares = Counter(told["stars"] for told in reviews)

    assert mean(praised) - mean(hated) > 0.5
    assert any(stars >= 4 for stars in hated)
    assert min(shares[star] for star in (1.0, 2.0, 3.0, 4.0, 5.0)) > 200


def test_places_stand_in_the_towns_cities_and_some_reviews_are_orphans(folder: Path, reviews: list[Record]) -> None:
    places = {told["business_id"]: told for told in records(folder / "business.json")}
    orphans = [told for told in reviews if told["business_id"] not in places]

    assert len({told["city"] for told in places.values()}) > 40
    assert len({(told["latitude"], told["longitude"]) for told in places.values()}) == len(places)
    assert 30 < len(orphans) < 200
    assert {told["attributes"] is None for told in places.values()} == {True, False}


def test_people_come_back_reviews_grow_and_december_is_busy(reviews: list[Record]) -> None:
    days = defaultdict(set)
    for told in reviews:
        days[told["user_id"]].add(told["date"][:10])
    months = Counter(told["date"][:7] for told in reviews)
    years = Counter(month[:4] for month in months.elements())

    assert 0.35 < mean(len(of_one) > 1 for of_one in days.values()) < 0.7
    assert max(map(len, days.values())) > 20
    assert years["2012"] * 1.15 < years["2013"] < years["2014"] / 1.1
    assert months["2014-12"] == max(months.values())
    assert set(years) == {"2012", "2013", "2014"}


def test_two_places_have_a_burst_that_stands_out(reviews: list[Record]) -> None:
    of_day = Counter((told["business_id"], told["date"][:10]) for told in reviews)
    [(first, rows), (second, more)] = of_day.most_common(2)

    assert first[0] != second[0]
    assert min(rows, more) > of_day.most_common(3)[2][1] + 2
    assert {told["stars"] for told in reviews if (told["business_id"], told["date"][:10]) == first} & {1.0, 5.0}


def test_owners_answer_on_google_maps_and_some_reviewers_write_nothing(googled: list[Record]) -> None:
    answered = [told for told in googled if told["resp"] and told["time"]]

    assert 0.15 < len(answered) / len(googled) < 0.35
    assert all(told["resp"]["time"] > told["time"] for told in answered)
    assert 0.15 < mean(told["text"] is None for told in googled) < 0.35
    assert {bool(told["pics"]) for told in googled} == {True, False}


def test_there_is_spam_the_same_text_twice_and_two_languages(reviews: list[Record]) -> None:
    texts = [told["text"] for told in reviews]
    repeated = [text for text, times in Counter(texts).items() if times > 5]

    assert 5 < sum("example.com" in text or "example.net" in text for text in texts) < 200
    assert any(len(text) > 60 for text in repeated)
    assert sum("butaca" in text or " cine " in text for text in texts) > 300
    assert sum("seats" in text or "cinema" in text for text in texts) > 300


def test_check_ins_are_of_evenings_and_in_order(folder: Path) -> None:
    moments = [told["date"].split(", ") for told in records(folder / "checkin.json")]
    hours = Counter(int(moment[11:13]) for of_place in moments for moment in of_place)

    assert all(of_place == sorted(of_place) for of_place in moments)
    assert hours[20] > 2 * hours[13] > 4 * hours[5]


def test_the_films_that_are_rated_are_the_catalogues(folder: Path) -> None:
    links = pl.read_csv(folder / "links.csv", schema_overrides={"imdbId": pl.String})
    known = pl.read_parquet(FILMS_PARQUET, columns=["imdb_id", "title", "release_year"])
    films = pl.read_csv(folder / "movies.csv").join(links, on="movieId")
    linked = films.with_columns(imdb_id="tt" + pl.col("imdbId")).join(known, on="imdb_id", suffix="_known")
    titled = pl.col("title") == pl.col("title_known") + " (" + pl.col("release_year").cast(pl.String) + ")"

    assert linked.filter(titled).height == films.height == 1_500
    assert (
        linked.drop_nulls("tmdbId")
        .filter(pl.col("tmdbId") != FIRST_FILM_ID + pl.col("imdbId").cast(pl.Int64))
        .is_empty()
    )
    assert 0 < films["tmdbId"].null_count() < 20


def test_tastes_tell_more_of_the_next_film_than_popularity(folder: Path) -> None:
    """What somebody rated last, among the twenty films most like those before: against the twenty best known."""
    ratings = pl.read_csv(folder / "ratings.csv").drop_nulls().sort("userId", "timestamp")
    last = ratings.group_by("userId", maintain_order=True).last()
    before = ratings.join(last, on=["userId", "movieId"], how="anti")
    seen = np.zeros((1_213, 1_501))
    seen[before["userId"].to_numpy(), before["movieId"].to_numpy()] = 1
    norm = np.sqrt(seen.sum(0)) + 3
    alike = (seen.T @ seen) / norm[:, None] / norm
    np.fill_diagonal(alike, 0)

    def hits(scores: np.ndarray) -> float:
        best = np.argsort(-np.where(seen > 0, -np.inf, scores), axis=1)[:, :20]
        return float((best[last["userId"].to_numpy()] == last["movieId"].to_numpy()[:, None]).any(1).mean())

    assert ratings.select("userId", "movieId").is_unique().all()
    assert 35_000 < ratings.height < 42_000
    assert ratings["rating"].is_in([half / 2 for half in range(1, 11)]).all()
    assert hits(seen @ alike) > 1.4 * hits(np.broadcast_to(seen.sum(0), seen.shape))


def test_many_reviews_are_lines_of_yelps_length_and_differ() -> None:
    blocks = [bytes(block) for block in review_lines(25_000)]
    lines = b"".join(blocks).decode().splitlines()
    told = [json.loads(line) for line in lines[::50]]

    assert len(blocks) == 2
    assert len(lines) == 25_000
    assert 600 < len("".join(lines)) / len(lines) < 1_000
    assert len({one["review_id"] for one in told}) == len(told)


def test_without_damage_every_line_is_a_row_and_other_files_stay(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("stays")
    counts = write_reviews(tmp_path, TownReviews(reviews=300, venues=20, ratings=0, google_percent=0), is_damaged=False)

    assert "ratings.csv" not in counts
    assert "google_places.json" not in counts
    assert [told.rows for told in counts.values()] == [told.lines for told in counts.values()]
    assert (tmp_path / "mine.txt").read_text() == "stays"
    assert {path.name for path in tmp_path.iterdir()} == {*counts, "mine.txt"}


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(UnavailableError, match="free the disk"):
        write_reviews(tmp_path / "file" / "reviews", TownReviews(reviews=10, ratings=0))


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ({"reviews": -1}, "0 to 1,000,000,000 reviews"),
        ({"venues": 1}, "10 to 10,000,000 venues"),
        ({"sentences": 0}, "1 to 20 sentences"),
        ({"seed": -3}, "A seed is 0 or more"),
    ],
)
def test_a_size_that_cannot_be_is_told(size: dict[str, int], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        TownReviews(**size)
