"""The town's places and reviews as Google Maps' dumps write them: names in the reviews, times in milliseconds."""

import json
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taquilla.demo import town_reviews_json as lines
from taquilla.demo.town_plan import Ints
from taquilla.demo.town_reviews_people import Kind
from taquilla.demo.town_reviews_places import DAYS, Place, place
from taquilla.demo.town_reviews_plan import BLOCK_ROWS
from taquilla.demo.town_reviews_written import Reviews, World
from taquilla.demo.town_reviews_yelp import names_of

CATEGORIES: Final = {
    Kind.CINEMA: (["Movie theater"], ["Movie theater", "Event venue"], ["Drive-in movie theater", "Movie theater"]),
    Kind.SHOP: (["Video rental store"], ["Video store", "Video rental store"], ["DVD store", "Movie rental store"]),
    Kind.CAFE: (["Coffee shop"], ["Cafe", "Breakfast restaurant"], ["Dessert shop", "Cafe"]),
}  # fmt: skip
PHOTOS_PERCENT: Final = 7


def review_lines(world: World, reviews: Reviews) -> pa.StringArray:
    """Those of the block that stand on Google Maps."""
    visits = reviews.visits
    number = np.where(reviews.is_orphan, len(world.venues) + visits.number, visits.venue)
    texts = world.words.joined(reviews.sentences, reviews.counts)
    told = lines.joined(
        *('{"user_id":"', lines.person_ids(visits.person), '","name":"', names_of(visits.person)),
        *('","time":', _milliseconds(visits.moment_s, visits.number), ',"rating":', lines.text(reviews.stars)),
        *(',"text":', lines.quoted(texts, reviews.counts > 0), ',"pics":', _photos(visits.number)),
        *(',"resp":', _answers(world, reviews), ',"gmap_id":"', lines.place_ids(number), '"}', lines.LINE_END),
    )
    return told.filter(pa.array(world.people.is_google[visits.person] == 1))


def _milliseconds(seconds: Ints, number: Ints) -> pa.StringArray:
    return lines.text(seconds * 1_000 + number % 1_000)


def _photos(number: Ints) -> pa.StringArray:
    told = lines.joined('[{"url":["https://photos.example.org/', lines.text(number), '.jpg"]}]')
    return pc.if_else(pa.array(number * 31 % 100 < PHOTOS_PERCENT), told, lines.NULL)


def _answers(world: World, reviews: Reviews) -> pa.StringArray:
    visits, is_told = reviews.visits, reviews.reply >= 0
    answered_s = visits.moment_s + reviews.reply_hours * 3_600 + visits.number % 3_600
    said = world.words.said(np.maximum(reviews.reply, 0))
    told = lines.joined('{"time":', _milliseconds(answered_s, visits.number), ',"text":"', said, '"}')
    return pc.if_else(pa.array(is_told), told, lines.NULL)


def place_lines(world: World) -> Iterator[pa.StringArray]:
    """The places on Google Maps."""
    begins, ends = world.venues.of_site(1)
    for start in range(begins, ends, BLOCK_ROWS):
        numbers = np.arange(start, min(start + BLOCK_ROWS, ends))
        ids = lines.place_ids(numbers).to_pylist()
        told = (_place(place(world, number), id_) for number, id_ in zip(numbers.tolist(), ids, strict=True))
        yield pa.array([json.dumps(one, ensure_ascii=False) + lines.LINE_END for one in told], pa.string())


def _place(told: Place, gmap_id: str) -> dict[str, Any]:
    categories = CATEGORIES[told.kind]
    return {
        "name": told.name,
        "address": f"{told.name}, {told.street}, {told.city}, {told.state} {told.postal_code}",
        "gmap_id": gmap_id,
        "description": None,
        "latitude": told.latitude,
        "longitude": told.longitude,
        "category": None if told.draw % 53 == 0 else categories[told.draw % len(categories)],
        "avg_rating": told.level_tenths / 10,
        "num_of_reviews": told.reviews,
        "price": "$" * told.price_level if told.draw % 3 == 0 else None,
        "hours": None if told.draw % 11 == 0 else [[day, _hours(told, day)] for day in DAYS],
        "MISC": {"Accessibility": ["Wheelchair accessible entrance"]} if told.draw % 4 else None,
        "state": "Open ⋅ Closes 10PM" if told.is_open else "Permanently closed",
        "relative_results": None,
        "url": f"https://maps.example.org/?id={gmap_id}",
    }


def _hours(told: Place, day: str) -> str:
    if day not in told.open_days:
        return "Closed"
    return "–".join(_clock(hour, told.draw % 2) for hour in told.hours(day))


def _clock(hour: int, half: int) -> str:
    twelve = f"{(hour - 1) % 12 + 1}{':30' if half else ''}"
    return f"{twelve}{'AM' if hour % 24 < 12 else 'PM'}"
