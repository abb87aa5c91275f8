"""What the warehouse knows of who liked what: ratings and rentals of films, reviews of venues, and what these are.

Read in slices, so that millions of rows are held as columns of numbers and never as rows of Python objects.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from taquilla.warehouse.asking import Ask, Row

Kind = Literal["films", "venues"]
KINDS: tuple[Kind, ...] = ("films", "venues")
# A rating or a review of so many stars is a like; of a rental nobody says how it was, so each is one.
LIKED_FROM = 4.0
SLICE_ROWS = 200_000
# Where nobody tells when.
NO_MOMENT = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class Source:
    """A table of somebody's likes. space: what stands before the ids of its users.

    sql: one row a user and item with user_id, item_id, stars and at_s (seconds since 1970, the first time), in the
    order of the two ids, those behind `$user` and `$item`. first: ids that come before all others.
    """

    space: str
    kind: Kind
    table: tuple[str, str]
    first: tuple[str | int, str | int]
    sql: str


_LEAST = -(2**63)
RATINGS = Source(
    "rater",
    "films",
    ("reviews", "fact_rating"),
    ("", _LEAST),
    """
    select user_id, rated_film_id as item_id, rating as stars,
           cast(floor(extract(epoch from rated_at)) as bigint) as at_s
    from reviews.fact_rating
    where (user_id, rated_film_id) > ($user, $item)
    order by user_id, rated_film_id limit $rows
    """,
)
RENTALS = Source(
    "customer",
    "films",
    ("shop", "fact_rental"),
    (_LEAST, _LEAST),
    """
    select customer_id as user_id, film_id as item_id, null as stars,
           cast(floor(extract(epoch from min(rented_at))) as bigint) as at_s
    from shop.fact_rental
    where film_id is not null and (customer_id, film_id) > ($user, $item)
    group by customer_id, film_id
    order by customer_id, film_id limit $rows
    """,
)
REVIEWS = Source(
    "reviewer",
    "venues",
    ("reviews", "fact_review"),
    ("", ""),
    """
    select reviewer_id as user_id, venue_id as item_id, avg(stars) as stars,
           cast(floor(extract(epoch from min(reviewed_at))) as bigint) as at_s
    from reviews.fact_review
    where reviewer_id is not null and (reviewer_id, venue_id) > ($user, $item)
    group by reviewer_id, venue_id
    order by reviewer_id, venue_id limit $rows
    """,
)
SOURCES = (RATINGS, RENTALS, REVIEWS)
SPACES = tuple(source.space for source in SOURCES)


@dataclass(frozen=True, slots=True)
class Events:
    """Pairs of user and item, each once: places in `users` and `items`, whether it is a like, and when (`NO_MOMENT`).

    users: with their space, such as rater-1; items: as the source names them.
    """

    users: tuple[str, ...]
    items: tuple[str, ...]
    user: NDArray[np.int64]
    item: NDArray[np.int64]
    is_liked: NDArray[np.bool_]
    at_s: NDArray[np.int64]


def read_events(ask: Ask, source: Source, slice_rows: int = SLICE_ROWS) -> Events | None:
    """Everything that this table tells; None: there is no such table here, or nothing in it."""
    if not has_table(ask, *source.table):
        return None
    users, items = dict[str, int](), dict[str, int]()
    parts = [_columns(rows, source, users, items) for rows in _slices(ask, source, slice_rows)]
    if not parts:
        return None
    user, item, liked, at_s = (np.concatenate([part[place] for part in parts]) for place in range(4))
    return Events(tuple(users), tuple(items), user, item, liked.astype(bool), at_s)


def has_table(ask: Ask, schema: str, table: str) -> bool:
    """Whether this warehouse has such a table."""
    found = ask(
        "select 1 as found from information_schema.tables where table_schema = $schema and table_name = $name",
        schema=schema,
        name=table,
    )
    return bool(found)


def _slices(ask: Ask, source: Source, rows: int) -> Iterator[list[Row]]:
    user, item = source.first
    while found := ask(source.sql, user=user, item=item, rows=rows):
        yield found
        user, item = found[-1]["user_id"], found[-1]["item_id"]


def _columns(
    rows: Sequence[Row], source: Source, users: dict[str, int], items: dict[str, int]
) -> tuple[NDArray[np.int64], ...]:
    names = (f"{source.space}-{row['user_id']}" for row in rows)
    moments = (NO_MOMENT if row["at_s"] is None else row["at_s"] for row in rows)
    liked = (source is RENTALS or (row["stars"] is not None and row["stars"] >= LIKED_FROM) for row in rows)
    return (
        _whole((users.setdefault(name, len(users)) for name in names), rows),
        _whole((items.setdefault(str(row["item_id"]), len(items)) for row in rows), rows),
        _whole((int(each) for each in liked), rows),
        _whole(moments, rows),
    )


def _whole(values: Iterable[int], rows: Sequence[Row]) -> NDArray[np.int64]:
    return np.fromiter(values, dtype=np.int64, count=len(rows))


def catalogue_films(ask: Ask) -> list[Row]:
    """film_id, title and release_year of the catalogue's films that are not removed."""
    return ask("select film_id, title, release_year from movies where not is_removed order by film_id")


