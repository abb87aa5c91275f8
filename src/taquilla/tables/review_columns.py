"""For each layout and kind: the fields that are read, and the curated columns that are made of them."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from taquilla.tables import review_readers as read
from taquilla.tables import review_values as values
from taquilla.tables.review_cells import Fields
from taquilla.tables.review_readers import Reader


@dataclass(frozen=True, slots=True)
class Column:
    """A curated column: the cells it is read from (the first that is there; a.b is within a), and by what.

    rule: by which a cell is refused that was found and not read; None: that is no refusal. unread: what of a cell was
    left out.
    """

    name: str
    paths: tuple[str, ...]
    read: Reader
    rule: str | None = None
    unread: Callable[[pl.Series, pl.Series], pl.Series] | None = None

    @property
    def found(self) -> pl.Expr:
        """The cell that counts."""
        return pl.coalesce([_at(path) for path in self.paths])

    @property
    def fields(self) -> tuple[str, ...]:
        """The record's own fields."""
        return tuple(path.partition(".")[0] for path in self.paths)


def _at(path: str) -> pl.Expr:
    name, _, inner = path.partition(".")
    return pl.col(name).struct.field(inner) if inner else pl.col(name)


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read of a layout's records: fields by name, and columns in the order in which they are made."""

    fields: Fields
    columns: tuple[Column, ...]


def _id(name: str, *paths: str) -> Column:
    return Column(name, paths or (name,), read.identity)


def _line(name: str, *paths: str) -> Column:
    return Column(name, paths or (name,), read.line)


def _count(name: str, *paths: str) -> Column:
    return Column(name, paths or (name,), read.count, "is_count")


def _moment(name: str, *paths: str) -> Column:
    return Column(name, paths, read.moment, "is_moment")


def _same(name: str, *paths: str) -> Column:
    return Column(name, paths or (name,), read.same)


def _numbers(names: str) -> Fields:
    return dict.fromkeys(names.split(), values.NUMBER)


def _texts(names: str) -> Fields:
    return dict.fromkeys(names.split(), values.TEXT)


_STARS = Column("stars", ("stars",), read.stars, "is_stars")
_POSITION = tuple(Column(name, (name,), read.position, "is_position") for name in ("latitude", "longitude"))
# Names of categories at Yelp and at Google; Google's "movie rental store" rents films, its "video game store" does not.
_CINEMA = (
    r"(?i)^(?:cinemas?|cines?|sala de cine|multiplex|outdoor movies|imax.*|.* cinema|"
    r"(?:.* )?(?:movie|film) theat(?:er|re)s?|(?:.* )?drive-in(?: movie)? theat(?:er|re)s?)$"
)
_VIDEO_SHOP = (
    r"(?i)^(?:videos & video game rental|videoclub|video club|"
    r"(?:video|movie|dvd|film)s?(?: rental)? (?:store|shop|kiosk)|"
    r"(?:video|movie|dvd|film)s? (?:rental|hire)(?: service)?)$"
)
_KINDS_OF_PLACE = (
    Column("is_cinema", ("categories",), read.matches(_CINEMA)),
    Column("is_video_shop", ("categories",), read.matches(_VIDEO_SHOP)),
)
_VOTES = tuple(_count(f"{name}_votes", name, f"votes.{name}") for name in values.VOTES)

_YELP = {
    "reviews": Reading(
        {
            **_texts("review_id user_id business_id"),
            "text": values.WORDS,
            **_numbers("stars useful funny cool"),
            "date": values.MOMENT,
            "votes": values.VOTE_COUNTS,
        },
        (
            _id("review_id"),
            _id("venue_id", "business_id"),
            _id("reviewer_id", "user_id"),
            _STARS,
            _moment("reviewed_at", "date"),
            Column("date_precision", ("date",), read.precision),
            Column("text", ("text",), read.text),
            *_VOTES,
        ),
    ),
    "venues": Reading(
        {
            **_texts("business_id name address full_address city state postal_code country url"),
            **_numbers("latitude longitude stars review_count"),
            "is_open": values.FLAG,
            "open": values.FLAG,
            "attributes": values.ATTRIBUTES,
            "categories": values.NAMES,
            "hours": values.HOURS,
        },
        (
            _id("venue_id", "business_id"),
            *(_line(name) for name in ("name", "city", "state", "postal_code", "country", "url")),
            _line("address", "address", "full_address"),
            *_POSITION,
            _STARS,
            _count("review_count"),
            _same("is_open", "is_open", "open"),
            *(_same(name) for name in ("categories", "attributes", "hours")),
            *_KINDS_OF_PLACE,
            Column("price_level", ("attributes",), read.yelp_price_level),
        ),
    ),
    "reviewers": Reading(
        {
            **_texts("user_id name"),
            **_numbers("review_count useful funny cool fans average_stars"),
            "yelping_since": values.MOMENT,
            "friends": values.FRIENDS,
            "votes": values.VOTE_COUNTS,
        },
        (
            _id("reviewer_id", "user_id"),
            _line("name"),
            _count("review_count"),
            _moment("joined_at", "yelping_since"),
            *_VOTES,
            _count("fans"),
            Column("average_stars", ("average_stars",), read.average_stars, "is_stars"),
            Column("friend_count", ("friends",), read.friend_count),
        ),
    ),
    "tips": Reading(
        {
            **_texts("business_id user_id"),
            "text": values.WORDS,
            **_numbers("compliment_count likes"),
            "tip_id": values.NUMBER_ID,
            "date": values.MOMENT,
        },
        (
            _id("venue_id", "business_id"),
            _id("reviewer_id", "user_id"),
            _moment("tipped_at", "date"),
            Column("text", ("text",), read.text),
            _count("compliment_count", "compliment_count", "likes"),
            Column("tip_id", ("tip_id",), read.made_of("venue_id", "reviewer_id", "tipped_at", "text")),
        ),
    ),
    "checkins": Reading(
        {
            "business_id": values.TEXT,
            "date": values.CHECKINS,
            "time": values.CHECKINS,
            "checkin_info": values.CHECKINS,
        },
        (
            _id("venue_id", "business_id"),
            Column("moments", ("date", "time", "checkin_info"), read.moment_lists, "is_moment", read.unread_moments),
        ),
    ),
}

