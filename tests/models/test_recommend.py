"""A recommender from its training to its answers: who gets what and why, and what is refused."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest

from models import recommend_world as made
from models.recommend_world import likes_world, whole_world
from taquilla.errors import DataError, UnavailableError
from taquilla.models.recommend.answers import Answer, Recommender
from taquilla.models.recommend.catalogue import Likes
from taquilla.models.recommend.finding import AmbiguousError, UnknownItemError, UnknownUserError
from taquilla.models.recommend.rankers import als
from taquilla.models.recommend.reasons import CODES, Reason
from taquilla.models.recommend.registry import load_recommender, newest_recommender
from taquilla.models.recommend.training import TooFewLikesError, Trained, train_recommenders
from taquilla.warehouse.asking import Ask, asking

NOW = datetime(2026, 11, 21, 13, 5, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    connection = whole_world()
    yield asking(connection)
    connection.close()


@pytest.fixture(scope="module")
def trained(ask: Ask, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return train_recommenders(ask, tmp_path_factory.mktemp("movie_analytics"), now=NOW)


@pytest.fixture(scope="module")
def recommender(trained: Trained) -> Recommender:
    return load_recommender(trained.folder)


def numbers(answer: Answer) -> list[int]:
    """The films by their own number, 0 to 23; the shop's own film is left out."""
    return [int(item.id.removeprefix("rated-10")) for item in answer.items if item.id != "shop-8"]


def test_the_table_names_each_protocol_and_each_ranker(trained: Trained) -> None:
    films, venues = trained.metrics["kinds"]["films"], trained.metrics["kinds"]["venues"]
    models = {"popularity", "popularity_in_groups", "ease", "als"}
    for facts in (films, venues):
        assert facts["answering"] in models - {"popularity"}  # two tastes are told apart
        assert {row["protocol"] for row in facts["table"]} == {"time", "leave_last_out", "random_80_20"}
        assert {row["model"] for row in facts["table"] if row["users"] == "known"} == models
        assert all(0 <= row[name] <= 1 for row in facts["table"] for name in ("recall_at_20", "ndcg_at_20", "coverage"))
    assert {row["users"] for row in films["table"]} >= {"known raters", "known customers"}
    assert (films["data"]["raters"], films["data"]["customers"], venues["data"]["reviewers"]) == (60, 12, 40)
    split = films["splits"]["time"]
    assert split["cold_share"] == round(split["cold_users"] / (split["cold_users"] + split["warm_users"]), 4)
    written = (trained.folder / "recommender_metrics.csv").read_text("utf-8").splitlines()
    assert len(written) == 1 + len(films["table"]) + len(venues["table"])
    card = (trained.folder / "model_card.md").read_text("utf-8")
    assert f"Answering: `{films['answering']}`" in card
    assert trained.told().startswith("films: ")


def test_the_same_rows_and_seed_give_the_same_figures_and_answers(
    ask: Ask, trained: Trained, recommender: Recommender, tmp_path: Path
) -> None:
    again = train_recommenders(ask, tmp_path, now=NOW)
    assert again.metrics["kinds"] == trained.metrics["kinds"]
    other = load_recommender(again.folder)
    for user, kind in (("rater-3", "films"), ("customer-2", "films"), ("reviewer-r4", "venues")):
        assert other.recommend(user, kind) == recommender.recommend(user, kind)
    assert newest_recommender(tmp_path) == again.folder


def test_everybody_gets_first_what_goes_with_their_taste_and_nothing_they_have_met(
    recommender: Recommender, ask: Ask
) -> None:
    met = ask("select user_id, rated_film_id - 1000 as film from reviews.fact_rating")
    for rater in (3, 8, 21, 40):
        answer = recommender.recommend(f"rater-{rater}", limit=2)
        assert [number % 2 for number in numbers(answer)] == [rater % 2] * 2
        every = numbers(recommender.recommend(f"rater-{rater}", limit=100))
        assert not {row["film"] for row in met if row["user_id"] == str(rater)} & set(every)
        assert len(set(every)) == len(every)
    first = recommender.recommend("reviewer-r2", "venues").items[0]
    assert (first.place, first.year) == ("Tampa, FL", None)


