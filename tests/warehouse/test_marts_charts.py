"""The marts behind the charts and the pages of runs and rejects: a few rows in, the rows expected."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from warehouse.given import COMEDY, DRAMA, HORROR, NOW, Row, acted, answer
from warehouse.kinds import Given, warehouse

pytestmark = pytest.mark.usefixtures("small_warehouses")

# One test a mart, in alphabetical order ------------------------------------------------------------------------------


def test_budget_runtime_by_year() -> None:
    given = warehouse(
        movies=[
            {"film_id": 1, "release_date": "2001-01-01", "budget_usd": 100, "runtime_min": 90},
            {"film_id": 2, "release_date": "2001-05-01", "budget_usd": 200, "runtime_min": 100},
            {"film_id": 3, "release_date": "2001-12-31", "budget_usd": 500},
            {"film_id": 4, "release_date": "1999-12-31", "revenue_usd": 700},
            {"film_id": 5, "budget_usd": 900},
        ]
    )
    assert answer(given, "budget_runtime_by_year") == [
        # year, films; films with it, p25, median, p75 of budget and of runtime; films with revenue and its median
        (1999, 1, 0, None, None, None, 0, None, None, None, 1, 700.0),
        (2001, 3, 3, 150.0, 200.0, 350.0, 2, 92.5, 95.0, 97.5, 0, None),
    ]


def test_cast_gender_by_genre() -> None:
    given = warehouse(
        movies=[{"film_id": film_id} for film_id in (1, 2, 3, 4)],
        genres=[DRAMA, COMEDY, HORROR],
        movie_genres=[(1, 18), (2, 18), (3, 18), (1, 35), (4, 27)],
        people=[(10, "Ana", 1), (11, "Bruno", 2), (12, "Cam", 3), (13, "Unknown", None)],
        movie_people=[
            # Ana plays two characters in film 1: one person. The sixth billed is no lead.
            *[acted(1, 10, 0), acted(1, 10, 1, "Her twin"), acted(1, 11, 4), acted(1, 12, 5)],
            *[acted(2, 10, 0), acted(2, 12, 1), acted(2, 13, 2)],
            *[acted(3, 13, 0), acted(4, 13, 0)],
        ],
    )
    assert answer(given, "cast_gender_by_genre") == [
        # films with a known lead, then women, men, non-binary, unknown, and the share of women
        (18, "Drama", 2, 2, 1, 1, 2, 0.5),
        (35, "Comedy", 1, 1, 1, 0, 0, 0.5),
        (27, "Horror", 0, 0, 0, 0, 1, None),
    ]


def test_correlations() -> None:
    # Revenue is the budget's square, runtime falls as it grows, and equal ratings share a rank.
    ratings = (1.0, 1.0, 1.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 9.0)
    given = warehouse(
        movies=[
            {
                "film_id": n,
                "budget_usd": 10 * n,
                "revenue_usd": 100 * n * n,
                "runtime_min": 200 - n,
                "popularity": 5.0,
                "vote_average": rating,
                "vote_count": 10 * n,
                "release_year": 2000 if n < 10 else None,
            }
            for n, rating in enumerate(ratings, 1)
        ]
    )
    found = {(x, y): rest for x, y, *rest in answer(given, "correlations")}
    assert len(found) == 7 * 7
    # films, Pearson, Spearman, films with logarithms
    assert found["budget_usd", "budget_usd"] == [10, 1.0, 1.0, 10]
    assert found["budget_usd", "revenue_usd"] == [10, 1.0, 1.0, 10]
    assert found["runtime_min", "budget_usd"] == [10, -0.9517, -1.0, 10]
    # The ranks 2, 2, 2, 4, 5, 6, 7, 8, 9.5, 9.5 against 1 to 10; SciPy's pearsonr and spearmanr say the same.
    assert found["budget_usd", "vote_average"] == found["vote_average", "budget_usd"] == [10, 0.9269, 0.9847, 10]
    # A figure that never varies goes with nothing, and nine films tell nothing.
    assert found["popularity", "popularity"] == found["popularity", "budget_usd"] == [10, None, None, 10]
    assert found["release_year", "budget_usd"] == [9, None, None, 9]


def test_freshness() -> None:
    day, second = timedelta(days=1), timedelta(seconds=1)
    ages = dict(enumerate((0 * day, day, day + second, 7 * day, 30 * day, 90 * day, 180 * day, 180 * day + second)))
    ages[2**40] = 3 * day
    given = warehouse(movies=[{"film_id": film_id, "fetched_at": NOW - age} for film_id, age in ages.items()])
    assert answer(given, "freshness") == [
        (False, 0, 1, 2, NOW - day),
        (False, 2, 7, 2, NOW - 7 * day),
        (False, 8, 30, 1, NOW - 30 * day),
        (False, 31, 90, 1, NOW - 90 * day),
        (False, 91, 180, 1, NOW - 180 * day),
        (False, 181, None, 1, NOW - 180 * day - second),
        (True, 2, 7, 1, NOW - 3 * day),
    ]


def test_genre_pairs() -> None:
    given = warehouse(
        movies=[{"film_id": film_id} for film_id in (1, 2, 3, 4, 5)],
        genres=[DRAMA, COMEDY, HORROR, (99, "Documentary")],
        movie_genres=[(1, 18), (1, 35), (2, 18), (2, 35), (3, 18), (4, 27)],
    )
    # Four films have a genre, and none is a documentary. Drama and comedy: 2 of 4 films where 3/4 x 2/4 are expected.
    assert answer(given, "genre_pairs") == [
        (18, "Drama", 35, "Comedy", 2, 3, 0.6667, 1.3333),
        (35, "Comedy", 18, "Drama", 2, 2, 1.0, 1.3333),
        (18, "Drama", 27, "Horror", 0, 3, 0.0, 0.0),
        (27, "Horror", 18, "Drama", 0, 1, 0.0, 0.0),
        (27, "Horror", 35, "Comedy", 0, 1, 0.0, 0.0),
        (35, "Comedy", 27, "Horror", 0, 2, 0.0, 0.0),
    ]


def test_genre_summary() -> None:
    given = warehouse(
        movies=[
            {
                "film_id": 1,
                "release_date": "1990-01-01",
                "budget_usd": 1_000,
                "revenue_usd": 3_000,
                "vote_average": 8.0,
                "vote_count": 300,
                "popularity_percentile": 1.0,
            },
            {
                "film_id": 2,
                "release_date": "2010-01-01",
                "budget_usd": 3_000,
                "vote_average": 6.0,
                "vote_count": 100,
                "popularity_percentile": 0.5,
            },
            {"film_id": 3, "budget_usd": 10, "revenue_usd": 90},
            {"film_id": 4, "release_date": "2020-01-01"},
        ],
        genres=[DRAMA, COMEDY, HORROR],
        movie_genres=[(1, 18), (2, 18), (3, 18), (2, 35)],
    )
    # Films and their share; medians of budget, revenue and return; mean percentile; shrunk rating as in genre_rating.
    assert answer(given, "genre_summary") == [
        (18, "Drama", 3, 1.0, 3, 1_000.0, 2, 1_545.0, 1, 2.0, 2, 0.75, 2, 7.0357, 1990, 2010),
        (35, "Comedy", 1, 0.3333, 1, 3_000.0, 0, None, 0, None, 1, 0.5, 1, 6.9167, 2010, 2010),
    ]
    shrunk = "genre_id shrunk_rating"
    assert sorted(answer(given, "genre_summary", shrunk)) == sorted(answer(given, "genre_rating", shrunk))


def test_level_matrix() -> None:
    given = warehouse(
        movies=[
            levelled(1, "Muy Baja", "Mala", budget_usd=1_000, revenue_usd=3_000),
            levelled(2, "Muy Baja", "Mala", budget_usd=1_000, revenue_usd=4_000),
            levelled(3, "Muy Baja", "Excelente", budget_usd=10, revenue_usd=90),
            levelled(4, "Alta", "Excelente"),
            levelled(5, "Media", None),
            levelled(6, None, "Regular"),
        ]
    )
    assert answer(given, "level_matrix") == [
        ("Alta", "Excelente", 1, 0, None),
        ("Alta", "Mala", 0, 0, None),
        ("Muy Baja", "Excelente", 1, 0, None),
        ("Muy Baja", "Mala", 2, 2, 2.5),
    ]


def test_reject_reasons() -> None:
    given = warehouse()
    rejects(given, 1, rule="budget_usd|min", reason="budget_usd is -1", film_id=7)
    rejects(given, 2, rule="budget_usd|min", reason="budget_usd is -9", film_id=7)
    rejects(given, 3, rule="title", reason="title is null")
    rejects(given, 4, rule=None, reason="not JSON", kind="dead letter", film_id=8)
    assert answer(given, "reject_reasons") == [
        # records, films, first and last moment, the newest record and its reason
        ("quarantined", "budget_usd|min", 2, 1, _at(1), _at(2), 2, "budget_usd is -9"),
        ("dead letter", None, 1, 1, _at(4), _at(4), 4, "not JSON"),
        ("quarantined", "title", 1, 0, _at(3), _at(3), 3, "title is null"),
    ]


def test_run_summary() -> None:
    given = warehouse()
    ran(given, 0, "monday", "land_films", rows=90, dead=2)
    ran(given, 1, "monday", "land_popularity", rows=10)
    ran(given, 2, "monday", "curate_films", rows=90, quarantined=3)
    ran(given, 3, "tuesday", "land_films", outcome="failed", rows=None, dead=None, quarantined=None)
    ran(given, 4, "wednesday", "land_films", rows=5)
    ran(given, 5, "wednesday", "curate_films", outcome="failed", rows=None, dead=None, quarantined=None)
    ran(given, 6, "wednesday", "curate_films", rows=5)
    assert answer(given, "run_summary") == [
        # start, seconds, steps, failed steps, rows landed, quarantined, dead, outcome
        ("wednesday", _at(4), 1.5, 2, 0, 5, 0, 0, "ok"),
        ("tuesday", _at(3), 0.5, 1, 1, None, None, None, "failed"),
        ("monday", _at(0), 1.5, 3, 0, 90, 3, 2, "ok"),
    ]


def test_share_by_year() -> None:
    given = warehouse(
        movies=[
            {
                "film_id": 1,
                "release_date": "2001-01-01",
                "original_language": "es",
                "budget_usd": 1_000,
                "revenue_usd": 1_000,
            },
            {"film_id": 2, "release_date": "2001-05-01", "original_language": "en", "budget_usd": 9, "revenue_usd": 9},
            {"film_id": 3, "release_date": "2001-05-01"},
            {"film_id": 4, "release_date": "1999-05-01"},
            {"film_id": 5, "original_language": "es"},
        ]
    )
    assert answer(given, "share_by_year") == [
        # films, films with a language, share not in English, films with figures, their share
        (1999, 1, 0, None, 0, 0.0),
        (2001, 3, 2, 0.5, 1, 0.3333),
    ]


# Traps ---------------------------------------------------------------------------------------------------------------


def test_the_logarithm_of_zero_is_left_out_and_its_rank_is_not() -> None:
    films = [{"film_id": n, "popularity": float(n), "vote_count": n, "runtime_min": 90 + n} for n in range(11)]
    found = {(x, y): rest for x, y, *rest in answer(warehouse(movies=films), "correlations")}
    assert found["popularity", "vote_count"] == [11, 1.0, 1.0, 10]
    assert found["runtime_min", "vote_count"] == [11, 0.9517, 1.0, 10]


def test_a_rating_without_votes_goes_with_nothing() -> None:
    films = [{"film_id": n, "runtime_min": 90 + n, "vote_average": float(n % 7), "vote_count": 0} for n in range(12)]
    found = {(x, y): rest for x, y, *rest in answer(warehouse(movies=films), "correlations")}
    assert found["runtime_min", "vote_average"] == [0, None, None, 0]
    assert found["runtime_min", "runtime_min"] == [12, 1.0, 1.0, 12]


def test_the_levels_are_in_the_order_of_their_bounds() -> None:
    popularity, rating = ("Alta", "Media", "Baja", "Muy Baja"), ("Excelente", "Buena", "Regular", "Mala")
    films = [levelled(n, popularity[n % 4], rating[n // 4]) for n in range(15, -1, -1)]
    assert answer(warehouse(movies=films), "level_matrix", "popularity_level rating_level films") == [
        (p, r, 1) for p in popularity for r in rating
    ]


def test_a_film_that_is_removed_is_nobodys_newest_record() -> None:
    given = warehouse(
        movies=[
            {"film_id": 1, "fetched_at": NOW - timedelta(days=200)},
            {"film_id": 2, "fetched_at": NOW, "is_removed": True},
        ]
    )
    assert answer(given, "freshness", "age_days_from films") == [(0, 1)]


def test_a_film_without_genre_is_in_no_share_of_genres() -> None:
    given = warehouse(
        movies=[{"film_id": 1}, {"film_id": 2}, {"film_id": 3, "is_removed": True}],
        genres=[DRAMA, COMEDY],
        movie_genres=[(1, 18), (3, 18), (3, 35)],
    )
    assert answer(given, "genre_summary", "genre films share_of_films first_year") == [("Drama", 1, 1.0, None)]
    assert answer(given, "genre_pairs") == []


@pytest.mark.parametrize(
    "mart", ["correlations", "genre_pairs", "level_matrix", "genre_summary", "cast_gender_by_genre"]
)
def test_the_rows_are_the_same_whatever_the_order_of_the_films(mart: str) -> None:
    forwards, backwards = warehouse(**_catalogue(1)), warehouse(**_catalogue(-1))
    assert answer(forwards, mart)
    assert answer(forwards, mart) == answer(backwards, mart)


# What is given -------------------------------------------------------------------------------------------------------


def levelled(film_id: int, popularity_level: str | None, rating_level: str | None, **more: int) -> Row:
    """A film with these labels."""
    return {"film_id": film_id, "popularity_level": popularity_level, "rating_level": rating_level, **more}


def ran(given: Given, run_seq: int, run_id: str, step: str, outcome: str = "ok", **counts: int | None) -> None:
    """A row of `ops.runs`: half a second's work in the minute of that number."""
    counted = {"rows": 0, "quarantined": 0, "dead": 0, **counts}
    row = {"run_seq": run_seq, "run_id": run_id, "step": step, "outcome": outcome, "version": "0.1.0", **counted}
    _insert(given, "ops.runs", {**row, "started_at": _at(run_seq), "seconds": 0.5})


