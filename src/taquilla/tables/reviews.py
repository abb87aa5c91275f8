"""Reviews: what people write of places and how they rate films, whatever site it comes from, in one set of tables.

    raw.<kind> ── read_records (review_records.py) ─▶ curated.<kind>         typed, one row a key: the newest valid one
                                                   ├─▶ curated.review_repairs   one row a cell mended or refused
                                                   └─▶ quarantine.<kind>        one row a record that cannot stand
    curated.reviews ── score ─▶ curated.review_signals   language, sentiment, aspects, signs of spam

A kind is what a record tells of; a layout (`review_layouts`) is how a source writes it. Unknown is null, never zero.
"""

from dataclasses import dataclass

import dataframely as dy

from taquilla.tables.cell_reading import MOMENTS

MAX_COUNT = 2**53
STARS = (1.0, 5.0)
RATINGS = (0.5, 5.0)
YEARS = (1870, 2199)
LAYOUT_NAMES = "yelp, google_maps, google_flat or movielens: how the source writes it"


def _key(description: str) -> dy.String:
    return dy.String(primary_key=True, min_length=1, description=description)


def _number_key(description: str) -> dy.Int64:
    return dy.Int64(primary_key=True, min=0, description=description)


def _text(description: str, *, nullable: bool = True) -> dy.String:
    return dy.String(nullable=nullable, min_length=None if nullable else 1, description=description)


def _count(description: str, *, nullable: bool = True) -> dy.Int64:
    return dy.Int64(nullable=nullable, min=0, max=MAX_COUNT, description=description)


def _stars(description: str) -> dy.Float64:
    return dy.Float64(nullable=True, min=STARS[0], max=STARS[1], description=description)


def _moment(description: str, *, nullable: bool = True) -> dy.Datetime:
    return dy.Datetime(
        nullable=nullable, time_unit="us", time_zone="UTC", min=MOMENTS[0], max=MOMENTS[1], description=description
    )


def _share(description: str, *, nullable: bool = True) -> dy.Float64:
    return dy.Float64(nullable=nullable, min=0, max=1, description=description)


class _Record(dy.Schema):
    """What every curated row has beside its own columns."""

    raw_seq = dy.Int64(min=0, description="the row of raw that stands here")
    bucket = dy.Int64(min=0, description="crc32 of the record's key % buckets")


class Venues(_Record):
    """`curated.venues`: the places that are reviewed, cinemas or any other."""

    venue_id = _key("the source's id of the place")
    source = _text(LAYOUT_NAMES, nullable=False)
    name = _text("the place's own name")
    address = _text("street and number; the whole address where it cannot be split")
    city = _text("as the source writes it")
    state = _text("state, province or region, as the source writes it")
    postal_code = _text("as the source writes it")
    country = _text("as the source writes it")
    latitude = dy.Float64(nullable=True, min=-90, max=90, description="degrees; null with its longitude")
    longitude = dy.Float64(nullable=True, min=-180, max=180, description="degrees; null with its latitude")
    stars = _stars("mean stars from 1 to 5 as the source tells it, not counted from the reviews here")
    review_count = _count("reviews as the source tells them, not counted from the reviews here")
    is_open = dy.Bool(nullable=True, description="whether it still exists; false: closed for good")
    categories = dy.List(dy.String(), nullable=True, description="in the source's order, each once")
    is_cinema = dy.Bool(description="a category says cinema; false where no category is known")
    is_video_shop = dy.Bool(description="a category says that it rents or sells videos; false where none is known")
    attributes = _text("what else the source tells, a JSON object with real types")
    hours = _text('opening hours, a JSON object: {"Monday": "08:00-18:30"}; a closed day is left out')
    price_level = dy.Int64(nullable=True, min=1, max=4, description="from 1 (cheap) to 4")
    url = _text("the place's page at the source")


class Reviews(_Record):
    """`curated.reviews`: one row a review; the text is normalised, orphans are kept."""

    review_id = _key("the source's id; else venue#line of a plain CSV, or a SHA-256 of venue, reviewer, moment, text")
    source = _text(LAYOUT_NAMES, nullable=False)
    venue_id = _text("the place; it may be unknown to curated.venues", nullable=False)
    reviewer_id = _text("who wrote it; null where the source does not tell")
    stars = _stars("from 1 to 5; null where the source tells none, or one outside")
    reviewed_at = _moment("when it was written, as exact as date_precision says", nullable=False)
    date_precision = dy.String(
        regex="^(second|day|month)$", description="second, day, month: how exact reviewed_at is; month or coarser"
    )
    text = _text("NFC, blanks once, no control signs; null where there is no text")
    useful_votes = _count("readers who found it useful; Google's likes")
    funny_votes = _count("readers who found it funny")
    cool_votes = _count("readers who found it cool")
    image_count = _count("pictures that came with it")
    owner_reply = _text("what the owner answered, normalised as the text")
    owner_replied_at = _moment("when the owner answered")
    is_edited = dy.Bool(nullable=True, description="the source says that it was edited; null where it says neither")


