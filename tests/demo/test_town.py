"""The generated town: a valid shop's database, the same on any machine, with the effects that it says it has."""

import hashlib
from datetime import date

import polars as pl
import pyarrow as pa
import pytest

from taquilla.demo.catalogue import FILMS_PARQUET
from taquilla.demo.town import Town
from taquilla.demo.town_films import GENRE_PULL
from taquilla.demo.town_tables import KEYS
from taquilla.errors import SettingsError

Tables = dict[str, pl.DataFrame]
REFERENCES = [
    ("rental", "inventory_id", "inventory"),
    ("rental", "customer_id", "customer"),
    ("rental", "staff_id", "staff"),
    ("payment", "customer_id", "customer"),
    ("payment", "staff_id", "staff"),
    ("payment", "rental_id", "rental"),
    ("inventory", "film_id", "film"),
    ("inventory", "store_id", "store"),
    ("customer", "store_id", "store"),
    ("customer", "address_id", "address"),
    ("staff", "address_id", "address"),
    ("staff", "store_id", "store"),
    ("store", "address_id", "address"),
    ("address", "city_id", "city"),
    ("city", "country_id", "country"),
    ("film", "language_id", "language"),
    ("film", "original_language_id", "language"),
    ("film_actor", "film_id", "film"),
    ("film_actor", "actor_id", "actor"),
    ("film_category", "film_id", "film"),
    ("film_category", "category_id", "category"),
]


def read(town: Town) -> Tables:
    frames = ((name, pa.Table.from_batches(town.batches(name), town.schema(name))) for name in town.tables())
    return {name: pl.DataFrame(pl.from_arrow(table)) for name, table in frames}


def digest(town: Town) -> str:
    sums = hashlib.sha256()
    for name in town.tables():
        for batch in town.batches(name):
            sums.update(repr(batch.to_pydict()).encode())
    return sums.hexdigest()


@pytest.fixture(scope="module")
def town() -> Tables:
    return read(Town())


@pytest.fixture(scope="module")
def rentals(town: Tables) -> pl.DataFrame:
    film = town["film"].rename({"last_update": "filmed"})
    return town["rental"].join(town["inventory"].drop("last_update"), on="inventory_id").join(film, on="film_id")


def per_copy(rentals: pl.DataFrame, of: pl.Expr) -> float:
    some = rentals.filter(of)
    return some.height / some["inventory_id"].n_unique()


def test_the_same_numbers_give_the_same_town() -> None:
    def small(seed: int) -> Town:
        return Town(seed=seed, rentals=1_500, years=1, films=150)

    # The same with and without AVX: another figure on another machine would be another town.
    assert digest(small(7)) == "76779815faf6e4e066e9597f66169fa10e51021df5acdcd20f1ec63d03f96d1a"
    assert digest(small(8)) != "76779815faf6e4e066e9597f66169fa10e51021df5acdcd20f1ec63d03f96d1a"


def test_it_has_the_tables_of_sakila_and_exactly_the_rentals_asked_for(town: Tables) -> None:
    assert len(town) == 15
    assert town["rental"].height == 60_000
    assert town["rental"]["rental_id"].to_list() == list(range(1, 60_001))
    assert town["film"].height == 2_000


def test_keys_are_unique_and_in_order(town: Tables) -> None:
    for name, table in town.items():
        assert table.select(KEYS[name]).is_unique().all(), name
        assert table.equals(table.sort(KEYS[name])), name
        assert table["last_update"].null_count() == 0, name


@pytest.mark.parametrize(("table", "column", "target"), REFERENCES)
def test_every_reference_has_its_row(town: Tables, table: str, column: str, target: str) -> None:
    known = town[target][KEYS[target][0]]

    assert town[table].filter(~pl.col(column).is_in(known.implode())).height == 0


def test_a_copy_is_with_one_customer_at_a_time(town: Tables) -> None:
    ordered = town["rental"].sort("inventory_id", "rental_date")
    after = ordered.with_columns(next=pl.col("rental_date").shift(-1).over("inventory_id"))

    assert after.filter(pl.col("next") <= pl.col("return_date")).is_empty()
    assert after.filter(pl.col("return_date").is_null() & pl.col("next").is_not_null()).is_empty()
    assert after.filter(pl.col("return_date") <= pl.col("rental_date")).is_empty()


