"""The marts of a shop's rentals: a few rows in, the rows expected; in DuckDB and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from taquilla.warehouse.marts import marts
from warehouse.given import answer
from warehouse.kinds import Given
from warehouse.shop import Rows
from warehouse.shop_rows import a_shop, paid, rental, stocked

pytestmark = pytest.mark.usefixtures("small_warehouses")

Open = Callable[..., Given]
MARCH, APRIL, MAY = date(2024, 3, 1), date(2024, 4, 1), date(2024, 5, 1)
RENTALS = sorted(mart.name for mart in marts().values() if mart.subject == "rentals")


@pytest.fixture
def shop(tmp_path: Path) -> Open:
    """Opens the small shop; tables that are named are these instead, or more of them with `more_`."""

    def opened(**changed: Rows) -> Given:
        tables = a_shop()
        for name, rows in changed.items():
            kept = tables.get(name.removeprefix("more_"), []) if name.startswith("more_") else []
            tables[name.removeprefix("more_")] = [*kept, *rows]
        return stocked(tmp_path, tables)

    return opened


def one(given: Given, mart: str, columns: str) -> dict[str, object]:
    """The mart's first row as a dict."""
    return dict(zip(columns.split(), answer(given, mart, columns)[0], strict=True))


# One test a mart, in alphabetical order ------------------------------------------------------------------------------


def test_broken_keys(shop: Open) -> None:
    given = shop(more_rentals=[rental(9, "04-02 12:00:00", copy=99, customer=77)], staff=[])
    assert answer(given, "broken_keys") == [
        ("payments", "staff_id", "staff", 5, 2, False),
        ("rentals", "customer_id", "customers", 1, 1, True),
        ("rentals", "inventory_id", "inventory", 1, 1, True),
        ("rentals", "staff_id", "staff", 5, 2, False),
        ("stores", "manager_staff_id", "staff", 2, 2, False),
    ]


def test_category_mix(shop: Open) -> None:
    # Brazil is a comedy and a horror film: it counts once, in the first by name.
    assert answer(shop(), "category_mix") == [
        ("Horror", 2, 3, 3, 0.75, 5.98, 0.4996, 1.0, 0.2778, 0.5),
        ("Comedy", 1, 1, 1, 0.25, 4.99, 0.4169, 1.0, 0.3333, 0.0),
        (None, 1, 0, 0, 0.0, 1.0, 0.0835, None, None, None),
    ]


def test_churn(shop: Open) -> None:
    given = shop(more_customers=[{"customer_id": 4}], more_rentals=[rental(9, "02-10 00:00:00", "02-11", customer=4)])
    assert answer(given, "churn") == [
        (0, 7, 2, 0.5, 4, 11.97),
        (31, 60, 1, 0.25, 1, 0.0),
        (None, None, 1, 0.25, 0, 0.0),
    ]


def test_cohort_retention(shop: Open) -> None:
    given = shop(more_rentals=[rental(9, "05-09 00:00:00", customer=3), rental(10, "05-10 00:00:00", customer=1)])
    assert answer(given, "cohort_retention") == [
        (MARCH, 0, 2, 2, 1.0),
        (MARCH, 1, 2, 2, 1.0),
        (MARCH, 2, 2, 1, 0.5),
        (MAY, 0, 1, 1, 1.0),
    ]


def test_copy_utilisation(shop: Open) -> None:
    # Six days on which anything was rented or returned.
    assert answer(
        shop(),
        "copy_utilisation",
        "film_id copies copies_rented rentals rentals_open days_out utilisation turns revenue payback is_paid_back",
    ) == [
        (1, 2, 2, 3, 1, 5, 0.4167, 1.5, 5.98, 0.299, False),
        (2, 1, 1, 1, 0, 2, 0.3333, 1.0, 4.99, 2.495, True),
        (4, 1, 0, 0, 0, 0, 0.0, 0.0, 0.0, 0.0, False),
    ]


def test_customer_cities(shop: Open) -> None:
    assert answer(shop(), "customer_cities") == [
        ("Spain", "Madrid", 1, 1, 2, 6.98, 6.98),
        ("Chile", "Santiago", 1, 1, 2, 4.99, 4.99),
        (None, None, 1, 0, 0, 0.0, None),
    ]