@pytest.mark.parametrize(
    ("answering", "codes"),
    [
        ("ease", {"because_you_liked"}),
        ("als", {"because_you_liked"}),
        ("popularity_in_groups", {"popular_in"}),
        ("popularity", {"popular"}),
    ],
)
def test_whichever_ranker_won_answers_first_and_the_others_fill_up(
    recommender: Recommender, answering: str, codes: set[str]
) -> None:
    shelf = recommender.shelves["films"]
    met = shelf.met.tocoo()
    likes = Likes(tuple(shelf.users["id"]), met.shape[1], met.row, met.col, met.data > 0, np.zeros(met.nnz, np.int64))
    learnt = als(likes, (4, 0.1, 5.0), 42)
    won = replace(shelf, answering=answering, user_factors=learnt.user_factors, item_factors=learnt.item_factors)
    other = Recommender(recommender.folder, {"films": won}, recommender.metrics)
    answer = other.recommend("rater-3", limit=100)
    assert ({answer.items[0].by}, {answer.items[0].reason.code}) == ({answering}, codes)
    assert {item.reason.code for item in answer.items} <= set(CODES)
    # All that somebody likes and they have not met, and what is like their likes.
    assert len(answer.items) >= np.count_nonzero(shelf.counts) - shelf.met[shelf.users["id"].index_of("rater-3")].nnz


def test_a_reason_is_told_in_both_languages(recommender: Recommender) -> None:
    rented = recommender.recommend("customer-3", likes=["Film 4"], limit=100).items
    assert {item.reason.code for item in rented} >= {"because_you_rented", "like_what_you_told"}
    liked = recommender.recommend("reviewer-r4", "venues").items[0]
    assert liked.reason.code == "because_you_liked"
    assert liked.reason.text("es") == f"porque te gustó {liked.reason.names[0]}"
    assert Reason("popular", count=1_234).text("en") == "1,234 people like it"
    assert Reason("same_cast", ("A", "B", "C", "D")).text("en") == "same cast: A, B, C"


def test_somebody_unknown_tells_what_they_like(recommender: Recommender) -> None:
    told = recommender.recommend("nobody", likes=["Film 4 (2004)", "6"], limit=3)
    assert told.user is None
    assert all(number % 2 == 0 and number not in (4, 6) for number in numbers(told))
    assert told.items[0].reason.code == "like_what_you_told"
    drama = recommender.recommend(None, groups=["drama"], limit=100)
    assert {number % 2 for number in numbers(drama)} == {0}
    assert drama.items[0].reason == Reason("popular_in", ("Drama",))
    assert {item.place for item in recommender.recommend(None, "venues", groups=["Reno"]).items} == {"Reno, NV"}


def test_films_like_a_film_have_its_people_or_its_audience(recommender: Recommender) -> None:
    alike = recommender.similar("Film 3", limit=4).items
    assert {item.by for item in alike} == {"content"}
    assert {item.reason.text("en") for item in alike} <= {"same director: Odo Odd", "shared genres: Comedy"}
    # The catalogue does not have it: its words are not known, its audience is.
    own = recommender.similar("rated-1021", limit=3).items
    assert own
    assert {(item.by, item.reason.code) for item in own} == {("ease", "liked_together")}
    assert recommender.item("film 21") == ("rated-1021", "Film 21")


def test_ratings_alone_know_genres(tmp_path: Path) -> None:
    films = [film | {"film_id": None} for film in made.rated_films()]
    unrated = {"rated_film_id": 1_025, "title": "Film 25", "release_year": 2025, "film_id": None}
    genres = [*made.rated_film_genres(), {"rated_film_id": 1_025, "genre": "Comedy"}]
    world = likes_world(fact_rating=made.ratings(), dim_rated_film=[*films, unrated], rated_film_genres=genres)
    world.execute("delete from movies")
    found = load_recommender(train_recommenders(asking(world), tmp_path, now=NOW).folder)
    drama = found.recommend(None, groups=["Drama"], limit=3)
    assert [number % 2 for number in numbers(drama)] == [0, 0, 0]
    assert {(item.by, item.reason.names) for item in drama.items} == {("popularity_in_groups", ("Drama",))}
    assert "popularity_in_groups" in {row["model"] for row in found.metrics["kinds"]["films"]["table"]}
    # What the same people like comes first; genres fill up, the most liked film first.
    ways = [item.by for item in found.similar("rated-1021").items]
    assert (ways[0], ways[-1]) == ("ease", "content")
    alike = found.similar("rated-1025")
    counts = found.shelves["films"].counts
    liked = [int(counts[number]) for number in numbers(alike)]
    assert liked == sorted(liked, reverse=True)
    assert {item.reason for item in alike.items} == {Reason("shared_genres", ("Comedy",))}