def test_nobody_rents_before_joining_and_nothing_before_it_was_bought(town: Tables) -> None:
    people = town["customer"].select("customer_id", "create_date")
    copies = town["inventory"].select("inventory_id", bought="last_update")
    rented = town["rental"].join(people, on="customer_id").join(copies, on="inventory_id")

    assert rented.filter(pl.col("rental_date") < pl.col("create_date")).is_empty()
    assert rented.filter(pl.col("rental_date") < pl.col("bought")).is_empty()


def test_staff_rent_out_the_copies_of_their_store(town: Tables) -> None:
    staff = town["staff"].select("staff_id", at="store_id")
    rented = town["rental"].join(staff, on="staff_id").join(town["inventory"].drop("last_update"), on="inventory_id")

    assert rented.filter(pl.col("at") != pl.col("store_id")).is_empty()


def test_payments_are_the_rate_the_fees_of_late_returns_and_a_few_others(town: Tables, rentals: pl.DataFrame) -> None:
    paid = town["payment"].join(rentals, on="rental_id", how="left")
    at_once = paid.filter(pl.col("payment_date") == pl.col("rental_date"))
    fees = paid.filter(pl.col("payment_date") == pl.col("return_date"))

    assert at_once.height == 60_000
    assert at_once.filter((pl.col("amount") != pl.col("rental_rate")) & (pl.col("amount") != 0)).is_empty()
    assert 40 < at_once.filter(pl.col("amount") == 0).height < 160
    assert 5 < paid["rental_id"].null_count() < 60
    assert fees.height + at_once.height + paid["rental_id"].null_count() == paid.height
    due = pl.col("rental_date") + pl.duration(days=pl.col("rental_duration"))
    assert fees.filter(pl.col("return_date") <= due).is_empty()
    assert fees.height == rentals.filter(pl.col("return_date") > due).height
    assert 0.08 < fees.height / 60_000 < 0.17


def test_december_weekends_and_evenings_are_busy_and_christmas_is_closed(town: Tables) -> None:
    when = town["rental"]["rental_date"]
    months, weekdays = when.dt.month().value_counts(), when.dt.weekday().value_counts()

    assert months.sort("count")["rental_date"].to_list()[-3:] == [7, 8, 12]
    assert weekdays.sort("count")["rental_date"].to_list()[-2:] == [5, 6]
    assert 10 <= when.dt.hour().min() < when.dt.hour().max() <= 21  # type: ignore[operator]
    assert when.filter((when.dt.month() == 12) & (when.dt.day() == 25)).is_empty()


def test_few_films_make_most_rentals_and_some_make_none(town: Tables, rentals: pl.DataFrame) -> None:
    counts = rentals["film_id"].value_counts(sort=True)["count"]
    stocked = town["inventory"]["film_id"].n_unique()

    assert 0.5 < counts[:400].sum() / 60_000 < 0.75
    assert 30 < 2_000 - stocked < 150
    assert stocked - len(counts) > 10


def test_new_films_are_dear_and_wanted_and_pull_less_later(rentals: pl.DataFrame) -> None:
    new = rentals.filter(pl.col("filmed") > pl.datetime(2013, 3, 1), pl.col("filmed") < pl.datetime(2014, 3, 1))
    age = (pl.col("rental_date") - pl.col("filmed")).dt.total_days()

    assert new["rental_rate"].min() >= 3  # type: ignore[operator]
    assert new.filter(age < 60).height > 1.5 * new.filter(age.is_between(180, 239)).height


def test_genres_and_length_pull_as_the_tables_say(town: Tables, rentals: pl.DataFrame) -> None:
    shelved = rentals.drop("last_update").join(town["film_category"].drop("last_update"), on="film_id")
    shelved = shelved.join(town["category"], on="category_id")
    animation, documentary = (per_copy(shelved, pl.col("name") == name) for name in ("Animation", "Documentary"))

    assert GENRE_PULL["Animation"] > 3 * GENRE_PULL["Documentary"]
    assert animation > 1.7 * documentary
    assert per_copy(rentals, pl.col("length") >= 150) < 0.9 * per_copy(rentals, pl.col("length") < 150)


