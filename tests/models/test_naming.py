"""Who is meant by a name or an id."""

import pytest

from taquilla.errors import DataError
from taquilla.models.naming import Named, named, number_of, numbers_of
from taquilla.warehouse.asking import Ask, asking
from warehouse.given import COMEDY, DRAMA, directed, warehouse

PEDRO, OTHER_PEDRO, ANA = 1, 2, 3


@pytest.fixture
def ask() -> Ask:
    people = [(PEDRO, "Pedro Almodóvar"), (OTHER_PEDRO, "Pedro Costa"), (ANA, "Ana Costa"), (4, "Ana Costa")]
    return asking(
        warehouse(
            movies=[{"film_id": film_id} for film_id in (10, 11, 12)],
            people=[{"person_id": number, "name": name} for number, name in people],
            movie_people=[directed(10, PEDRO), directed(11, PEDRO), directed(10, OTHER_PEDRO), directed(12, ANA),
                          directed(12, 4)],
            genres=[DRAMA, COMEDY],
            movie_genres=[(10, 18), (11, 35)],
        )
    )  # fmt: skip


def test_case_and_accents_do_not_count(ask: Ask) -> None:
    assert named(ask, "director", "pedro almodovar") == [Named(PEDRO, "Pedro Almodóvar", 2)]


def test_a_part_of_the_name_finds_who_has_most_films_first(ask: Ask) -> None:
    assert [each.number for each in named(ask, "director", "PEDRO")] == [PEDRO, OTHER_PEDRO]
    assert named(ask, "director", "  ") == []


def test_the_exact_name_leaves_out_those_that_only_hold_it(ask: Ask) -> None:
    assert numbers_of(ask, "director", ["Pedro Costa", "1", "pedro costa"]) == (OTHER_PEDRO, PEDRO)
    assert number_of(ask, "genre", "drama") == 18


def test_homonyms_are_told_apart_by_their_id(ask: Ask) -> None:
    with pytest.raises(DataError, match=r"Several are named 'Ana Costa': 3 Ana Costa \(1 films\), 4 Ana Costa"):
        number_of(ask, "director", "Ana Costa")
    assert number_of(ask, "director", "4") == 4


@pytest.mark.parametrize(
    "text", ["Nobody", "--5", "9" * 5_000, "٣٤", "%", "'; drop table movies; --", "Pedro Almodóvar\x00"]
)
def test_nobody_is_told_as_such(ask: Ask, text: str) -> None:
    with pytest.raises(DataError, match="No cast of the warehouse is named"):
        number_of(ask, "cast", text)
