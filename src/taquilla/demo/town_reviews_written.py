"""What the town's people write, block by block, as numbers: who, where, when, how many stars, which sentences."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from taquilla.demo.town_plan import Ints, drawn
from taquilla.demo.town_reviews_people import OF_KIND, TOPICS, Kind, People, Venues
from taquilla.demo.town_reviews_plan import BLOCK_ROWS, Calendar, Flags, Sizes, Stream
from taquilla.demo.town_reviews_words import ALL_TOPICS, TOPIC, Mood, Words

# By hour of the day: what is written at night is written late.
HOURS: Final = (6, 3, 1, 1, 1, 1, 2, 4, 6, 8, 9, 10, 12, 12, 11, 10, 11, 13, 15, 18, 22, 26, 24, 14)
FAVOURITE_PERCENT, HOME_PERCENT = 28, 55
ORPHANS, SPAM, CAMPAIGN, WHIMS = 100, 120, 70, 400  # of ten thousand
SILENT_PERCENT: Final = (0, 24)  # without a text, on Yelp and on Google Maps
ASPECT_PERCENT, FILM_PERCENT = 50, 30
MOST_SENTENCES: Final = 24
# Quantiles of an exponential distribution with mean 100: most texts are short, a few very long.
LENGTHS: Final = np.array((
    1, 2, 4, 6, 7, 9, 11, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 41, 43, 46, 48, 51, 53, 56, 59, 62,
    65, 68, 71, 74, 77, 81, 85, 88, 92, 96, 101, 105, 110, 115, 121, 126, 132, 139, 146, 153, 161, 170, 180, 191,
    204, 217, 234, 252, 275, 304, 340, 392, 470, 520,
))  # fmt: skip
TOPICS_OF_KIND: Final = [[TOPICS.index(name) for name in OF_KIND[kind]] for kind in Kind]
# Each kind's topics over and over, up to a length that all of them divide.
TOPIC_TABLE: Final = np.array([(topics * 18)[:18] for topics in TOPICS_OF_KIND])
OPENERS: Final = np.array([TOPIC["cinema"], TOPIC["shop"], TOPIC["cafe"]])
VOTES: Final = (62, 17, 8, 5, 3, 2, 1, 1, 1)
REPLY_HOURS: Final = np.array([1, 2, 3, 5, 8, 12, 18, 24, 36, 48, 72, 120, 240, 480])


@dataclass(frozen=True, slots=True)
class World:
    """What there is before the first review."""

    sizes: Sizes
    venues: Venues
    people: People
    words: Words
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Visits:
    """Who was where and when. number: of the row, from 0; moment_s: seconds since 1970, the place's own clock."""

    number: Ints
    day: Ints
    moment_s: Ints
    person: Ints
    venue: Ints

    def __len__(self) -> int:
        return len(self.number)


@dataclass(frozen=True, slots=True)
class Reviews:
    """A block of reviews. sentences: places in `Words`, so many of them for each; votes: useful, funny, cool.

    reply: the sentence that the owner answers with, -1 for none, so many hours later.
    """

    visits: Visits
    stars: Ints
    sentences: Ints
    counts: Ints
    votes: tuple[Ints, Ints, Ints]
    is_orphan: Flags
    reply: Ints
    reply_hours: Ints


def visit(world: World, numbers: Ints, calendar: Calendar, random: np.random.Generator) -> Visits:
    """People of each day at a place of their site that is open: the favourite one, one at home, or anywhere."""
    venues, count = world.venues, len(numbers)
    day = calendar.days_of(numbers)
    person = world.people.writing(day, random)
    group, favourite = world.people.group[person], world.people.favourite[person]
    sites = np.array([venues.of_site(0), venues.of_site(1)])[world.people.is_google[person]]
    choice = random.integers(0, 100, count)
    is_favourite, is_home = choice < FAVOURITE_PERCENT, choice < FAVOURITE_PERCENT + HOME_PERCENT
    low = np.where(is_favourite, favourite, np.where(is_home, venues.group_edges[group], sites[:, 0]))
    high = np.where(is_favourite, favourite + 1, np.where(is_home, venues.group_edges[group + 1], sites[:, 1]))
    venue = venues.chosen(low, high, random)
    is_shut = (venues.open_day[venue] > day) | (venues.close_day[venue] < day)
    venue = np.where(is_shut, venues.group_edges[venues.group[venue]], venue)
    seconds = drawn(random, HOURS, count) * 3_600 + random.integers(0, 3_600, count)
    return Visits(numbers, day, world.sizes.first_day_s + day * 86_400 + seconds, person, venue)


def review(world: World, block: int) -> Reviews:
    """The reviews of a block, which are the same whatever was asked for before."""
    begins = block * BLOCK_ROWS
    numbers = np.arange(begins, min(begins + BLOCK_ROWS, world.sizes.reviews))
    random = world.sizes.random(Stream.REVIEWS, block)
    visits = visit(world, numbers, world.calendar, random)
    burst = _in_burst(world, visits)
    counts = _lengths(world, visits, random)
    topic, mood, stars = _opinions(world, visits, counts, random)
    topic[:, 0] = OPENERS[world.venues.kind[visits.venue]]
    stars = _oddities(world, visits, burst, stars, topic, counts, random)
    mood[:, 0] = np.where(stars > 3, Mood.GOOD, np.where(stars < 3, Mood.BAD, Mood.PLAIN))
    language = world.people.speaks[visits.person]
    draws = random.integers(0, 2**40, topic.shape)
    places = world.words.of(language[:, None], topic, mood, draws)
    reply, hours = _replies(world, visits, stars, random)
    return Reviews(
        visits=visits,
        stars=stars,
        sentences=places[np.arange(MOST_SENTENCES) < counts[:, None]],
        counts=counts,
        votes=_votes(random, len(visits)),
        is_orphan=(random.integers(0, 10_000, len(visits)) < ORPHANS) & ~burst,
        reply=reply,
        reply_hours=hours,
    )


