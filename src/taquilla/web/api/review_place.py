"""One place with all that its reviews say of it: figures, months, stars, aspects and bursts."""

import json
from datetime import date
from typing import Any

from pydantic import BaseModel

from taquilla.web.problems import NotFoundError
from taquilla.web.reader import Row, Session

_PLACE = """
    select
        d.venue_id, d.name, d.address, d.city, d.state, d.postal_code, d.country, d.latitude, d.longitude,
        d.stars as source_stars, d.review_count as source_review_count, d.is_open, d.is_cinema, d.is_video_shop,
        d.is_inferred, d.hours, d.price_level, d.url, coalesce(s.reviews, 0) as reviews, s.mean_stars, s.stars_low,
        s.stars_high, s.bayesian_stars, s.mean_sentiment, s.answer_rate, s.retention, s.last_on
    from reviews.dim_venue as d
    left join mart.venue_scores as s on s.venue_id = d.venue_id
    where d.venue_id = $venue_id
"""
_KNOWN = """
    select count(stars) as reviews_starred, count(sentiment) as reviews_sensed, count(has_reply) as reviews_answerable
    from reviews.fact_review where venue_id = $venue_id
"""
_CATEGORIES = "select category from reviews.venue_categories where venue_id = $venue_id order by category"
_MONTHS = """
    select
        month, count(*) as reviews, avg(stars) as mean_stars, avg(sentiment) as mean_sentiment,
        cast(count(*) filter (where has_reply) as double) / nullif(count(has_reply), 0) as answer_rate
    from reviews.fact_review where venue_id = $venue_id group by month order by month
"""
_STARS = """
    select cast(floor(stars + 0.5) as integer) as stars, count(*) as reviews
    from reviews.fact_review where venue_id = $venue_id and stars is not null
    group by cast(floor(stars + 0.5) as integer) order by stars
"""
_ASPECTS = """
    select a.aspect, count(*) as reviews, avg(r.stars) as mean_stars, avg(r.sentiment) as mean_sentiment
    from reviews.fact_review as r join reviews.review_aspects as a on a.review_id = r.review_id
    where r.venue_id = $venue_id group by a.aspect order by reviews desc, a.aspect
"""
_BURSTS = """
    select day, reviews, expected, score, mean_stars from mart.review_bursts where venue_id = $venue_id order by day
"""


class Place(BaseModel):
    """A place with its reviews. All but the counts and the flags may be unknown, which is null.

    stars_low, stars_high: 95 % confidence of the mean. bayesian_stars: with ten reviews added at the mean of all.
    answer_rate: of the reviews whose source tells of owners' replies. retention: of those who wrote, the share who
    wrote on two or more days. is_inferred: reviews name it, and nothing else is known.
    """

    venue_id: str
    name: str | None
    city: str | None
    state: str | None
    categories: list[str]
    is_cinema: bool | None
    is_video_shop: bool | None
    is_inferred: bool
    reviews: int
    mean_stars: float | None
    stars_low: float | None
    stars_high: float | None
    bayesian_stars: float | None
    mean_sentiment: float | None
    answer_rate: float | None
    retention: float | None
    last_on: date | None


class PlaceMonth(BaseModel):
    """A month in which the place was reviewed."""

    month: date
    reviews: int
    mean_stars: float | None
    mean_sentiment: float | None
    answer_rate: float | None


class PlaceStars(BaseModel):
    """How many reviews have so many stars, rounded."""

    stars: int
    reviews: int


class PlaceAspect(BaseModel):
    """What the texts name, and how they find it."""

    aspect: str
    reviews: int
    mean_stars: float | None
    mean_sentiment: float | None


class PlaceBurst(BaseModel):
    """A day with far more reviews than `expected` on one."""

    day: date
    reviews: int
    expected: float
    score: float
    mean_stars: float | None


class PlaceDetails(Place):
    """A place with all that is known of it. `source_` is what the source itself tells of more reviews than are here.

    reviews_starred, reviews_sensed, reviews_answerable: of how many reviews stars, sentiment and answers are known.
    """

    address: str | None
    postal_code: str | None
    country: str | None
    latitude: float | None
    longitude: float | None
    source_stars: float | None
    source_review_count: int | None
    is_open: bool | None
    price_level: int | None
    hours: dict[str, str] | None
    url: str | None
    reviews_starred: int
    reviews_sensed: int
    reviews_answerable: int
    months: list[PlaceMonth]
    stars: list[PlaceStars]
    aspects: list[PlaceAspect]
    bursts: list[PlaceBurst]


def read_place(session: Session, venue_id: str) -> PlaceDetails:
    """The place. NotFoundError: there is none of that id, or no reviews at all."""
    rows = _rows(session, _PLACE, venue_id) if "venue_scores" in session.marts() else []
    if not rows:
        raise NotFoundError(f"There is no place {venue_id!r}.", "Find one under /api/reviews/places.")
    (known,) = _rows(session, _KNOWN, venue_id)
    parts: dict[str, Any] = {
        "months": _rows(session, _MONTHS, venue_id),
        "stars": _rows(session, _STARS, venue_id),
        "aspects": _rows(session, _ASPECTS, venue_id),
        "bursts": _rows(session, _BURSTS, venue_id),
        "categories": [row["category"] for row in _rows(session, _CATEGORIES, venue_id)],
        "hours": json.loads(rows[0]["hours"]) if rows[0]["hours"] else None,
    }
    return PlaceDetails.model_validate(rows[0] | known | parts)


def _rows(session: Session, sql: str, venue_id: str) -> list[Row]:
    return session.rows(sql, venue_id=venue_id)
