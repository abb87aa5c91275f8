"""What is read of likes, how it is split, and how lists are scored: literal rows in, literal figures out."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse  # type: ignore[import-untyped]

from models import recommend_world as made
from models.recommend_world import day, likes_world
from services.postgres import PostgresServer
from taquilla.models.recommend.catalogue import Likes, film_catalogue, likes_of, venue_catalogue
from taquilla.models.recommend.content import nearest, read_content, shared_words
from taquilla.models.recommend.facts import (
    NO_MOMENT,
    RATINGS,
    RENTALS,
    REVIEWS,
    Events,
    has_table,
    rated_film_genres,
    rated_films,
    read_events,
    shop_films,
    venue_categories,
    venues,
)
from taquilla.models.recommend.measuring import measure, warm_and_cold
from taquilla.models.recommend.protocols import first_told
from taquilla.models.recommend.rankers import Popularity, best, ease_weights
from taquilla.models.recommend.splits import Split, at_random, by_time, last_out
from taquilla.warehouse.asking import Ask, asking
from taquilla.warehouse.postgres import asking as asking_postgres
from taquilla.warehouse.postgres import connect
from warehouse.databases import Databases, connected


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def pairs(events: Events | None) -> list[tuple[Any, ...]]:
    assert events is not None
    columns = events.user.tolist(), events.item.tolist(), events.is_liked.tolist(), events.at_s.tolist()
    return [(events.users[u], events.items[i], liked, at) for u, i, liked, at in zip(*columns, strict=True)]


def likes(*rows: tuple[str, int, bool, int | None]) -> Likes:
    """User, item, whether it is a like, and the second."""
    users = tuple(dict.fromkeys(row[0] for row in rows))
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    at = np.array([NO_MOMENT if row[3] is None else row[3] for row in rows], dtype=np.int64)
    user = np.array([users.index(row[0]) for row in rows], dtype=np.int64)
    return Likes(users, int(columns[1].max()) + 1, user, columns[1].astype(np.int64), columns[2].astype(bool), at)


def told(found: Likes) -> list[tuple[str, int]]:
    return [(found.users[user], int(item)) for user, item in zip(found.user, found.item, strict=True)]


@pytest.fixture(scope="module")
def small() -> Iterator[Ask]:
    connection = likes_world(
        fact_rating=[
            {"user_id": "1", "rated_film_id": 1_002, "rating": 4.0, "rated_at": day(1)},
            {"user_id": "1", "rated_film_id": 1_003, "rating": 3.5, "rated_at": None},
            {"user_id": "2", "rated_film_id": 1_002, "rating": 5.0, "rated_at": day(2)},
            {"user_id": "2", "rated_film_id": 1_022, "rating": 5.0, "rated_at": day(3)},
        ],
        # Two films of the ratings are one of the catalogue's.
        dim_rated_film=[
            {"rated_film_id": 1_002, "title": "Two", "release_year": 1999, "film_id": 7},
            {"rated_film_id": 1_003, "title": "Two again", "release_year": 1999, "film_id": 7},
            {"rated_film_id": 1_022, "title": "Own", "release_year": 1998, "film_id": None},
        ],
        rated_film_genres=[{"rated_film_id": 1_002, "genre": "Western"}, {"rated_film_id": 1_022, "genre": "Drama"}],
        fact_rental=[
            {"rental_id": 1, "customer_id": 9, "film_id": 2, "rented_at": day(5)},
            {"rental_id": 2, "customer_id": 9, "film_id": 2, "rented_at": day(4)},
            {"rental_id": 3, "customer_id": 9, "film_id": 8, "rented_at": day(6)},
            {"rental_id": 4, "customer_id": 9, "film_id": None, "rented_at": day(6)},
        ],
        dim_film=made.shop_films(),
        fact_review=[
            {"reviewer_id": "x", "venue_id": "v1", "stars": 5.0, "reviewed_at": day(9)},
            {"reviewer_id": "x", "venue_id": "v1", "stars": 2.0, "reviewed_at": day(8)},
            {"reviewer_id": None, "venue_id": "v1", "stars": 5.0, "reviewed_at": day(8)},
        ],
        dim_venue=made.venues()[:2],
    )
    yield asking(connection)
    connection.close()


def test_what_is_read_in_slices_is_all_that_there_is(small: Ask) -> None:
    rated = [
        ("rater-1", "1002", True, seconds(day(1))),
        ("rater-1", "1003", False, NO_MOMENT),
        ("rater-2", "1002", True, seconds(day(2))),
        ("rater-2", "1022", True, seconds(day(3))),
    ]
    for rows in (1, 3, 1_000):
        assert pairs(read_events(small, RATINGS, rows)) == rated
    # Rented twice is one pair, of the first time; reviewed twice is one, of the mean of both.
    assert pairs(read_events(small, RENTALS, 1)) == [
        ("customer-9", "2", True, seconds(day(4))),
        ("customer-9", "8", True, seconds(day(6))),
    ]
    assert pairs(read_events(small, REVIEWS)) == [("reviewer-x", "v1", False, seconds(day(8)))]


def test_a_film_of_the_catalogue_is_one_film_whoever_names_it(small: Ask) -> None:
    catalogue = film_catalogue(small)
    found = [(source, events) for source in (RATINGS, RENTALS) if (events := read_events(small, source))]
    joined = likes_of(found, catalogue)
    ids = catalogue.items["id"].to_list()
    assert [(user, ids[item]) for user, item in told(joined)] == [
        ("rater-1", "7"), ("rater-2", "7"), ("rater-2", "rated-1022"), ("customer-9", "2"), ("customer-9", "shop-8"),
    ]  # fmt: skip
    own = catalogue.items.filter(pl.col("id") == "rated-1022").to_dicts()
    assert own == [{"id": "rated-1022", "title": "Own", "year": 1998, "film_id": None, "place": None}]
    names = catalogue.groups["name"].to_list()
    found_in = {(ids[item], names[group]) for item, group in catalogue.members}
    assert found_in >= {("2", "Drama"), ("shop-8", "Horror"), ("rated-1022", "Drama")}
    assert {name for id_, name in found_in if id_ == "7"} == {"Comedy"}  # the catalogue knows better


def test_what_is_not_loaded_is_not_there() -> None:
    empty = asking(likes_world(dim_venue=made.venues(), fact_rating=[]))
    assert [read_events(empty, source) for source in (RATINGS, RENTALS, REVIEWS)] == [None, None, None]
    assert film_catalogue(empty).items.height == made.LINKED
    places = venue_catalogue(empty)
    assert (places.items.height, places.groups["name"].to_list()) == (16, ["Tampa", "Reno"])


GIVEN = likes(
    ("a", 0, True, 10), ("a", 1, True, 20), ("a", 2, False, 30), ("b", 0, True, 40), ("b", 1, True, 40),
    ("c", 0, True, None), ("c", 2, True, 60), ("d", 2, True, 90), ("e", 1, False, 95), ("e", 0, True, 99),
)  # fmt: skip


def test_a_split_by_time_learns_from_what_was_before() -> None:
    split = by_time(GIVEN)
    assert split is not None
    assert split.cut_off_s == 95
    assert told(split.train) == [("a", 0), ("a", 1), ("a", 2), ("b", 0), ("b", 1), ("c", 2), ("d", 2)]
    assert told(split.test) == [("e", 0)]
    assert by_time(GIVEN.where(GIVEN.at_s == 40)) is None


def test_the_last_like_of_each_user_is_left_out_with_what_followed() -> None:
    split = last_out(GIVEN)
    assert split is not None
    # Of two likes of one second the one of the later item is the last; a's third pair came after the last like.
    assert told(split.test) == [("a", 1), ("b", 1)]
    assert ("a", 2) not in told(split.train)
    assert [user for user, _ in told(split.train)] == ["a", "b", "c", "c", "d", "e", "e"]
    assert last_out(GIVEN.where(GIVEN.user == 3)) is None


def test_a_random_split_parts_the_likes_and_keeps_what_was_not_liked() -> None:
    split = at_random(GIVEN, 7)
    assert split is not None
    assert sorted(told(split.train) + told(split.test)) == sorted(told(GIVEN))
    assert split.test.is_liked.all()


def test_lists_are_scored_as_they_are_defined() -> None:
    train = likes(("a", 0, True, 1), ("b", 0, True, 1), ("b", 1, True, 1), ("c", 3, True, 1), ("c", 4, False, 1))
    test = Likes(train.users, train.items, np.array([0, 0]), np.array([3, 4]), np.array([True, True]), np.array([5, 5]))
    split = Split(train, test)
    assert [users.tolist() for users in warm_and_cold(split)] == [[0], []]
    found = measure(Popularity(train.counts), split, np.array([0]))
    assert found is not None
    # a's list: not 0, which is known, but 1, 3, and then 2 and 4, which nobody likes. Found in places 2 and 4.
    gains, most = 1 / np.log2(3) + 1 / np.log2(5), 1 + 1 / np.log2(3)
    assert (found.users, found.recall_at_20) == (1, 1.0)
    assert found.ndcg_at_20 == pytest.approx(gains / most)
    assert found.coverage == pytest.approx(2 / 3)
    assert found.novelty_bits == pytest.approx(np.log2(3))
    assert measure(Popularity(train.counts), split, np.array([], dtype=np.int64)) is None


def test_a_cold_user_tells_the_first_like_and_is_asked_for_the_others() -> None:
    test = likes(("a", 2, True, 9), ("a", 1, True, 8), ("b", 0, True, 7))
    said, split = first_told(Split(test.where(test.user == 9), test))
    assert sorted(told(said)) == [("a", 1), ("b", 0)]
    assert told(split.test) == [("a", 2)]
    assert told(split.train) == [("a", 1), ("b", 0)]
    assert not split.train.is_liked.any()


def test_ease_is_the_formula_of_its_paper() -> None:
    random = np.random.default_rng(3)
    liked = (random.random((40, 9)) < 0.5).astype(np.float32)
    liked[:, 8] = 0  # too seldom liked to be learnt of
    counts = liked.sum(axis=0).astype(np.int64)
    found = ease_weights(sparse.csr_matrix(liked), counts, 7.0).toarray()
    inverse = np.linalg.inv(liked[:, :8].T @ liked[:, :8] + 7.0 * np.eye(8))
    wanted = -inverse / np.diag(inverse)
    np.fill_diagonal(wanted, 0)
    np.testing.assert_allclose(found[:8, :8], wanted, atol=1e-6)
    assert not found[8].any()
    assert ease_weights(sparse.csr_matrix((3, 4)), np.zeros(4, np.int64), 7.0).nnz == 0


@given(st.lists(st.one_of(st.floats(-5, 5), st.just(-np.inf))), st.integers(0, 8))
def test_the_best_are_those_that_sorting_finds(scores: list[float], limit: int) -> None:
    ordered = sorted((-score, place) for place, score in enumerate(scores) if score > -np.inf)
    found = best(np.array(scores, dtype=float), limit).tolist()
    assert [scores[place] for place in found] == [-score for score, _ in ordered[:limit]]
    assert len(set(found)) == len(found)


def test_rare_words_in_common_make_films_alike() -> None:
    words = [(0, "genre", "1"), (1, "genre", "1"), (2, "genre", "1"), (3, "genre", "1"), (0, "director", "7"),
             (2, "director", "7"), (0, "cast", "9"), (2, "cast", "9"), (3, "cast", "4"), (9, "cast", "9")]  # fmt: skip
    rows = [{"film_id": film, "kind": kind, "token": token, "name": kind + token} for film, kind, token in words]
    content = read_content(rows, {film: film for film in range(4)}, np.array([0, 3, 0, 4, 0]))
    assert content.neighbours[0].toarray().argmax() == 2
    assert shared_words(content, 0, 2) == ("director", ["director7"])
    assert shared_words(content, 3, 1) == ("genre", ["genre1"])
    assert shared_words(content, 0, 4) is None
    assert content.neighbours[4].nnz == 0
    assert nearest(content.films, np.zeros(5, np.int64), 1)[0].nnz == 1
    # Of the same word alone each: the one that more people like.
    same = sparse.csr_matrix(np.ones((4, 1), np.float32))
    assert nearest(same, np.array([1, 2, 9, 3]), 1).indices.tolist() == [2, 2, 3, 2]


def test_postgresql_tells_the_same(small: Ask, postgres: PostgresServer) -> None:
    options = Databases(postgres).unmigrated()
    with connected(options) as connection:
        connection.execute("create schema reviews; create schema shop")
        for name, columns in made.TABLES.items():
            if not has_table(small, *name.split(".")):
                continue
            connection.execute(f"create table {name} ({columns})".replace(" text", ' text collate "C"'))
            for row in small(f"select * from {name}"):  # noqa: S608
                marks = ", ".join(f"%({column})s" for column in row)
                connection.execute(f"insert into {name} values ({marks})", row)  # noqa: S608
    with connect(options) as connection:
        there = asking_postgres(connection)
        for source in (RATINGS, RENTALS, REVIEWS):
            assert pairs(read_events(there, source, 2)) == pairs(read_events(small, source))
        assert (rated_films(there), shop_films(there)) == (rated_films(small), shop_films(small))
        assert (venues(there), venue_categories(there)) == (venues(small), [])
        assert rated_film_genres(there) == rated_film_genres(small)
