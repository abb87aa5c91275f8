"""Which films a run fetches, and why."""

from datetime import date, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import at
from taquilla.tables.films import UTC_MICROS
from taquilla.tables.freshness import due_films, due_ids

NOW = at(0)
RECENT, OLD = date(2023, 12, 1), date(2010, 1, 1)


def ids(*film_ids: int) -> pl.DataFrame:
    return pl.DataFrame({"film_id": film_ids}, schema={"film_id": pl.Int64})


def known(*films: tuple[int, datetime, date | None, bool]) -> pl.DataFrame:
    columns = {"film_id": pl.Int64(), "fetched_at": UTC_MICROS, "release_date": pl.Date(), "is_removed": pl.Boolean()}
    return pl.DataFrame(films, schema=pl.Schema(columns), orient="row")


def due(
    wanted: pl.DataFrame, changed: pl.DataFrame, films: pl.DataFrame, *, failed: pl.DataFrame | None = None
) -> list[tuple[Any, ...]]:
    return due_films(wanted, changed, films, ids() if failed is None else failed, NOW).rows()


def test_nothing_is_due_where_nothing_is_known_or_wanted() -> None:
    assert due(ids(), ids(), known()) == []


def test_what_raw_has_no_record_of_is_new() -> None:
    assert due(ids(3, 1, 2), ids(), known((2, at(-1), OLD, False))) == [(1, "new"), (3, "new")]


def test_a_known_film_in_the_feed_of_changes_is_changed() -> None:
    films = known((1, at(-1), OLD, False), (2, at(-1), OLD, False))
    assert due(ids(1, 2), ids(2, 99), films) == [(2, "changed")]


@pytest.mark.parametrize(
    ("released", "age", "is_due"),
    [
        (RECENT, 7.01, True),
        (RECENT, 7, False),
        (OLD, 30.01, True),
        (OLD, 30, False),
        (None, 30.01, True),
        (None, 8, False),
        (date(2024, 6, 1), 8, True),  # not released yet
        (date(2023, 10, 3), 8, True),  # 90 days ago
        (date(2023, 10, 2), 8, False),  # 91 days ago
    ],
)
def test_a_film_is_stale_after_a_week_or_a_month(released: date | None, age: float, is_due: bool) -> None:
    assert due(ids(1), ids(), known((1, at(-age), released, False))) == ([(1, "stale")] if is_due else [])


def test_a_removed_film_is_fetched_again_only_when_it_changes() -> None:
    films = known((1, at(-100), OLD, True), (2, at(-100), OLD, True))
    assert due(ids(1, 2), ids(2), films) == [(2, "changed")]


def test_what_was_fetched_since_the_run_began_is_never_due() -> None:
    films = known((1, NOW, RECENT, False), (2, at(0.1), RECENT, False))
    assert due(ids(1, 2), ids(1, 2), films) == []


def test_a_film_is_due_once_and_changed_comes_before_stale() -> None:
    assert due(ids(1), ids(1), known((1, at(-100), OLD, False))) == [(1, "changed")]


def test_what_failed_is_asked_for_again_whatever_else_is_known_of_it() -> None:
    films = known((1, at(-1), OLD, False), (2, at(0.1), OLD, True))
    assert due(ids(1, 2, 3), ids(1), films, failed=ids(1, 2, 4)) == [
        (1, "failed"),
        (2, "failed"),
        (3, "new"),
        (4, "failed"),
    ]


def test_what_is_asked_for_by_id_is_due_known_or_not_unless_it_was_fetched_since_the_run_began() -> None:
    films = known((1, at(-0.1), OLD, False), (2, at(-1), OLD, True), (3, NOW, OLD, False), (4, at(0.1), OLD, False))
    due = due_ids(pl.concat([ids(5, 4, 3, 2, 1), ids(1)]), films, NOW)
    assert due.rows() == [(1, "asked for"), (2, "asked for"), (5, "asked for")]
    assert due_ids(ids(), films, NOW).rows() == []


_IDS = st.lists(st.integers(1, 8), unique=True)
_FILMS = st.dictionaries(
    st.integers(1, 8),
    st.tuples(st.integers(-40, 1).map(at), st.sampled_from([None, RECENT, OLD]), st.booleans()),
)


@given(_IDS, _IDS, _FILMS, _IDS)
def test_a_run_that_was_killed_goes_on_with_the_rest(
    wanted: list[int], changed: list[int], films: dict[int, Any], fetched: list[int]
) -> None:
    first = due(ids(*wanted), ids(*changed), known(*[(k, *v) for k, v in films.items()]))
    done = set(fetched) & {film_id for film_id, _ in first}
    later = {**films, **{film_id: (at(0.01), None, False) for film_id in done}}
    rest = due(ids(*wanted), ids(*changed), known(*[(k, *v) for k, v in later.items()]))
    assert rest == [row for row in first if row[0] not in done]