def test_customer_countries(shop: Open) -> None:
    assert answer(shop(), "customer_countries") == [
        ("Spain", 1, 1, 2, 6.98, 6.98),
        ("Chile", 1, 1, 2, 4.99, 4.99),
        (None, 1, 0, 0, 0.0, None),
    ]


def test_customer_rfm(shop: Open) -> None:
    # Five customers, so that each is a fifth: 5 rented last and most, 1 longest ago and least.
    rentals = [rental(10 * n + k, f"03-{n:02} 10:00:00", customer=n) for n in range(1, 6) for k in range(n)]
    given = shop(rentals=rentals, payments=[paid(n, f"{n}.00", 10 * n, customer=n) for n in range(1, 6)])
    assert answer(given, "customer_rfm", "segment customers rentals revenue mean_days_since mean_monetary_score") == [
        ("champions", 2, 9, 9.0, 0.5, 4.5),
        ("hibernating", 2, 3, 3.0, 3.5, 1.5),
        ("loyal", 1, 3, 3.0, 2.0, 3.0),
    ]


def test_film_links_summary(shop: Open) -> None:
    given = shop(
        film_links=[
            {"film_id": 1, "catalogue_film_id": 348, "method": "title_and_year", "confidence": 1.0},
            {"film_id": 2, "catalogue_film_id": 68, "method": "title_and_year", "confidence": 0.5},
            {"film_id": 3, "method": "none"},
        ]
    )
    assert answer(given, "film_links_summary") == [
        ("title_and_year", 2, 0.5, 2, 0.75, 3, 4),
        ("none", 1, 0.25, 0, None, 0, 0),
        (None, 1, 0.25, 0, None, 1, 0),
    ]


def test_film_pareto(shop: Open) -> None:
    assert answer(shop(), "film_pareto") == [
        (1, 1, "Alien", 3, 5.98, 0.25, 0.75, 0.5451),
        (2, 2, "Brazil", 1, 4.99, 0.5, 1.0, 1.0),
        (3, 3, "Casablanca", 0, 0.0, 0.75, 1.0, 1.0),
        (4, 4, "Dracula", 0, 0.0, 1.0, 1.0, 1.0),
    ]


def test_film_revenue(shop: Open) -> None:
    columns = "rank film_id title category copies rentals customers revenue revenue_per_rental revenue_per_copy"
    assert answer(shop(), "film_revenue", columns) == [
        (1, 1, "Alien", "Horror", 2, 3, 2, 5.98, 1.9933, 2.99),
        (2, 2, "Brazil", "Comedy", 1, 1, 1, 4.99, 4.99, 4.99),
        (3, 3, "Casablanca", None, 0, 0, 0, 0.0, None, None),
        (4, 4, "Dracula", "Horror", 1, 0, 0, 0.0, None, 0.0),
    ]


def test_late_returns(shop: Open) -> None:
    given = shop(more_rentals=[rental(9, "03-20 10:00:00", copy=2), rental(10, "03-20 10:00:00", "03-26", copy=1)])
    assert answer(given, "late_returns") == [
        (1, "Horror", 3, 3, 2, 0.6667, 2.0, 2.0, 0, 0),
        (2, "Comedy", 1, 1, 0, 0.0, None, None, 0, 0),
        (2, "Horror", 2, 0, 0, None, None, None, 2, 1),
    ]


def test_lifetime_value(shop: Open) -> None:
    assert answer(shop(), "lifetime_value") == [
        (MARCH, 2, 4, 2.0, 11.97, 5.985, 6.98),
        (None, 1, 0, None, 0.0, None, None),
    ]


def test_never_rented(shop: Open) -> None:
    assert answer(shop(), "never_rented") == [
        (4, "Dracula", "Horror", None, 1, True, 10.0),
        (3, "Casablanca", None, "PG", 0, False, 0.0),
    ]