_GOOGLE = {
    "reviews": Reading(
        {
            **_texts("review_id user_id gmap_id review_date raw_date"),
            **_numbers("rating likes n_images"),
            "text": values.WORDS,
            "time": values.MOMENT,
            "pics": values.COUNTED,
            "resp": values.REPLY,
        },
        (
            _id("venue_id", "gmap_id"),
            _id("reviewer_id", "user_id"),
            Column("stars", ("rating",), read.stars, "is_stars"),
            _moment("reviewed_at", "time", "review_date"),
            Column("date_precision", ("time", "review_date"), read.google_precision),
            Column("text", ("text",), read.original_text),
            _count("useful_votes", "likes"),
            _count("image_count", "n_images", "pics"),
            Column("owner_reply", ("resp.text",), read.original_text),
            _moment("owner_replied_at", "resp.time"),
            Column("is_edited", ("raw_date",), read.is_edited),
            Column("review_id", ("review_id",), read.made_of("venue_id", "reviewer_id", "reviewed_at", "text")),
        ),
    ),
    "venues": Reading(
        {
            **_texts("gmap_id name address price state url"),
            **_numbers("latitude longitude avg_rating num_of_reviews"),
            "category": values.NAMES,
            "hours": values.HOURS,
            "MISC": values.ATTRIBUTES,
        },
        (
            _id("venue_id", "gmap_id"),
            _line("name"),
            Column("address", ("address",), read.address_part("street")),
            *(Column(name, ("address",), read.address_part(name)) for name in ("city", "state", "postal_code")),
            *_POSITION,
            Column("stars", ("avg_rating",), read.stars, "is_stars"),
            _count("review_count", "num_of_reviews"),
            Column("is_open", ("state",), read.google_is_open),
            _same("categories", "category"),
            Column("is_cinema", ("category",), read.matches(_CINEMA)),
            Column("is_video_shop", ("category",), read.matches(_VIDEO_SHOP)),
            _same("attributes", "MISC"),
            _same("hours"),
            Column("price_level", ("price",), read.price_level, "is_price"),
            _line("url"),
        ),
    ),
}

_FLAT = {
    "reviews": Reading(
        {"review": values.WORDS, "stars": values.NUMBER, "date": values.MOMENT},
        (
            Column("venue_id", ("file",), read.file_place),
            Column("review_id", ("file",), read.numbered),
            _STARS,
            _moment("reviewed_at", "date"),
            Column("date_precision", ("date",), read.precision),
            Column("text", ("review",), read.text),
        ),
    ),
}

_FILM = Column("rated_film_id", ("movieId",), read.count, "is_count")
_MOVIELENS = {
    "ratings": Reading(
        {"userId": values.NUMBER_ID, **_numbers("movieId rating"), "timestamp": values.MOMENT},
        (
            _id("user_id", "userId"),
            _FILM,
            Column("rating", ("rating",), read.rating, "is_rating"),
            _moment("rated_at", "timestamp"),
        ),
    ),
    "rated_films": Reading(
        {**_numbers("movieId"), "title": values.TEXT, "genres": values.GENRES},
        (
            _FILM,
            Column("title", ("title",), read.film_title),
            Column("release_year", ("title",), read.release_year),
            Column("genres", ("genres",), read.genres),
        ),
    ),
    "rated_film_ids": Reading(
        {**_numbers("movieId tmdbId"), "imdbId": values.NUMBER_ID},
        (
            _FILM,
            Column("imdb_id", ("imdbId",), read.imdb_id, "is_imdb_id"),
            Column("tmdb_id", ("tmdbId",), read.whole(1, 2**53), "is_count"),
        ),
    ),
}

READINGS: dict[tuple[str, str], Reading] = {
    (layout, kind): reading
    for layout, kinds in (("yelp", _YELP), ("google_maps", _GOOGLE), ("google_flat", _FLAT), ("movielens", _MOVIELENS))
    for kind, reading in kinds.items()
}