def test_who_and_what_is_meant_is_found_or_asked_back(recommender: Recommender) -> None:
    assert recommender.recommend("40").user == "rater-40"
    with pytest.raises(AmbiguousError, match="Several users have the id 7: rater-7, customer-7"):
        recommender.recommend("7")
    with pytest.raises(UnknownUserError, match="Nobody whose likes are known has the id 999"):
        recommender.recommend("999")
    with pytest.raises(UnknownUserError, match="r2 is known for venues, not for films"):
        recommender.recommend("r2")
    with pytest.raises(UnknownItemError, match="called 'Nothing'"):
        recommender.similar("Nothing")
    with pytest.raises(UnknownItemError, match="No genre, category or city is called 'Opera'"):
        recommender.recommend(None, groups=["Opera"])


def test_what_is_not_loaded_is_left_out_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As where the library is not installed.
    monkeypatch.setitem(__import__("sys").modules, "implicit", None)
    found = train_recommenders(
        asking(likes_world(fact_rating=made.ratings(), dim_rated_film=made.rated_films())), tmp_path, now=NOW
    )
    assert "nobody stands in reviews.fact_review" in found.metrics["left_out"]["venues"]
    assert found.metrics["kinds"]["films"]["without_als"] == "the library implicit is not installed"
    assert "als" not in {row["model"] for row in found.metrics["kinds"]["films"]["table"]}
    with pytest.raises(UnavailableError, match="nobody stands in"):
        load_recommender(found.folder).recommend("r1", "venues")
    few = asking(likes_world(fact_rating=made.ratings(range(1, 3)), dim_rated_film=made.rated_films()))
    with pytest.raises(TooFewLikesError, match="12 likes are known, and it takes 50"):
        train_recommenders(few, tmp_path, now=NOW)


def arrays(folder: Path) -> dict[str, Any]:
    with np.load(folder / "films.npz") as packed:
        return dict(packed.items())


def resaved(folder: Path, name: str, whole: bytes) -> None:
    """Put another file in the place of one, with the sha256 that it then has."""
    (folder / name).write_bytes(whole)
    metrics = json.loads((folder / "metrics.json").read_text("utf-8"))
    metrics["files"][name] = sha256(whole).hexdigest()
    (folder / "metrics.json").write_text(json.dumps(metrics), "utf-8")


def crafted(folder: Path, **changed: Any) -> None:
    packed = io.BytesIO()
    np.savez(packed, **(arrays(folder) | {name.replace("__", "."): value for name, value in changed.items()}))
    resaved(folder, "films.npz", packed.getvalue())


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a byte": (lambda at: (at / "films.npz").write_bytes((at / "films.npz").read_bytes()[:-1]), "sha256 is another"),
    "a file": (lambda at: (at / "films_items.parquet").unlink(), "Cannot read"),
    "no JSON": (lambda at: (at / "metrics.json").write_text("{"), "does not tell of a recommender"),
    "a list": (lambda at: (at / "metrics.json").write_text("[]"), "of this version"),
    "no archive": (lambda at: resaved(at, "films.npz", b"PK"), "is damaged"),
    "no table": (lambda at: resaved(at, "films_users.parquet", b"PAR1"), "is damaged"),
    "a pickle": (lambda at: crafted(at, counts=np.array([{}], dtype=object)), "is damaged"),
    "outside": (lambda at: crafted(at, met__indices=arrays(at)["met.indices"] + 10_000), "something else"),
    "no number": (lambda at: crafted(at, weights__data=arrays(at)["weights.data"] * np.nan), "something else"),
    "too short": (lambda at: crafted(at, counts=np.zeros(3, np.int64)), "something else"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_damaged_or_crafted_is_refused(trained: Trained, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / trained.folder.name
    copytree(trained.folder, folder)
    spoil, said = DAMAGES[damage]
    spoil(folder)
    with pytest.raises(DataError, match=said) as refused:
        load_recommender(folder)
    assert str(refused.value).endswith("Train again: taquilla step train_recommenders")