def test_rating_mix(shop: Open) -> None:
    assert answer(shop(), "rating_mix", "rating films copies rentals share_of_rentals revenue late_share") == [
        ("R", 2, 3, 4, 1.0, 10.97, 0.3333),
        (None, 1, 1, 0, 0.0, 1.0, None),
        ("PG", 1, 0, 0, 0.0, 0.0, None),
    ]


def test_rental_months(shop: Open) -> None:
    given = shop(more_rentals=[rental(9, "06-01 10:00:00", copy=3)])
    assert answer(
        given, "rental_months", "month_begins_on trading_days rentals customers films payments revenue late_share"
    ) == [
        (MARCH, 4, 2, 2, 2, 2, 7.98, 0.5),
        (APRIL, 2, 2, 2, 1, 3, 3.99, 0.0),
        (MAY, 0, 0, 0, 0, 0, 0.0, None),
        (date(2024, 6, 1), 1, 1, 1, 1, 0, 0.0, None),
    ]


def test_rental_quality(shop: Open) -> None:
    repair = {"table": "rental_films", "column": "rental_rate", "rule": "price", "key": "1", "found": "4.99a"}
    given = shop(
        rental_repairs=[{**repair, "made": "4.99"}, {**repair, "made": "2.99"}, {**repair, "made": None}],
        **{"quarantine.rentals": [{"rule": "rented_at", "reason": "no moment", "record": "{}"}]},
    )
    assert answer(given, "rental_quality") == [
        ("rental_films", "rental_rate", "price", 2, 1, 0),
        ("rentals", None, "rented_at", 0, 0, 1),
    ]


def test_revenue_cumulative(shop: Open) -> None:
    found = answer(shop(), "revenue_cumulative")
    assert len(found) == 33
    assert found[:3] == [
        (date(2024, 3, 1), 5, 1, 1, 2.99, 1, 2.99, False),
        (date(2024, 3, 2), 6, 1, 1, 4.99, 2, 7.98, False),
        (date(2024, 3, 3), 7, 0, 0, 0.0, 2, 7.98, False),
    ]
    assert found[-1] == (date(2024, 4, 2), 2, 1, 2, 1.0, 4, 11.97, False)


def test_shop_kpis(shop: Open) -> None:
    columns = (
        "first_date as_of_date trading_days rentals rentals_returned rentals_open rentals_open_over_30_days stores "
        "films films_stocked copies customers customers_with_rentals payments revenue revenue_per_customer "
        "payments_without_rental payments_of_zero late_share mean_days_late utilisation turns payback"
    )
    assert one(shop(more_rentals=[rental(9, "03-02 10:00:00", copy=2)]), "shop_kpis", columns) == {
        "first_date": MARCH,
        "as_of_date": date(2024, 4, 2),
        "trading_days": 6,
        "rentals": 5,
        "rentals_returned": 3,
        "rentals_open": 2,
        "rentals_open_over_30_days": 1,
        "stores": 2,
        "films": 4,
        "films_stocked": 3,
        "copies": 4,
        "customers": 3,
        "customers_with_rentals": 2,
        "payments": 5,
        "revenue": 11.97,
        "revenue_per_customer": 5.985,
        "payments_without_rental": 1,
        "payments_of_zero": 1,
        "late_share": 0.3333,
        "mean_days_late": 1.0,
        "utilisation": 0.2917,
        "turns": 1.25,
        "payback": 0.3741,
    }


def test_staff_summary(shop: Open) -> None:
    assert answer(shop(), "staff_summary") == [
        (1, 1, 1, 1, 2, 3.99, 1.995, 0, 1),
        (2, 2, 3, 2, 3, 7.98, 2.66, 1, 0),
    ]


def test_store_months(shop: Open) -> None:
    assert answer(shop(), "store_months") == [
        (1, MARCH, 1, 1, 1, 2.99, 1.0, 0, False),
        (1, APRIL, 1, 1, 1, 2.99, 0.0, 0, False),
        (2, MARCH, 1, 1, 1, 4.99, 0.0, 0, False),
        (2, APRIL, 1, 1, 1, 0.0, None, 0, False),
        (None, APRIL, 0, 0, 1, 1.0, None, 0, False),
    ]