def catalogue_genres(ask: Ask) -> list[Row]:
    """film_id and name: one row a genre of a film."""
    return ask(
        "select l.film_id, g.name from movie_genres as l join genres as g on g.genre_id = l.genre_id "
        "order by l.film_id, g.name"
    )


def rated_films(ask: Ask) -> list[Row]:
    """rated_film_id, title, release_year and film_id, the catalogue's, of the films that ratings name."""
    if not has_table(ask, "reviews", "dim_rated_film"):
        return []
    return ask("select rated_film_id, title, release_year, film_id from reviews.dim_rated_film order by rated_film_id")


def rated_film_genres(ask: Ask) -> list[Row]:
    """rated_film_id and genre: one row a genre of a film that ratings name, as their source calls it."""
    if not has_table(ask, "reviews", "rated_film_genres"):
        return []
    return ask("select rated_film_id, genre from reviews.rated_film_genres order by rated_film_id, genre")


def shop_films(ask: Ask) -> list[Row]:
    """shop_film_id, title, release_year, category and film_id, the catalogue's, of a shop's films."""
    if not has_table(ask, "shop", "dim_film"):
        return []
    return ask(
        "select film_id as shop_film_id, title, release_year, category, catalogue_film_id as film_id "
        "from shop.dim_film order by film_id"
    )


def venues(ask: Ask) -> list[Row]:
    """venue_id, name, city and state of the venues that reviews are of."""
    if not has_table(ask, "reviews", "dim_venue"):
        return []
    return ask("select venue_id, name, city, state from reviews.dim_venue order by venue_id")


def venue_categories(ask: Ask) -> list[Row]:
    """venue_id and category: one row a category of a venue."""
    if not has_table(ask, "reviews", "venue_categories"):
        return []
    return ask("select venue_id, category from reviews.venue_categories order by venue_id, category")


# A film's own words about what it is: kind, the word's id, and its name. Of genres others know the name alone.
CONTENT = """
select l.film_id, 'genre' as kind, g.name as token, g.name
from movie_genres as l join genres as g on g.genre_id = l.genre_id
union all
select l.film_id, 'keyword', cast(k.keyword_id as text), k.name
from movie_keywords as l join keywords as k on k.keyword_id = l.keyword_id
union all
select d.film_id, 'director', cast(p.person_id as text), p.name
from movie_directors as d join people as p on p.person_id = d.person_id
union all
select a.film_id, 'cast', cast(p.person_id as text), p.name
from movie_actors as a join people as p on p.person_id = a.person_id
where a.cast_order < 10
union all
select m.film_id, 'collection', cast(c.collection_id as text), c.name
from movies as m join collections as c on c.collection_id = m.collection_id
order by 1, 2, 3
"""


def content(ask: Ask) -> list[Row]:
    """film_id, kind, token and name: genres, keywords, directors, the first ten of the cast, and the series."""
    return ask(CONTENT)
