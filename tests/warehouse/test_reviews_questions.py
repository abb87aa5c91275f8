"""The questions about reviews by name: what they answer of a small town."""

from datetime import date
from pathlib import Path

import pytest

from taquilla.warehouse import duckdb
from taquilla.warehouse.asking import asking
from taquilla.warehouse.questions import question
from warehouse.review_rows import World
from warehouse.test_marts_reviews import a_busy_place, a_town


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = World(tmp_path_factory.mktemp("town"))
    world.put(**a_town())
    world.load()
    return world.file


def asked(file: Path, name: str, **given: str) -> list[tuple[object, ...]]:
    with duckdb.connect(file) as connection:
        rows = question(name).answer(asking(connection), given)
    return [tuple(round(v, 4) if isinstance(v, float) else v for v in row.values()) for row in rows]


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        (
            "best_cinemas",
            {},
            [
                ("v1", "Odeon", "Madrid", "MD", 4, 4.125, 3.5446, 0.525),
                ("v2", "Roxy", "Madrid", "MD", 2, 1.5, 3.0104, -0.6),
            ],
        ),
        ("best_cinemas", {"venues": "1"}, [("v1", "Odeon", "Madrid", "MD", 4, 4.125, 3.5446, 0.525)]),
        ("who_answers", {}, [("v1", "Odeon", "Madrid", 3, 2, 0.6667, 17.0)]),
        ("busiest_hours", {"hours": "1"}, [(1, 20, 2)]),
        ("complaints", {}, [("price", 1, 0.3333, -0.5)]),
        ("complaints", {"city": "madrid"}, [("price", 1, 0.5, -0.5)]),
        ("complaints", {"city": "Toledo"}, []),
        ("best_rated_films", {"films": "1"}, [(1, "Alien", 1979, 2, 4.0, 4.0)]),
        ("review_storms", {}, []),
    ],
)
def test_the_towns_answer(file: Path, name: str, given: dict[str, str], expected: list[object]) -> None:
    assert asked(file, name, **given) == expected


def test_the_days_with_far_more_reviews_than_usual(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.put(**a_busy_place())
    world.load()
    assert asked(world.file, "review-storms") == [("b1", "Busy", date(2024, 2, 20), 6, 0.1066, 18.0542, 5.0)]