def test_store_summary(shop: Open) -> None:
    assert answer(shop(), "store_summary") == [
        (1, "Madrid", "Spain", 2, 2, 2, 1, 2, 0, 2, 5.98, 3.99, 0.5, 0.4167, 1.0),
        (2, "Santiago", "Chile", 2, 2, 1, 1, 2, 1, 2, 4.99, 7.98, 0.0, 0.1667, 1.0),
        (None, None, None, 0, 0, 0, 0, 0, 0, 0, 1.0, 0.0, None, None, None),
    ]


def test_top_customers(shop: Open) -> None:
    assert answer(shop(), "top_customers") == [
        (1, 1, 1, "Spain", 2, 6.98, 0, 0.5, date(2024, 3, 1), date(2024, 4, 1)),
        (2, 2, 2, "Chile", 2, 4.99, 1, 0.0, date(2024, 3, 2), date(2024, 4, 2)),
    ]


def test_weekday_hours(shop: Open) -> None:
    # March 2024 has five Fridays, and trading was on one.
    assert answer(shop(), "weekday_hours") == [
        (1, 10, 1, 0.25, 0.5, 0),
        (2, 12, 1, 0.25, 0.5, 0),
        (5, 10, 1, 0.25, 1.0, 0),
        (6, 23, 1, 0.25, 1.0, 0),
    ]


# What films earn -----------------------------------------------------------------------------------------------------


def test_earning_traits(tmp_path: Path) -> None:
    tables = a_shop() | {"film_links": [{"film_id": n, "catalogue_film_id": 100 + n} for n in (1, 2, 3)]}
    given = stocked(
        tmp_path,
        tables,
        movies=[
            {"film_id": 101, "release_date": "1979-05-25", "vote_average": 8.1, "vote_count": 900},
            {"film_id": 102, "release_date": "1985-02-20", "budget_usd": 15_000_000, "collection_id": 4},
            {"film_id": 103, "release_date": "1942-11-26"},
        ],
        genres=[(27, "Horror"), (878, "Science Fiction")],
        movie_genres=[(101, 27), (101, 878), (102, 878)],
    )
    columns = "trait value films copies rentals revenue revenue_per_copy_day revenue_index shrunk_revenue_index"
    # Casablanca has no copy. Three copies, six days: 10.97 is 0.6094 a copy and day.
    assert answer(given, "earning_traits", columns) == [
        ("budget_usd", "10 to 50 million", 1, 1, 1, 4.99, 0.8317, 1.3646, 1.0608),
        ("decade", "1980", 1, 1, 1, 4.99, 0.8317, 1.3646, 1.0608),
        ("decade", "1970", 1, 2, 3, 5.98, 0.4983, 0.8177, 0.9696),
        ("franchise", "yes", 1, 1, 1, 4.99, 0.8317, 1.3646, 1.0608),
        ("franchise", "no", 1, 2, 3, 5.98, 0.4983, 0.8177, 0.9696),
        ("genre", "Science Fiction", 2, 3, 4, 10.97, 0.6094, 1.0, 1.0),
        ("genre", "Horror", 1, 2, 3, 5.98, 0.4983, 0.8177, 0.9696),
        ("rating", "R", 2, 3, 4, 10.97, 0.6094, 1.0, 1.0),
        ("vote_average", "8 and more", 1, 2, 3, 5.98, 0.4983, 0.8177, 0.9696),
        ("vote_count", "100 to 999", 1, 2, 3, 5.98, 0.4983, 0.8177, 0.9696),
    ]


def test_a_film_that_the_catalogue_has_removed_earns_for_no_trait(tmp_path: Path) -> None:
    tables = a_shop() | {"film_links": [{"film_id": 1, "catalogue_film_id": 101}]}
    assert answer(stocked(tmp_path, tables, movies=[{"film_id": 101, "is_removed": True}]), "earning_traits") == []


# What holds for all of them ------------------------------------------------------------------------------------------


