"""The town's reviews, reviewers, tips, places and check-ins as Yelp's dump writes them, block by block."""

import json
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taquilla.demo import town_reviews_json as lines
from taquilla.demo.town_names import FIRST_NAMES, LAST_NAMES
from taquilla.demo.town_plan import Ints, drawn
from taquilla.demo.town_reviews_people import ALWAYS, Kind
from taquilla.demo.town_reviews_places import Place, place
from taquilla.demo.town_reviews_plan import BLOCK_ROWS, Stream, make_calendar
from taquilla.demo.town_reviews_words import TOPIC, Mood
from taquilla.demo.town_reviews_written import Reviews, World, visit
from taquilla.demo.town_tables import words

REVIEW, USER, PLACE, NOWHERE = 101, 202, 303, 404
REVIEWS_A_TIP, CHECKINS_A_REVIEW = 8, 4
ELITE_PERCENT: Final = 4
COMPLIMENTS: Final = ("hot", "more", "profile", "cute", "list", "note", "plain", "cool", "funny", "writer", "photos")
CATEGORIES: Final = {
    Kind.CINEMA: ("Cinema, Arts & Entertainment", "Arts & Entertainment, Cinema, Event Planning & Services",
                  "Cinema, Drive-In Theater, Arts & Entertainment"),
    Kind.SHOP: ("Videos & Video Game Rental, Shopping", "Shopping, Music & Video, Videos & Video Game Rental"),
    Kind.CAFE: ("Coffee & Tea, Food", "Cafes, Restaurants", "Desserts, Food, Coffee & Tea"),
}  # fmt: skip
# By kind: when people check in, in hours of the day.
CHECKIN_HOURS: Final = {
    Kind.CINEMA: (4, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 4, 5, 7, 11, 14, 18, 26, 34, 36, 28, 16, 8),
    Kind.SHOP: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 8, 9, 7, 6, 9, 14, 20, 24, 22, 14, 6, 0, 0),
    Kind.CAFE: (0, 0, 0, 0, 0, 0, 0, 4, 10, 14, 16, 14, 12, 14, 14, 16, 18, 16, 14, 10, 6, 2, 0, 0),
}  # fmt: skip


def review_lines(world: World, reviews: Reviews) -> pa.StringArray:
    """Those of the block that stand on Yelp."""
    visits = reviews.visits
    useful, funny, cool = reviews.votes
    number = np.where(reviews.is_orphan, len(world.venues) + visits.number, visits.venue)
    told = lines.joined(
        *('{"review_id":"', lines.yelp_ids(visits.number, REVIEW)),
        *('","user_id":"', lines.yelp_ids(visits.person, USER), '","business_id":"', lines.yelp_ids(number, PLACE)),
        *('","stars":', lines.text(reviews.stars), '.0,"useful":', lines.text(useful)),
        *(',"funny":', lines.text(funny), ',"cool":', lines.text(cool)),
        *(',"text":"', world.words.joined(reviews.sentences, reviews.counts)),
        *('","date":"', lines.moments(visits.moment_s), '"}', lines.LINE_END),
    )
    return _on_yelp(world, visits.person, told)


def _on_yelp(world: World, person: Ints, told: pa.StringArray) -> pa.StringArray:
    if not world.sizes.google_percent:
        return told
    return told.filter(pa.array(world.people.is_google[person] == 0))


