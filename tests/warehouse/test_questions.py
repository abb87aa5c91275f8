"""The questions of a shop by name: their parameters, and what is told where one is wrong."""

import re
from pathlib import Path

import pytest

from taquilla.errors import SettingsError
from taquilla.warehouse import duckdb
from taquilla.warehouse.asking import asking
from taquilla.warehouse.questions import Question, question, questions
from warehouse.shop import Shop
from warehouse.shop_rows import a_shop


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shop = Shop(tmp_path_factory.mktemp("shop"))
    shop.take(**a_shop())
    return shop.file


def asked(file: Path, name: str, **given: str) -> list[tuple[object, ...]]:
    with duckdb.connect(file) as connection:
        return [tuple(row.values()) for row in question(name).answer(asking(connection), given)]


def test_is_a_film_in_stock(file: Path) -> None:
    assert asked(file, "in_stock", film="alien", store="1") == [("alien", 1, 1, 1, True)]
    assert asked(file, "in-stock", film="Alien", store="2") == [("Alien", 2, 1, 0, False)]
    assert asked(file, "in_stock", film="Casablanca") == [("Casablanca", 1, 0, 0, False)]


def test_who_is_overdue_on_a_day(file: Path) -> None:
    assert asked(file, "overdue") == []
    assert [row[:3] for row in asked(file, "overdue", day="2024-04-06")] == [("Ben Sol", "600 2", "Alien")]
    assert asked(file, "overdue", day="2024-04-05") == []


def test_a_film_of_two_categories_is_told_in_both_and_earns_in_both(file: Path) -> None:
    assert asked(file, "gross_by_category") == [("Horror", 4, 10.97), ("Comedy", 1, 4.99)]
    assert ("Comedy", "Brazil", 1) in asked(file, "rentals_by_film_and_category")


def test_the_best_payers_change_from_month_to_month(file: Path) -> None:
    assert [row[1::2] for row in asked(file, "best_payers", customers="1")] == [
        ("Ana Gil", 1, 6.98),
        ("Ana Gil", 2, 6.98),
    ]
    assert [(row[1], row[5]) for row in asked(file, "best_payers_change")] == [("Ana Gil", 1.0), ("Ben Sol", -4.99)]


def test_every_question_answers_an_empty_shop(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.load()
    counts = {name: len(asked(shop.file, name)) for name in questions()}
    assert {name: count for name, count in counts.items() if count} == {"in_stock": 1}


@pytest.mark.parametrize("known", questions().values(), ids=lambda known: known.name)
def test_every_question_is_told_in_both_languages_and_uses_its_parameters(known: Question) -> None:
    assert known.told("en") == known.en != known.es == known.told("es")
    assert set(re.findall(r"\$(\w+)", re.sub(r"--.*", "", known.sql))) == set(known.parameters)


@pytest.mark.parametrize("known", questions().values(), ids=lambda known: known.name)
def test_the_order_of_every_answer_is_told(known: Question) -> None:
    assert re.search(r"^order by ", known.sql, re.MULTILINE) or known.name == "in_stock"


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("overdu", {}, r"Unknown question 'overdu'\. Did you mean overdue.* Known: actors_of_film, "),
        ("in_stock", {"shop": "1"}, r"in_stock has no parameter 'shop'\. Its parameters: film, store\."),
        ("never_stocked", {"film": "1"}, r"never_stocked has no parameter 'film'\. Its parameters: none\."),
        ("in_stock", {"store": "one"}, r"store must be a whole number, such as 1; it is 'one'\."),
        ("overdue", {"day": "tomorrow"}, r"day must be a day such as 2024-12-31, or last; it is 'tomorrow'\."),
    ],
)
def test_what_is_wrong_is_told(name: str, given: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        question(name).bind(given)


def test_a_text_is_never_read_as_sql(file: Path) -> None:
    assert asked(file, "actors_of_film", film="' or true --") == []
