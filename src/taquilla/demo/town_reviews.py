"""The demo's town writes reviews: generated files in the shapes of Yelp, Google Maps and MovieLens.

    written = write_reviews(Path("reviews"), TownReviews(seed=1, reviews=12_000))
    written["review.json"].rows

The films that are rated and spoken of are the built-in catalogue's. Everything else is generated and stands for nobody:
places, people, texts, stars, ratings, and what tastes they follow. The same numbers give the same lines on any machine.
Some lines are wrong on purpose, and counted (`town_reviews_damage`).
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from typing import Final

import pyarrow as pa

from taquilla.demo import town_reviews_google as google
from taquilla.demo import town_reviews_ratings as ratings_of
from taquilla.demo import town_reviews_yelp as yelp
from taquilla.demo.town_reviews_films import known_films
from taquilla.demo.town_reviews_json import content
from taquilla.demo.town_reviews_people import gather, open_venues
from taquilla.demo.town_reviews_places import LANGUAGE_OF_CITY
from taquilla.demo.town_reviews_plan import BLOCK_ROWS, GOOGLE_PERCENT, Sizes, checked, make_calendar
from taquilla.demo.town_reviews_words import write_words
from taquilla.demo.town_reviews_written import World, review

REVIEWS, RATINGS = 12_000, 40_000
REVIEWS_A_VENUE, REVIEWS_A_REVIEWER, RATINGS_A_RATER = 40, 3, 33
# Sentences of a mood on a topic: so many that a large file does not repeat itself within what a compressor remembers.
WORDS, MANY_WORDS, MANY_REVIEWS = 120, 2_500, 100_000
WORKERS: Final = 2

Blocks = Iterator[pa.StringArray]


class TownReviews:
    """What the town's people write and rate. SettingsError: a size that cannot be.

    reviews: different ones, on both sites together; venues: one for 40 of them, reviewers: one for three, unless told;
    ratings: of films, about; google_percent: how much of it stands on Google Maps and not on Yelp; sentences: of a
    review, in the mean (10 is some 600 letters, as Yelp's are).
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        reviews: int = REVIEWS,
        venues: int | None = None,
        reviewers: int | None = None,
        ratings: int = RATINGS,
        raters: int | None = None,
        google_percent: int = GOOGLE_PERCENT,
        sentences: int = 5,
    ) -> None:
        self.sizes = checked(
            Sizes(
                seed=seed,
                reviews=reviews,
                venues=max(10, reviews // REVIEWS_A_VENUE) if venues is None else venues,
                reviewers=max(10, reviews // REVIEWS_A_REVIEWER) if reviewers is None else reviewers,
                ratings=ratings,
                raters=max(1, ratings // RATINGS_A_RATER) if raters is None else raters,
                google_percent=google_percent,
                sentences=sentences,
                words=MANY_WORDS if reviews > MANY_REVIEWS else max(20, min(WORDS, reviews // 80)),
            )
        )

    @cached_property
    def world(self) -> World:
        sizes = self.sizes
        venues = open_venues(sizes)
        people = gather(sizes, venues, LANGUAGE_OF_CITY)
        return World(sizes, venues, people, write_words(sizes, known_films()), make_calendar(sizes, sizes.reviews))

    @cached_property
    def _rated(self) -> ratings_of.RatedFilms:
        return ratings_of.rated_films(self.sizes)

    def reviews(self) -> Iterator[tuple[pa.StringArray, pa.StringArray]]:
        """The lines of all reviews, a block of some 20,000 at a time: (on Yelp, on Google Maps)."""
        world = self.world

        def block(number: int) -> tuple[pa.StringArray, pa.StringArray]:
            told = review(world, number)
            there = google.review_lines(world, told) if self.sizes.google_percent else pa.array([], pa.string())
            return yelp.review_lines(world, told), there

        blocks = -(-self.sizes.reviews // BLOCK_ROWS)
        waiting: deque[Future[tuple[pa.StringArray, pa.StringArray]]] = deque()
        with ThreadPoolExecutor(WORKERS) as pool:
            for number in range(blocks):
                waiting.append(pool.submit(block, number))
                if len(waiting) > WORKERS:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def others(self) -> dict[str, Blocks]:
        """The lines of every file but those of reviews, by its name."""
        world, sizes = self.world, self.sizes
        told: dict[str, Blocks] = {
            "business.json": yelp.business_lines(world),
            "user.json": yelp.user_lines(world),
            "tip.json": yelp.tip_lines(world, sizes.reviews // yelp.REVIEWS_A_TIP),
            "checkin.json": yelp.checkin_lines(world),
        }
        if sizes.google_percent:
            told["google_places.json"] = google.place_lines(world)
        if sizes.ratings:
            told["ratings.csv"] = ratings_of.rating_lines(sizes, self._rated)
            told["movies.csv"] = ratings_of.film_lines(self._rated)
            told["links.csv"] = ratings_of.link_lines(self._rated)
        return told


def review_lines(reviews: int, seed: int = 1) -> Iterator[memoryview]:
    """That many reviews as Yelp's NDJSON of some 800 bytes a line, none of them wrong: a file's content in blocks."""
    town = TownReviews(seed=seed, reviews=reviews, ratings=0, google_percent=0, sentences=10)
    return (content(lines) for lines, _ in town.reviews())
