"""How many films, rentals or reviews a figure speaks of: the marts' own conditions, counted under a name each."""

from collections.abc import Mapping

from taquilla.warehouse.asking import Ask

_IS_RATED = "vote_count > 0 and vote_average is not null"
_HAS_FIGURES = "budget_usd >= 1000 and revenue_usd >= 1000"
_HAS_DAY = (
    "release_date is not null and not (extract(month from release_date) = 1 and extract(day from release_date) = 1)"
)


# The first five billed, as the mart has them.
_LEADS = """(
    select c.film_id, p.gender from movie_people as c join people as p on p.person_id = c.person_id
    where c.credit_type = 'cast' and c.cast_order < 5
) as leads"""


def _has(link: str, condition: str = "true") -> str:
    return f"film_id in (select film_id from {link} where {condition})"  # noqa: S608 - constants


# The built-in catalogue's films have ids from here on, above every id that TMDB has given.
FIRST_BUILT_IN_ID = 2**40

COVERAGE = {
    "films": "true",
    "built_in": f"film_id >= {FIRST_BUILT_IN_ID}",
    "popularity": "popularity is not null",
    "rating": _IS_RATED,
    "figures": _HAS_FIGURES,
    "budget": "budget_usd is not null and release_year is not null",
    "runtime": "runtime_min is not null and release_year is not null",
    "year": "release_year is not null",
    "day": _HAS_DAY,
    "day_revenue": f"{_HAS_DAY} and revenue_usd is not null",
    "levels": f"popularity_level is not null and rating_level is not null and {_IS_RATED}",
    "genre": _has("movie_genres"),
    "genre_year": f"release_year is not null and {_has('movie_genres')}",
    "genre_popularity": f"popularity is not null and {_has('movie_genres')}",
    "genre_rating": f"{_IS_RATED} and {_has('movie_genres')}",
    "genre_figures": f"{_HAS_FIGURES} and {_has('movie_genres')}",
    "genre_gender": f"{_has('movie_genres')} and {_has(_LEADS, 'gender is not null')}",
    "director_rating": f"{_IS_RATED} and {_has('movie_directors')}",
    "actor_rating": f"{_IS_RATED} and film_id < {FIRST_BUILT_IN_ID} and {_has('movie_actors')}",
    "company_rating": f"{_IS_RATED} and {_has('movie_production_companies')}",
    "country": _has("movie_countries"),
    "language": "original_language is not null",
    "language_year": "original_language is not null and release_year is not null",
    "franchise": "collection_id is not null",
}


_IS_STOCKED = "film_id in (select film_id from shop.dim_copy)"
_IS_LINKED = "catalogue_film_id in (select film_id from movies where not is_removed)"

# Of a shop: by what is counted (its first name is the count of all), the table, and the conditions.
SHOP_COVERAGE: dict[str, tuple[str, dict[str, str]]] = {
    "rentals": (
        "shop.fact_rental",
        {
            "rentals": "true",
            "rentals_of_store": "store_id is not null",
            "rentals_back": "is_late is not null",
            "rentals_of_film": "film_id is not null",
        },
    ),
    "payments": (
        "shop.fact_payment",
        {"payments": "true", "payments_of_store": "store_id is not null", "payments_of_film": "film_id is not null"},
    ),
    "shop_films": (
        "shop.dim_film",
        {
            "shop_films": "true",
            "stocked": _IS_STOCKED,
            "stocked_paid": f"{_IS_STOCKED} and replacement_cost > 0 and {_has('shop.fact_payment', 'amount > 0')}",
            "linked": f"{_IS_STOCKED} and {_IS_LINKED}",
            "shop_category": "category is not null",
            "shop_rating": "rating is not null",
        },
    ),
    "customers": (
        "(select * from shop.dim_customer where is_current) as people",
        {
            "customers": "true",
            "customers_renting": "customer_id in (select customer_id from shop.fact_rental)",
            "customers_located": "country is not null",
            "customers_told": "email is not null",
            "customers_generated": "email like '%@example.org'",
        },
    ),
}
_OF_VENUES = "venue_id in (select venue_id from {table})"

# Of reviews, in the same way.
REVIEW_COVERAGE: dict[str, tuple[str, dict[str, str]]] = {
    "reviews": (
        "reviews.fact_review",
        {
            "reviews": "true",
            "reviews_starred": "stars is not null",
            "reviews_felt": "stars is not null and sentiment is not null",
            "reviews_sensed": "sentiment is not null",
            "reviews_answerable": "has_reply is not null",
            "reviews_signed": "reviewer_id is not null",
            "reviews_of_city": _OF_VENUES.format(table="reviews.dim_venue where city is not null"),
            "reviews_of_category": _OF_VENUES.format(table="reviews.venue_categories"),
            "reviews_of_day": "date_precision <> 'month'",
            "reviews_texts": "has_text",
            "reviews_languages": "language is not null",
        },
    ),
    "venues": (
        "reviews.dim_venue",
        {
            "venues": "true",
            "venues_reviewed": _OF_VENUES.format(table="reviews.fact_review"),
            "venues_located": "latitude is not null and longitude is not null",
            "venues_checked_in": _OF_VENUES.format(table="reviews.fact_checkin"),
            "venues_linked": "url is not null",
            "venues_generated": "url like 'https://maps.example.org/%'",
        },
    ),
    "ratings": ("reviews.fact_rating", {"ratings": "true"}),
}

# By the schema that a warehouse has, or has not.
_STARS = {"shop": ("fact_rental", SHOP_COVERAGE), "reviews": ("fact_review", REVIEW_COVERAGE)}
_WHOLES = {name: whole for _, star in _STARS.values() for whole, (_, conditions) in star.items() for name in conditions}


def whole_of(name: str) -> str:
    """What the count of that name is a part of: films, or a shop's rentals, or reviews, and so on."""
    return _WHOLES.get(name, "films")


def read_coverage(ask: Ask) -> dict[str, int]:
    """What meets each condition; `films`, `rentals`, `reviews` and the like are all that there are."""
    counts = _count(ask, "movies where not is_removed", COVERAGE)
    for schema, (fact, star) in _STARS.items():
        is_there = ask(
            "select 1 from information_schema.tables where table_schema = $schema and table_name = $fact",
            schema=schema,
            fact=fact,
        )
        for table, conditions in star.values():
            counts |= _count(ask, table, conditions) if is_there else dict.fromkeys(conditions, 0)
    return counts


def _count(ask: Ask, table: str, conditions: dict[str, str]) -> dict[str, int]:
    counts = ", ".join(f"count(*) filter (where {condition}) as {name}" for name, condition in conditions.items())
    (row,) = ask(f"select {counts} from {table}")  # noqa: S608 - constants
    return row


def is_generated(coverage: Mapping[str, int]) -> bool:
    """Whether the shop is nobody's: all who told an address have one at example.org, which is kept for examples."""
    return 0 < coverage["customers_told"] == coverage["customers_generated"]


def has_generated_reviews(coverage: Mapping[str, int]) -> bool:
    """Whether the reviews are nobody's: all places that tell an address on the web have one at example.org."""
    return 0 < coverage["venues_linked"] == coverage["venues_generated"]
