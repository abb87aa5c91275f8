"""The warehouse says what is curated, however many loads it took to get there: in DuckDB and in PostgreSQL."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb as driver
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table

from film_histories import cuts, histories
from records import COMEDY, DRAMA, acts, at, curate, export, film, gone, land, read, works
from taquilla.pipeline.raw_rows import RawRecord
from taquilla.warehouse import duckdb
from taquilla.warehouse.load import Loaded
from taquilla.warehouse.model import metadata
from warehouse.databases import Databases
from warehouse.kinds import KINDS
from warehouse.road import Road

# Each example makes a lake and several warehouses: the first that fails is shown, not shrunk for minutes.
MANY = settings(max_examples=4, phases=[Phase.generate])


@pytest.fixture(params=KINDS)
def road(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Road]:
    databases: Databases | None = request.getfixturevalue("databases") if request.param == "postgres" else None
    made = Road(tmp_path, databases.new() if databases else None)
    yield made
    prove(made)


def prove(road: Road) -> None:
    """Whatever was done in however many loads: a fresh load makes the same, and in DuckDB too."""
    step_by_step = road.tables()
    road.load(rebuild=True)
    assert road.tables() == step_by_step
    if road.options:
        file = Road(road.file.parent, lake=road.lake)
        file.load()
        assert file.tables() == step_by_step
    else:
        assert broken_keys(road.file) == []


def broken_keys(file: Path) -> list[str]:
    """What the model's keys would refuse: DuckDB is created without them."""
    with duckdb.connect(file) as connection:
        return [
            problem
            for table in metadata.sorted_tables
            for problem, sql in _key_checks(table)
            if connection.execute(sql).fetchone() != (0,)
        ]


def _key_checks(table: Table) -> Iterator[tuple[str, str]]:
    key = ", ".join(column.name for column in table.primary_key)
    yield f"{table.name}: {key}", f"select count(*) - count(distinct ({key})) from {table.name}"  # noqa: S608
    for column in table.primary_key:
        yield f"{table.name}: null", f"select count(*) from {table.name} where {column.name} is null"  # noqa: S608
    for reference in table.foreign_keys:
        name, there = reference.parent.name, reference.column
        here = f"select {name} from {table.name} where {name} is not null"  # noqa: S608
        yield f"{table.name}: {name}", f"select count(*) from ({here} except select {there.name} from {there.table})"  # noqa: S608


def billed(*entries: dict[str, Any]) -> dict[str, Any]:
    return {
        "cast": [entry for entry in entries if "character" in entry],
        "crew": [entry for entry in entries if "job" in entry],
    }


# Whole histories.


@pytest.mark.parametrize("kind", KINDS)
@MANY
@given(histories(), st.data())
def test_any_history_loaded_in_any_cut_is_what_a_fresh_load_makes(
    databases: Databases, kind: str, history: list[RawRecord], data: st.DataObject
) -> None:
    popularity = st.dictionaries(st.integers(1, 3), st.sampled_from([None, 1.0, 30.0]), max_size=3)
    with tempfile.TemporaryDirectory() as folder:
        road, begins = Road(Path(folder), databases.new() if kind == "postgres" else None), 0
        for end in data.draw(cuts(len(history))):
            land(road.lake, history[begins:end])
            if data.draw(st.booleans()):
                export(road.lake, data.draw(st.integers(0, 5)), data.draw(popularity))
            road.take()
            begins = end
        prove(road)


def test_the_keys_are_looked_at(tmp_path: Path) -> None:
    road = Road(tmp_path)
    road.take(read(film(1)))
    with driver.connect(str(road.file)) as connection:
        connection.execute("insert into genres select * from genres")
        connection.execute("insert into movie_genres values (99, 18)")
    assert broken_keys(road.file) == ["genres: genre_id", "movie_genres: film_id"]


def test_nothing_curated_is_an_empty_warehouse(road: Road) -> None:
    road.take()
    assert {name for name, rows in road.tables().items() if rows} == {"load_marks"}
    road.take(read(film(1)))
    assert road.rows("select film_id, title from movies") == [(1, "Film 1")]


def test_a_load_tells_what_it_did(road: Road) -> None:
    told = []
    for records in ([read(film(1)), read(film(2)), gone(9, 0)], [], [read(film(1), 1)]):
        if records:
            land(road.lake, records)
        curate(road.lake)
        told.append(road.load())
    assert told == [Loaded(2, 2), Loaded(0, 0), Loaded(1, 1)]


# Films.