def _oddities(
    world: World, visits: Visits, burst: Flags, stars: Ints, topic: Ints, counts: Ints, random: np.random.Generator
) -> Ints:
    """The stars with those of spam, campaigns, bursts and whims; such a text is one sentence, told in topic, counts."""
    draw = random.integers(0, 10_000, len(visits))
    is_spam, is_campaign = draw < SPAM, (draw >= SPAM) & (draw < SPAM + CAMPAIGN)
    stars = np.where(draw >= 10_000 - WHIMS, random.integers(1, 6, len(visits)), stars)
    stars = np.where(is_spam | is_campaign, np.where(stars > 3, 5, 1), stars)
    stars = np.where(burst, np.where(world.calendar.burst_place[visits.day] % 2 == 0, 1, 5), stars)
    for alone, name in ((is_spam, "spam"), (is_campaign | (burst & (draw % 3 > 0)), "campaign")):
        topic[alone, 0], counts[alone] = TOPIC[name], 1
    return stars


def _in_burst(world: World, visits: Visits) -> Flags:
    """Whether each is one of its day's burst; the place of it is a city's oldest cinema, on Yelp."""
    told: Flags = world.calendar.is_burst(visits.number, visits.day) & (world.people.is_google[visits.person] == 0)
    first = np.unique(world.venues.group_edges[:-1])
    first = first[first < world.venues.of_site(0)[1]]
    visits.venue[told] = first[(world.calendar.burst_place[visits.day[told]] * 7 + 3) % len(first)]
    return told


def _opinions(world: World, visits: Visits, counts: Ints, random: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """(topic, mood) of the sentences that there could be, and the stars that follow from those of aspects."""
    venues, count = world.venues, len(visits)
    kind, level = venues.kind[visits.venue], venues.level[visits.venue] + 3 * visits.day // 1_096
    strong, weak = venues.strong[visits.venue], venues.weak[visits.venue]
    aspect = TOPIC_TABLE[kind[:, None], random.integers(0, 18, (count, MOST_SENTENCES))]
    pick = random.integers(0, 100, (count, MOST_SENTENCES))
    aspect = np.where(pick < 12, strong[:, None], np.where(pick < 24, weak[:, None], aspect))
    # One mood a topic: nobody finds the seats both good and bad.
    good = 52 + 3 * (level - 37) + world.people.bias[visits.person] * 2
    bent = np.arange(len(TOPICS))
    chance = good[:, None] + 32 * (bent == strong[:, None]) - 34 * (bent == weak[:, None])
    is_good = random.integers(0, 100, (count, len(TOPICS))) < chance
    mood = np.where(np.take_along_axis(is_good, aspect, 1), int(Mood.GOOD), int(Mood.BAD))
    sort = random.integers(0, 100, (count, MOST_SENTENCES))
    is_film = (sort >= ASPECT_PERCENT) & (sort < ASPECT_PERCENT + FILM_PERCENT) & (kind != Kind.CAFE)[:, None]
    topic = np.where(sort < ASPECT_PERCENT, aspect, np.where(is_film, TOPIC["film"], TOPIC["visit"]))
    mood = np.where(sort < ASPECT_PERCENT, mood, int(Mood.PLAIN))
    # What is told of aspects outweighs the place's own level; the first sentence follows from the stars.
    is_told = (np.arange(MOST_SENTENCES) < counts[:, None]) & (np.arange(MOST_SENTENCES) > 0)
    praise, blame = ((is_told & (mood == which)).sum(1) for which in (Mood.GOOD, Mood.BAD))
    swing = 18 * (praise - blame) // np.maximum(praise + blame, 1)
    tenths = level + world.people.bias[visits.person] + swing + random.integers(-5, 6, count)
    return topic, mood, np.clip((tenths + 5) // 10, 1, 5)


def _lengths(world: World, visits: Visits, random: np.random.Generator) -> Ints:
    count = len(visits)
    longer = (world.sizes.sentences - 1) * LENGTHS[random.integers(0, len(LENGTHS), count)] + 95
    silent = np.array(SILENT_PERCENT)[world.people.is_google[visits.person]]
    is_silent = random.integers(0, 100, count) < silent
    return np.where(is_silent, 0, np.minimum(1 + longer // 100, MOST_SENTENCES))


def _replies(world: World, visits: Visits, stars: Ints, random: np.random.Generator) -> tuple[Ints, Ints]:
    """The owner's answers, on Google Maps: more to the unhappy, more from year to year."""
    count = len(visits)
    wanted = world.venues.answers[visits.venue] + np.where(stars < 3, 20, 0)
    is_answered = random.integers(0, 100, count) < wanted * (50 + 50 * visits.day // 1_096) // 100
    is_answered &= world.people.is_google[visits.person] == 1
    mood = np.where(stars > 3, Mood.GOOD, Mood.BAD)
    language, draws = world.people.speaks[visits.person], random.integers(0, 2**40, count)
    said = world.words.of(language, ALL_TOPICS.index("reply"), mood, draws)
    hours = REPLY_HOURS[random.integers(0, len(REPLY_HOURS), count)]
    return np.where(is_answered, said, -1), hours


def _votes(random: np.random.Generator, count: int) -> tuple[Ints, Ints, Ints]:
    useful, funny, cool = (drawn(random, VOTES, count) for _ in range(3))
    return useful, np.maximum(funny - 2, 0), np.maximum(cool - 1, 0)