def test_customers_come_and_go_and_some_rent_far_more_than_others(town: Tables) -> None:
    people, counts = town["customer"], town["rental"]["customer_id"].value_counts()["count"]

    assert people["create_date"].is_sorted()
    assert 0.3 < people["active"].mean() < 0.8  # type: ignore[operator]
    assert counts.quantile(0.9) > 4 * counts.median()  # type: ignore[operator]
    assert counts.max() < 400  # type: ignore[operator]


def test_some_titles_are_written_otherwise_and_some_films_are_in_no_catalogue(town: Tables) -> None:
    films = town["film"].select("title", year=pl.col("release_year").cast(pl.Int32))
    known = pl.read_parquet(FILMS_PARQUET).select("title", year="release_year")
    exact = films.join(known, on=["title", "year"], how="semi").height
    titled = films.join(known, on="title", how="anti")

    assert 0.75 < exact / 2_000 < 0.95
    assert titled.filter(pl.col("title").str.contains(", (The|A|An)$")).height > 40
    assert 20 < films["year"].null_count() < 120
    assert titled.filter(pl.col("title").str.contains("Villarreflejo")).height > 0


def test_nobody_in_it_can_be_called_or_written_to(town: Tables) -> None:
    mails = pl.concat([town["customer"]["email"], town["staff"]["email"]]).drop_nulls()

    assert mails.str.contains(r"^[a-z.0-9]+@example\.org$").all()
    assert town["address"]["phone"].str.contains(r"^\d{3}-555-01\d\d$").all()
    assert town["staff"]["password"].null_count() == town["staff"].height
    assert town["customer"]["email"].null_count() > 0


def test_the_same_town_read_later_has_the_earlier_one_in_it() -> None:
    cut = pl.datetime(2014, 9, 15)
    before = read(Town(rentals=8_000, years=1, films=400, until=date(2014, 9, 15)))
    after = read(Town(rentals=8_000, years=1, films=400))

    for name, table in before.items():
        same = table.join(after[name], on=KEYS[name], how="left", suffix="_later")
        changed = same.filter(pl.col("last_update_later") != pl.col("last_update"))
        unchanged = table.join(changed, on=KEYS[name], how="anti")
        assert unchanged.equals(after[name].join(unchanged, on=KEYS[name], how="semi")), name
        assert changed.filter(pl.col("last_update_later") < cut).is_empty(), name
        assert table.filter(pl.col("last_update") >= cut).is_empty(), name
        new = after[name].join(table, on=KEYS[name], how="anti")
        assert new.filter(pl.col("last_update") < cut).is_empty(), name
    open_then = before["rental"].filter(pl.col("return_date").is_null()).select("rental_id")
    assert after["rental"].join(open_then, on="rental_id")["return_date"].null_count() < open_then.height / 5
    moved = before["customer"].join(after["customer"], on="customer_id", suffix="_later")
    assert moved.filter(pl.col("address_id") != pl.col("address_id_later")).height > 0
    assert moved.filter(pl.col("active") & ~pl.col("active_later")).height > 0


def test_batches_are_never_larger_than_asked_and_say_the_same() -> None:
    town = Town(rentals=3_000, years=1, stores=2, films=100)

    for name in ("rental", "payment", "customer", "inventory", "address", "film"):
        small = list(town.batches(name, 90))
        assert max(batch.num_rows for batch in small) <= 90
        assert pa.Table.from_batches(small).equals(pa.Table.from_batches(town.batches(name)))


@pytest.mark.parametrize("rentals", [0, 1, 25])
def test_a_tiny_town_is_a_town(rentals: int) -> None:
    tables = read(Town(rentals=rentals, stores=1, years=1, films=20))

    assert tables["rental"].height == rentals
    assert tables["store"].height == 1


def test_before_its_first_day_a_town_has_no_rentals() -> None:
    tables = read(Town(rentals=500, years=1, films=50, until=date(2013, 6, 1)))

    assert tables["rental"].is_empty()
    assert tables["film"].height > 0


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ({"rentals": -1}, "0 to 1,000,000,000 rentals"),
        ({"years": 0}, "1 to 20 years"),
        ({"stores": 0}, "1 to 2,000 stores"),
        ({"films": 5}, "20 to 10,000 films"),
        ({"seed": -3}, "A seed is 0 or more"),
    ],
)
def test_a_size_that_cannot_be_is_told(size: dict[str, int], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Town(**size)  # type: ignore[arg-type]