def test_a_film_that_changed_is_replaced_whole(road: Road) -> None:
    road.take(read(film(1, title="A", genres=[DRAMA], belongs_to_collection={"id": 5, "name": "Saga"})), read(film(2)))
    road.take(read(film(1, title="B", genres=[COMEDY], budget=0), 1))
    assert road.rows("select film_id, title, budget_usd, roi, collection_id from movies order by 1") == [
        (1, "B", None, None, None),
        (2, "Film 2", 100, 1.5, None),
    ]
    assert road.rows("select * from movie_genres order by 1") == [(1, 35), (2, 18)]
    assert (road.rows("select * from genres order by 1"), road.rows("select * from collections")) == (
        [(18, "Drama"), (35, "Comedy")],
        [],
    )


def test_a_removed_film_is_flagged_and_leaves_the_wide_table(road: Road) -> None:
    road.take(read(film(1)), read(film(2)), gone(3, 1))
    road.take(gone(1, 1))
    assert road.rows("select film_id, is_removed, removed_at from movies order by 1") == [
        (1, True, at(1)),
        (2, False, None),
    ]
    assert road.rows("select tmdb_id from movie_data_warehouse") == [(2,)]
    road.take(read(film(1), 2), read(film(3), 2))
    assert road.rows("select film_id, is_removed from movies order by 1") == [(1, False), (2, False), (3, False)]
    assert road.rows("select tmdb_id from movie_data_warehouse order by 1") == [(1,), (2,), (3,)]


def test_money_is_wider_than_an_integer(road: Road) -> None:
    road.take(read(film(1, budget=2_923_706_026, revenue=10**12)))
    assert road.rows("select budget_usd, revenue_usd from movies") == [(2_923_706_026, 10**12)]
    assert road.rows("select budget, revenue from movie_data_warehouse") == [(2_923_706_026, 10**12)]


# People, companies, genres: the newest film's name, and only those that a film names.


def test_a_name_is_the_newest_films(road: Road) -> None:
    road.take(read(film(1, credits=billed(acts(7, "Ana"))), 2), read(film(2, credits=billed(acts(7, "Anna"))), 1))
    assert road.rows("select * from people") == [(7, "Ana", None)]
    road.take(read(film(2, credits=billed(acts(7, "Ana Ruiz"))), 3))
    assert road.rows("select * from people") == [(7, "Ana Ruiz", None)]
    # The film that had the newest name no longer names her.
    road.take(read(film(2, credits=billed()), 4))
    assert road.rows("select * from people") == [(7, "Ana", None)]


def test_credits_that_vanish_are_gone_and_people_without_any_too(road: Road) -> None:
    both = billed(acts(7, "Ana"), works(8, "Ben"))
    road.take(read(film(1, credits=both)), read(film(2, credits=billed(works(8, "Ben")))))
    road.take(read(film(1, credits=billed(acts(9, "Eva"))), 1))
    assert road.rows("select film_id, person_id, credit_type, job from movie_people order by 1") == [
        (1, 9, "cast", None),
        (2, 8, "crew", "Director"),
    ]
    assert road.rows("select person_id, name from people order by 1") == [(8, "Ben"), (9, "Eva")]


def test_homonyms_stay_apart_and_one_person_may_have_two_parts(road: Road) -> None:
    road.take(read(film(1, credits=billed(acts(7, "Ana", character="Queen"), acts(8, "Ana"), works(7, "Ana")))))
    assert road.rows("select person_id, credit_type, character, cast_order, job from movie_people order by 1, 2") == [
        (7, "cast", "Queen", 0, None),
        (7, "crew", None, None, "Director"),
        (8, "cast", "", 0, None),
    ]
    assert road.rows("select person_id, name, gender from people order by 1") == [(7, "Ana", 2), (8, "Ana", None)]
    assert road.rows("select person_id from directors") == [(7,)]
    assert road.rows("select person_id from actors order by 1") == [(7,), (8,)]


def test_what_the_newest_film_does_not_know_of_a_person_the_one_before_may(road: Road) -> None:
    road.take(read(film(1, credits=billed(works(7, "Ana"))), 1), read(film(2, credits=billed(acts(7, "Anna"))), 2))
    assert road.rows("select * from people") == [(7, "Anna", 2)]


# Popularity.


