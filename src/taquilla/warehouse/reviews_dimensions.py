"""The tables of the reviews' star that are told whole: places, reviewers, rated films, and what was mended or refused.

Each is one select over the curated tables; a load writes the rows that differ from those that are there.
"""

# ruff: noqa: S608 - the names in these statements come from constants, never from input.

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """A table, the columns that are its key, and the select that tells all its rows."""

    table: str
    key: tuple[str, ...]
    sql: str


def _named(key: str, *curated: str) -> str:
    """Every key that a row of these tables names, and the first by name of the sources that name it, as SQL."""
    rows = " union all ".join(f"select {key}, source from curated_{table} where {key} is not null" for table in curated)
    return f"(select {key}, min(source) as source from ({rows}) group by {key})"


_VENUES = f"""
    select named.venue_id, coalesce(v.source, named.source) as source, v.name, v.address, v.city, v.state,
           v.postal_code, v.country, v.latitude, v.longitude, v.stars, v.review_count, v.is_open, v.is_cinema,
           v.is_video_shop, v.attributes, v.hours, v.price_level, v.url, v.venue_id is null as is_inferred
    from {_named("venue_id", "venues", "reviews", "tips", "checkins")} as named
    left join curated_venues as v on v.venue_id = named.venue_id"""

_REVIEWERS = f"""
    select named.reviewer_id, coalesce(r.source, named.source) as source, r.name, r.review_count, r.joined_at,
           r.useful_votes, r.funny_votes, r.cool_votes, r.fans, r.average_stars, r.friend_count,
           r.reviewer_id is null as is_inferred
    from {_named("reviewer_id", "reviewers", "reviews", "tips")} as named
    left join curated_reviewers as r on r.reviewer_id = named.reviewer_id"""

# A film of the catalogue: by TMDB's id, else by IMDb's, else by a title that one film of that year alone has.
_FILMS = f"""
    with titled as (
        select lower(title) as title, release_year, min(film_id) as film_id
        from movies where not is_removed and release_year is not null
        group by all having count(*) = 1),
    identified as (
        select imdb_id, min(film_id) as film_id
        from movies where not is_removed and imdb_id is not null group by imdb_id)
    select named.rated_film_id, coalesce(f.source, named.source) as source, f.title, f.release_year, i.imdb_id,
           i.tmdb_id, coalesce(by_tmdb.film_id, by_imdb.film_id, by_title.film_id) as film_id,
           f.rated_film_id is null as is_inferred
    from {_named("rated_film_id", "rated_films", "ratings")} as named
    left join curated_rated_films as f on f.rated_film_id = named.rated_film_id
    left join curated_rated_film_ids as i on i.rated_film_id = named.rated_film_id
    left join movies as by_tmdb on by_tmdb.film_id = i.tmdb_id and not by_tmdb.is_removed
    left join identified as by_imdb on by_imdb.imdb_id = i.imdb_id
    left join titled as by_title on by_title.title = lower(f.title) and by_title.release_year = f.release_year"""

_REPAIRS = """
    select distinct on (table_name, raw_seq, column_name, rule) "table" as table_name, raw_seq,
           "column" as column_name, rule, key, found, made
    from curated_review_repairs order by table_name, raw_seq, column_name, rule, found, made"""

_REJECTED = """
    select distinct on (table_name, raw_seq) table_name, raw_seq, key, landed_at, rule, reason, record
    from curated_refused order by table_name, raw_seq, rule"""

# In an order in which none names one that comes later; the goals are a table of the load's own.
DIMENSIONS = (
    Told("reviews.dim_venue", ("venue_id",), _VENUES),
    Told("reviews.dim_reviewer", ("reviewer_id",), _REVIEWERS),
    Told("reviews.dim_rated_film", ("rated_film_id",), _FILMS),
    Told("reviews.repairs", ("table_name", "raw_seq", "column_name", "rule"), _REPAIRS),
    Told("reviews.rejected", ("table_name", "raw_seq"), _REJECTED),
    Told("reviews.goals", ("kpi",), "select kpi, goal from told_goals"),
)