def rejects(
    given: Given, raw_seq: int, *, rule: str | None, reason: str, kind: str = "quarantined", **more: int
) -> None:
    """A row of `ops.rejected`, read in the minute of that number."""
    row = {"raw_seq": raw_seq, "kind": kind, "rule": rule, "reason": reason, "fetched_at": _at(raw_seq)}
    _insert(given, "ops.rejected", {**row, **more})


def _insert(given: Given, table: str, row: dict[str, Any]) -> None:
    columns, marks = ", ".join(row), ", ".join(f"${column}" for column in row)
    given.execute(f"insert into {table} ({columns}) values ({marks})", row)  # noqa: S608


def _at(minute: int) -> datetime:
    return datetime(2026, 1, 15, 8, minute, tzinfo=UTC)


def _catalogue(step: int) -> dict[str, Any]:
    """Twenty films of two or three genres with a cast each, forwards or backwards."""
    film_ids = range(1, 21)[::step]
    return {
        "movies": [
            {
                **levelled(n, ("Alta", "Baja")[n % 2], ("Buena", "Mala")[n % 3 % 2], runtime_min=90 + n % 5),
                "budget_usd": 1_000 * (1 + n % 4),
                "revenue_usd": 5_000 * (1 + n % 3),
                "popularity": n / 7,
            }
            for n in film_ids
        ],
        "genres": [DRAMA, COMEDY, HORROR][::step],
        "movie_genres": [(n, genre) for n in film_ids for genre in (18, *([35] if n % 2 else [27]))],
        "people": [(10, "Ana", 1), (11, "Bruno", 2)][::step],
        "movie_people": [acted(n, 10 + n % 2, n % 7) for n in film_ids],
    }