def user_lines(world: World) -> Iterator[pa.StringArray]:
    """Everybody of Yelp but one in a hundred, who is gone; they have written more than what is here."""
    people, sizes = world.people, world.sizes
    for block, begins in enumerate(range(0, len(people), BLOCK_ROWS)):
        random = sizes.random(Stream.REVIEWERS, block)
        who = np.arange(begins, min(begins + BLOCK_ROWS, len(people)))
        who = who[(random.integers(0, 100, len(who)) > 0) & (people.is_google[who] == 0)]
        weight = np.diff(people.weight_edges, prepend=0)[who]
        wrote = 1 + weight * 2 * sizes.reviews // int(people.weight_edges[-1])
        useful, funny, cool, fans = (wrote * random.integers(0, most, len(who)) // 10 for most in (25, 8, 12, 3))
        joined_s = sizes.first_day_s + people.joined_day[who] * 86_400 + random.integers(0, 86_400, len(who))
        friends = _friends(world, who, random)
        elite = random.integers(0, 100, len(who)) < ELITE_PERCENT
        compliments = (
            (f',"compliment_{name}":', lines.text(wrote * random.integers(0, 5, len(who)) // 30))
            for name in COMPLIMENTS
        )
        yield lines.joined(
            *('{"user_id":"', lines.yelp_ids(who, USER), '","name":"', names_of(who)),
            *('","review_count":', lines.text(wrote), ',"yelping_since":"', lines.moments(joined_s)),
            *('","useful":', lines.text(useful), ',"funny":', lines.text(funny), ',"cool":', lines.text(cool)),
            *(',"elite":"', pc.if_else(pa.array(elite), "2013,2014", ""), '","friends":"', friends),
            *('","fans":', lines.text(fans), ',"average_stars":', lines.tenths(_mean_tenths(world, who))),
            *(piece for pair in compliments for piece in pair),
            *("}", lines.LINE_END),
        )


def names_of(who: Ints) -> pa.StringArray:
    """A first and a last name for each person, drawn apart from each other: nobody's."""
    bits = (lines.mixed(who, 77) >> np.uint64(16)).astype(np.int64)
    first, last = words(FIRST_NAMES, bits % len(FIRST_NAMES)), words(LAST_NAMES, bits // 1_000 % len(LAST_NAMES))
    return lines.joined(first, " ", last)


def _friends(world: World, who: Ints, random: np.random.Generator) -> pa.StringArray:
    counts = np.maximum(random.integers(-3, 7, len(who)), 0)
    offsets = pa.array(np.concatenate((np.zeros(1, np.int64), np.cumsum(counts))).astype(np.int32))
    ids = lines.yelp_ids(random.integers(0, len(world.people), int(counts.sum())), USER)
    told = pc.binary_join(pa.ListArray.from_arrays(offsets, ids), ", ")
    return pc.if_else(pa.array(counts == 0), "None", told)


def _mean_tenths(world: World, who: Ints) -> Ints:
    return np.clip(37 + world.people.bias[who], 10, 50)


def tip_lines(world: World, count: int) -> Iterator[pa.StringArray]:
    """About `count` short hints (those of Yelp's people), each a sentence."""
    calendar = make_calendar(world.sizes, count)
    for block, begins in enumerate(range(0, count, BLOCK_ROWS)):
        random = world.sizes.random(Stream.TIPS, block)
        visits = visit(world, np.arange(begins, min(begins + BLOCK_ROWS, count)), calendar, random)
        language, draws = world.people.speaks[visits.person], random.integers(0, 2**40, len(visits))
        said = world.words.said(world.words.of(language, TOPIC["tip"], int(Mood.PLAIN), draws))
        praised = drawn(random, (90, 8, 2), len(visits))
        told = lines.joined(
            *('{"user_id":"', lines.yelp_ids(visits.person, USER)),
            *('","business_id":"', lines.yelp_ids(visits.venue, PLACE), '","text":"', said),
            *('","date":"', lines.moments(visits.moment_s), '","compliment_count":', lines.text(praised)),
            *("}", lines.LINE_END),
        )
        yield _on_yelp(world, visits.person, told)


def business_lines(world: World) -> Iterator[pa.StringArray]:
    """The places on Yelp."""
    begins, ends = world.venues.of_site(0)
    for start in range(begins, ends, BLOCK_ROWS):
        numbers = np.arange(start, min(start + BLOCK_ROWS, ends))
        ids = lines.yelp_ids(numbers, PLACE).to_pylist()
        told = (_business(place(world, number), id_) for number, id_ in zip(numbers.tolist(), ids, strict=True))
        yield pa.array([json.dumps(one, ensure_ascii=False) + lines.LINE_END for one in told], pa.string())


def _business(told: Place, business_id: str) -> dict[str, Any]:
    categories = CATEGORIES[told.kind]
    return {
        "business_id": business_id,
        "name": told.name,
        "address": told.street,
        "city": told.city,
        "state": told.state,
        "postal_code": told.postal_code,
        "latitude": told.latitude,
        "longitude": told.longitude,
        "stars": told.level_tenths // 5 / 2,
        "review_count": told.reviews,
        "is_open": int(told.is_open),
        "attributes": _attributes(told),
        # Now and then nobody has filled it in.
        "categories": None if told.draw % 53 == 0 else categories[told.draw % len(categories)],
        "hours": None if told.draw % 11 == 0 else {day: _yelp_hours(told, day) for day in told.open_days},
    }


def _attributes(told: Place) -> dict[str, str] | None:
    """Python's literals as texts, as Yelp writes them."""
    if told.draw % 13 == 0:
        return None
    parking = {"garage": told.draw % 2 == 0, "street": told.draw % 3 == 0, "lot": told.draw % 5 == 0}
    return {
        "BusinessParking": str(parking),
        "WiFi": ("u'free'", "u'no'", "'paid'")[told.draw % 3],
        "RestaurantsPriceRange2": str(told.price_level),
        "WheelchairAccessible": str(told.draw % 4 > 0),
    }


def _yelp_hours(told: Place, day: str) -> str:
    opens, closes = told.hours(day)
    return f"{opens}:0-{closes % 24}:{30 * (told.draw % 2)}"


def checkin_lines(world: World) -> Iterator[pa.StringArray]:
    """All moments of each place on Yelp in one line, as many as its size lets expect."""
    venues, sizes = world.venues, world.sizes
    begins, ends = venues.of_site(0)
    calendar = make_calendar(sizes, 2**31)
    wanted = CHECKINS_A_REVIEW * sizes.reviews
    for block, start in enumerate(range(begins, ends, BLOCK_ROWS)):
        random = sizes.random(Stream.CHECKINS, block)
        places = np.arange(start, min(start + BLOCK_ROWS, ends))
        share = venues.size[places] * (100 - sizes.google_percent) // 100
        counts = share * wanted // int(venues.size[begins:ends].sum())
        venue = np.repeat(places, counts)
        day = calendar.days_of(random.integers(0, int(calendar.ends[-1]), len(venue)))
        open_day = np.maximum(venues.open_day[venue], ALWAYS + 1)
        day = open_day + day % np.maximum(np.minimum(venues.close_day[venue], sizes.days) - open_day, 1)
        kind = venues.kind[venue]
        hour = np.select([kind == which for which in Kind], [drawn(random, CHECKIN_HOURS[k], len(venue)) for k in Kind])
        seconds = sizes.first_day_s + day * 86_400 + hour * 3_600 + random.integers(0, 3_600, len(venue))
        order = np.lexsort((seconds, venue))
        offsets = pa.array(np.concatenate((np.zeros(1, np.int64), np.cumsum(counts))).astype(np.int32))
        moments = pc.binary_join(pa.ListArray.from_arrays(offsets, lines.moments(seconds[order])), ", ")
        told = lines.joined(
            '{"business_id":"', lines.yelp_ids(places, PLACE), '","date":"', moments, '"}', lines.LINE_END
        )
        yield told.filter(pa.array(counts > 0))