def test_popularity_is_the_newest_snapshots(road: Road) -> None:
    road.take(read(film(1, popularity=1.0), 0), read(film(2, popularity=30.0), 0), read(film(3, popularity=None), 0))
    popularity = "select film_id, popularity, popularity_percentile, popularity_level from movies order by 1"
    assert road.rows(popularity) == [(1, 1.0, 0.0, "Muy Baja"), (2, 30.0, 1.0, "Alta"), (3, None, None, None)]
    road.export(2, {1: 50.0, 2: 12.0, 3: 7.0})
    assert road.rows(popularity) == [(1, 50.0, 1.0, "Alta"), (2, 12.0, 0.5, "Media"), (3, 7.0, 0.0, "Baja")]
    assert road.rows("select distinct popularity_at from movies") == [(at(2).replace(hour=8),)]
    assert road.rows("select popularity, popularity_level from movie_data_warehouse order by 1")[-1] == (50.0, "Alta")
    # An export of before, and one that knows nothing: both change nothing.
    road.export(1, {1: 9.0})
    road.export(3, {1: None})
    assert road.rows(popularity)[0] == (1, 50.0, 1.0, "Alta")
    road.take(read(film(1, popularity=4.0), 4))
    assert road.rows(popularity)[0] == (1, 4.0, 0.0, "Muy Baja")


@pytest.mark.parametrize("export_first", [True, False])
def test_of_one_moment_the_details_come_before_the_export(road: Road, export_first: bool) -> None:
    moment = at(1).replace(hour=8)
    road.take(read(film(1, popularity=1.0)))
    if export_first:
        road.export(1, {1: 7.0})
    road.take(RawRecord(moment, film(1, popularity=3.0)))
    if not export_first:
        road.export(1, {1: 7.0})
    assert road.rows("select snapshot_at, popularity, origin from film_snapshots order by 1") == [
        (at(0), 1.0, "details"),
        (moment, 3.0, "details"),
    ]
    assert road.rows("select popularity from movies") == [(3.0,)]


# The seeds' wide table.


def test_the_wide_table_has_a_row_a_film_genre_and_director(road: Road) -> None:
    road.take(
        read(film(1, genres=[DRAMA, COMEDY], credits=billed(works(7, "Ana"), works(8, "Ben"), works(9, job="Writer")))),
        read(film(2, genres=[], credits=billed(works(7, "Ana")))),
        read(film(3, genres=[DRAMA])),
        read(film(4, genres=[], release_date="")),
    )
    assert road.rows(
        "select id, tmdb_id, genre, director, release_date, release_year from movie_data_warehouse order by id"
    ) == [
        (1, 1, "Comedy", "Ana", "2020-05-17", 2020),
        (2, 1, "Comedy", "Ben", "2020-05-17", 2020),
        (3, 1, "Drama", "Ana", "2020-05-17", 2020),
        (4, 1, "Drama", "Ben", "2020-05-17", 2020),
        (5, 2, "Unknown", "Ana", "2020-05-17", 2020),
        (6, 3, "Drama", "Unknown", "2020-05-17", 2020),
        (7, 4, "Unknown", "Unknown", None, None),
    ]


def test_the_wide_table_says_what_the_film_says(road: Road) -> None:
    road.take(read(film(1, credits=billed(works(7, "Ana")))))
    assert road.rows("select * from movie_data_warehouse") == [
        (
            1,
            1,
            "Film 1",
            "2020-05-17",
            2020,
            "Drama",
            100,
            250,
            90,
            "Ana",
            12.5,
            6.5,
            10,
            1.5,
            "Media",
            "Buena",
            True,
            at(0),
        )
    ]


def test_a_director_credited_twice_is_one_row(road: Road) -> None:
    road.take(read(film(1, credits=billed(works(7, "Ana", credit="a"), works(7, "Ana", credit="b")))))
    assert road.rows("select director from movie_data_warehouse") == [("Ana",)]


# Another lake, or the same built anew.


def test_another_lakes_films_replace_all(road: Road, tmp_path: Path) -> None:
    road.take(read(film(1)), read(film(2, genres=[COMEDY], credits=billed(works(7, "Ana")))))
    road.lake = Road(tmp_path / "other").lake
    land(road.lake, [read(film(2)), read(film(3))])
    road.take()
    assert road.rows("select film_id from movies order by 1") == [(2,), (3,)]
    assert road.rows("select name from genres") == [("Drama",)]


def test_a_rebuilt_lake_replaces_all(road: Road) -> None:
    road.take(read(film(1)), read(film(2)))
    curate(road.lake, rebuild=True)
    assert road.take() == Loaded(2, 2)
    assert road.take() == Loaded(0, 0)
