"""Whatever happened to the reviews, and in however many loads: the star is the one that a first load makes."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taquilla.warehouse import duckdb
from taquilla.warehouse.reviews_load import load_reviews
from taquilla.warehouse.reviews_model import reviews as star
from warehouse.review_rows import GOALS, NOW, PLUMBING, World, review, signal

Change = Callable[[World], None]
NUMBERS, VENUES, PEOPLE = st.integers(1, 6), st.sampled_from(["v1", "v2"]), st.sampled_from([None, "ana", "ben"])


def _reviewed(n: int, venue: str, who: str | None, stars: float, day: int) -> Change:
    return lambda world: world.put(reviews=[review(n, venue, who, stars, f"02-{day:02}")])


def _scored(n: int, text_hash: int, aspects: list[str], words: int) -> Change:
    told = signal(n, 0.5, text_hash=text_hash, aspects=aspects, word_count=words)
    return lambda world: world.put(review_signals=[told]) if world.has("reviews", f"r{n}") else None


def _gone(n: int) -> Change:
    return lambda world: world.drop("reviews", f"r{n}") if world.has("reviews", f"r{n}") else None


def _told(venue: str, categories: list[str]) -> Change:
    return lambda world: world.put(venues=[{"venue_id": venue, "categories": categories}])


def _closed(venue: str) -> Change:
    return lambda world: world.drop("venues", venue) if world.has("venues", venue) else None


STARS = st.sampled_from([1.0, 5.0])
ASPECTS = st.lists(st.sampled_from(["seats", "sound"]), unique=True)
# Days are few, so that bursts come and go.
CHANGES = st.one_of(
    st.builds(_reviewed, NUMBERS, VENUES, PEOPLE, STARS, st.sampled_from([1, 20, 20, 20, 29])),
    st.builds(_scored, NUMBERS, st.integers(1, 3), ASPECTS, st.sampled_from([5, 5, 5, 900])),
    st.builds(_gone, NUMBERS),
    st.builds(_told, VENUES, st.lists(st.sampled_from(["Bar", "Cinema"]), max_size=2)),
    st.builds(_closed, VENUES),
)


@pytest.fixture(scope="module")
def warehouses() -> Iterator[list[duckdb.Connection]]:
    """One that goes on from load to load, and one that always begins anew."""
    made = [duckdb.connect(":memory:", read_only=False) for _ in range(2)]
    for connection in made:
        duckdb.create_schema(connection)
    yield made
    while made:
        made.pop().close()


def rows(connection: duckdb.Connection) -> dict[str, list[Any]]:
    """Every table of the star, but for which load wrote a row."""
    told = {}
    for name, table in star.tables.items():
        columns = ", ".join(f'"{column.name}"' for column in table.columns if column.name != PLUMBING)
        told[name] = sorted(connection.execute(f"select {columns} from {name}").fetchall(), key=repr)  # noqa: S608
    return told


@settings(max_examples=15)
@given(history=st.lists(st.lists(CHANGES, min_size=1, max_size=15), min_size=2, max_size=3))
def test_many_loads_say_what_one_says(
    history: list[list[Change]], warehouses: list[duckdb.Connection], tmp_path_factory: pytest.TempPathFactory
) -> None:
    step_by_step, at_once = warehouses
    world = World(tmp_path_factory.mktemp("history"))
    for number, changes in enumerate(history):
        for change in changes:
            change(world)
        load_reviews(step_by_step, world.files(), goals=GOALS, now=NOW, rebuild=number == 0)
    load_reviews(at_once, world.files(), goals=GOALS, now=NOW, rebuild=True)
    assert rows(step_by_step) == rows(at_once)