class Reviewers(_Record):
    """`curated.reviewers`: who writes reviews, under a pseudonym."""

    reviewer_id = _key("the source's id of the person")
    source = _text(LAYOUT_NAMES, nullable=False)
    name = _text("a pseudonym, anon- and 16 hexadecimal digits, unless switched off")
    review_count = _count("reviews as the source tells them, not counted from the reviews here")
    joined_at = _moment("since when the person writes there")
    useful_votes = _count("votes for all reviews of the person")
    funny_votes = _count("votes for all reviews of the person")
    cool_votes = _count("votes for all reviews of the person")
    fans = _count("people who follow the person")
    average_stars = dy.Float64(nullable=True, min=0, max=STARS[1], description="0 to 5, as the source tells it")
    friend_count = _count("how many friends the source lists")


class Tips(_Record):
    """`curated.tips`: short advice without stars."""

    tip_id = _key("the source's id; else a SHA-256 of venue, reviewer, moment and text")
    source = _text(LAYOUT_NAMES, nullable=False)
    venue_id = _text("the place", nullable=False)
    reviewer_id = _text("who wrote it")
    tipped_at = _moment("when it was written", nullable=False)
    text = _text("normalised as a review's")
    compliment_count = _count("compliments that it was paid")


class Checkins(_Record):
    """`curated.checkins`: one row a place, with every moment at which somebody checked in."""

    venue_id = _key("the place")
    source = _text(LAYOUT_NAMES, nullable=False)
    moments = dy.List(
        dy.Datetime(time_unit="us", time_zone="UTC"),
        description="in the order of time; of weekly counts, in the week from 1970-01-05",
    )


class Ratings(_Record):
    """`curated.ratings`: how a user rated a film."""

    user_id = _key("the source's id of the user")
    rated_film_id = _number_key("the source's own number of the film")
    source = _text(LAYOUT_NAMES, nullable=False)
    rating = dy.Float64(min=RATINGS[0], max=RATINGS[1], description="from 0.5 to 5 stars")
    rated_at = _moment("when it was rated")


class RatedFilms(_Record):
    """`curated.rated_films`: the films that are rated, as the source of the ratings knows them."""

    rated_film_id = _number_key("the source's own number, not TMDB's")
    source = _text(LAYOUT_NAMES, nullable=False)
    title = _text("without the year", nullable=False)
    release_year = dy.Int32(nullable=True, min=YEARS[0], max=YEARS[1], description="from the title, Toy Story (1995)")
    genres = dy.List(dy.String(), nullable=True, description="in the source's order; null where none is listed")


class RatedFilmIds(_Record):
    """`curated.rated_film_ids`: the same films under the ids of other catalogues."""

    rated_film_id = _number_key("the source's own number")
    source = _text(LAYOUT_NAMES, nullable=False)
    imdb_id = dy.String(nullable=True, regex=r"^tt\d{7,}$", description="tt and at least seven digits")
    tmdb_id = dy.Int64(nullable=True, min=1, description="TMDB's film id")


class ReviewSignals(_Record):
    """`curated.review_signals`: what a review's text tells, measured row by row."""

    review_id = _key("the review")
    language = dy.String(nullable=True, description="ISO 639-1; null where the text is too short to tell")
    language_confidence = _share("how sure that is")
    sentiment = dy.Float64(
        nullable=True,
        min=-1,
        max=1,
        description="from -1 to 1; null without text, in a language without a lexicon, or without a word of it",
    )
    sentiment_words = _count("words of the text that the lexicon knows", nullable=False)
    word_count = _count("words of the text", nullable=False)
    character_count = _count("characters of the text", nullable=False)
    uppercase_share = _share("capitals among the letters; null without letters")
    exclamation_count = _count("exclamation marks", nullable=False)
    has_url = dy.Bool(description="the text names an address of the web")
    has_contact = dy.Bool(description="the text has a telephone number or an e-mail address")
    repeated_share = _share("how much of the text is its most frequent word; null without words")
    aspects = dy.List(dy.String(), description="what it speaks of: screen, sound, seats, staff, price, food …")
    text_hash = dy.Int64(nullable=True, description="64 bits of the normalised text; null under 20 characters")
    spam_score = _share("the share of the signs of spam that are present", nullable=False)
    spam_signs = dy.List(dy.String(), description="the names of the signs present")


@dataclass(frozen=True, slots=True)
class Kind:
    """What records tell of: the curated table's name and contract, and its key's columns."""

    name: str
    contract: type[dy.Schema]
    key: tuple[str, ...]


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("venues", Venues, ("venue_id",)),
        Kind("reviews", Reviews, ("review_id",)),
        Kind("reviewers", Reviewers, ("reviewer_id",)),
        Kind("tips", Tips, ("tip_id",)),
        Kind("checkins", Checkins, ("venue_id",)),
        Kind("ratings", Ratings, ("user_id", "rated_film_id")),
        Kind("rated_films", RatedFilms, ("rated_film_id",)),
        Kind("rated_film_ids", RatedFilmIds, ("rated_film_id",)),
    )
}