def test_without_payments_revenue_is_unknown_and_not_zero(shop: Open) -> None:
    given = shop(payments=[])
    for mart in RENTALS:
        found = given.execute(f'select * from mart."{mart}"')  # noqa: S608
        columns = [column[0] for column in found.description]
        told = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
        money = {name for name in columns if "revenue" in name or "payment" in name or name.startswith("pay")}
        assert [(mart, name) for row in told for name in money if row[name] is not None] == []
    assert answer(given, "film_revenue", "film_id rentals") == [(1, 3), (2, 1), (3, 0), (4, 0)]
    assert answer(given, "shop_kpis", "rentals late_share turns") == [(4, 0.3333, 1.0)]


def test_the_revenue_of_each_mart_adds_up(shop: Open) -> None:
    given = shop()
    for mart in ("store_summary", "store_months", "category_mix", "rating_mix", "customer_countries", "rental_months"):
        [(revenue, rentals)] = given.execute(
            f'select cast(sum(revenue) as double precision), cast(sum(rentals) as bigint) from mart."{mart}"'  # noqa: S608
        ).fetchall()
        assert (round(revenue, 2), rentals) == (11.97, 4), mart


def test_what_belongs_to_no_store_that_is_known_is_in_the_row_without_one(shop: Open) -> None:
    nobody = [{"customer_id": 8, "first_name": "Eva"}]
    given = shop(staff=[], rentals=[], customers=nobody, payments=[paid(1, "2.99", 1, staff=5)])
    assert answer(given, "store_summary", "store_id customers revenue revenue_taken")[-1] == (None, 1, 2.99, 2.99)


def test_a_day_that_a_script_wrote_is_told_apart(shop: Open) -> None:
    busy = [
        rental(100 * day + n, f"04-{day:02} 10:{n:02}:00", f"04-{day + 1:02} 10:00:00", customer=1 + n % 2)
        for day in range(1, 13)
        for n in range(10)
    ]
    scripted = [rental(5000 + n, "09-14 15:16:03", customer=3) for n in range(11)]
    given = shop(rentals=[*busy, *scripted], payments=[])
    assert answer(given, "rental_months", "month_begins_on rentals rentals_artefact is_artefact")[-1] == (
        date(2024, 9, 1),
        11,
        11,
        True,
    )
    assert answer(given, "store_months", "is_artefact") == [(False,), (True,)]
    assert one(given, "shop_kpis", "rentals rentals_artefact trading_days") == {
        "rentals": 131,
        "rentals_artefact": 11,
        "trading_days": 13,
    }
    assert (6, 15, 0, 11) in answer(given, "weekday_hours", "weekday hour rentals rentals_artefact")
    assert answer(given, "churn", "days_from customers") == [(0, 2), (None, 1)]
    assert [row[2] for row in answer(given, "cohort_retention")] == [2]
    assert [row for row in answer(given, "revenue_cumulative", "day rentals is_artefact") if row[2]] == [
        (date(2024, 9, 14), 11, True)
    ]


def test_where_the_source_knows_days_alone_no_day_is_an_artefact(shop: Open) -> None:
    days = [rental(100 * day + n, f"04-{day:02} 00:00:00") for day in range(1, 13) for n in range(10)]
    assert answer(shop(rentals=days, payments=[]), "shop_kpis", "rentals rentals_artefact") == [(120, 0)]


def test_no_mart_names_a_customer(shop: Open) -> None:
    given = shop()
    for mart in RENTALS:
        told = repr(given.execute(f'select * from mart."{mart}"').fetchall())  # noqa: S608
        assert not any(name in told for name in ("Ana", "Gil", "Ben", "Sol", "Eva", "600")), mart


def test_a_customer_who_moved_counts_once(shop: Open) -> None:
    given = shop(more_customers=[{"customer_id": 1, "store_id": 2, "address_id": 2, "changed_at": "2024-03-20"}])
    assert answer(given, "customer_countries", "country customers rentals revenue") == [
        ("Chile", 2, 4, 11.97),
        (None, 1, 0, 0.0),
    ]
    assert one(given, "shop_kpis", "customers customers_with_rentals") == {
        "customers": 3,
        "customers_with_rentals": 2,
    }
