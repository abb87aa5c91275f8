"""Which film of the catalogue a shop's film is; no match is the normal case."""

import polars as pl
import pytest

from taquilla.tables.film_links import FilmLinks, link_films, normal_title

Film = tuple[int, str | None, int | None]


def shop(*films: Film) -> pl.DataFrame:
    schema = {"film_id": pl.Int64, "title": pl.String, "release_year": pl.Int32}
    return pl.DataFrame(films, schema=schema, orient="row").with_columns(bucket=pl.lit(0, pl.Int64))


def catalogue(*films: Film) -> pl.DataFrame:
    return shop(*films).drop("bucket")


def links(films: pl.DataFrame, known: pl.DataFrame) -> list[tuple[int, int | None, str, float | None, int]]:
    linked = link_films(films, known)
    FilmLinks.validate(linked)
    return linked.select("film_id", "catalogue_film_id", "method", "confidence", "candidates").rows()


@pytest.mark.parametrize(
    ("year", "known", "expected"),
    [
        (1999, [(603, "The Matrix", 1999)], (603, "title_and_year", 0.95, 1)),
        (1998, [(603, "The Matrix", 1999)], (603, "title_and_near_year", 0.8, 1)),
        (2000, [(603, "The Matrix", 1999)], (603, "title_and_near_year", 0.8, 1)),
        (None, [(603, "The Matrix", 1999)], (603, "title_alone", 0.5, 1)),
        (1999, [(603, "The Matrix", None)], (603, "title_alone", 0.5, 1)),
        (2006, [(603, "The Matrix", 1999)], (None, "none", None, 0)),
        (1999, [(603, "The Matrix Reloaded", 1999)], (None, "none", None, 0)),
        (1999, [(603, "Matrix", 1999)], (None, "none", None, 0)),
        (1999, [], (None, "none", None, 0)),
        # Several fit: none is taken, whatever else is known of them.
        (1999, [(1, "The Matrix", 1999), (2, "The Matrix", 1999)], (None, "ambiguous", None, 2)),
        (1999, [(1, "The Matrix", 1998), (2, "The Matrix", 2000)], (None, "ambiguous", None, 2)),
        (None, [(1, "The Matrix", 1999), (2, "The Matrix", 2021)], (None, "ambiguous", None, 2)),
        # The better method decides before the count does.
        (
            1999,
            [(1, "The Matrix", 1998), (2, "The Matrix", 1999), (3, "The Matrix", None)],
            (2, "title_and_year", 0.95, 1),
        ),
        (1999, [(1, "The Matrix", 1960), (2, "The Matrix", 2000)], (2, "title_and_near_year", 0.8, 1)),
    ],
)
def test_title_and_year_decide(
    year: int | None, known: list[Film], expected: tuple[int | None, str, float | None, int]
) -> None:
    assert links(shop((7, "MATRIX, THE", year)), catalogue(*known)) == [(7, *expected)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Matrix, The", "the matrix"),
        ("AMELIE", "Amélie"),
        ("Ame\u0301lie", "Amélie"),
        ("Ocean's Eleven", "OCEANS ELEVEN"),
        ("Ocean’s Eleven", "Ocean's Eleven"),
        ("Fast & Furious", "Fast and Furious"),
        ("Spider-Man: Homecoming", "Spider Man  Homecoming"),
        ("Rocky II", "Rocky 2"),
        ("Laberinto del fauno, El", "El laberinto del fauno"),
        ("Der Spaß", "DER SPASS"),
        ("Ødipus", "Odipus"),
        ("Ｔｉｔａｎ", "Titan"),
    ],
)
def test_titles_that_are_one(one: str, other: str) -> None:
    titles = pl.DataFrame({"title": [one, other]}).select(normal_title("title"))["title"]
    assert titles[0] == titles[1] != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [("Matrix", "The Matrix"), ("Malcolm X", "Malcolm 10"), ("8½", "8"), ("कि", "कु"), ("Up, Down", "Down Up")],
)
def test_titles_that_are_two(one: str, other: str) -> None:
    titles = pl.DataFrame({"title": [one, other]}).select(normal_title("title"))["title"]
    assert titles[0] != titles[1]


def test_the_original_title_links_too_and_counts_once() -> None:
    known = catalogue((1, "Spirited Away", 2001)).with_columns(original_title=pl.lit("千と千尋の神隠し"))
    assert links(shop((7, "千と千尋の神隠し", 2001), (8, "spirited away", 2001)), known) == [
        (7, 1, "title_and_year", 0.95, 1),
        (8, 1, "title_and_year", 0.95, 1),
    ]
    same = catalogue((1, "Alien", 1979)).with_columns(original_title=pl.lit("Alien"))
    assert links(shop((7, "ALIEN", 1979)), same) == [(7, 1, "title_and_year", 0.95, 1)]


def test_titles_without_a_letter_and_no_titles_link_to_nothing() -> None:
    known = catalogue((1, "???", 1999), (2, None, 1999))
    assert links(shop((7, "!!!", 1999), (8, "", 1999)), known) == [
        (7, None, "none", None, 0),
        (8, None, "none", None, 0),
    ]


def test_no_films_have_no_links() -> None:
    assert links(shop(), catalogue((1, "Alien", 1979))) == []
    assert links(shop((7, "Alien", 1979)), catalogue()) == [(7, None, "none", None, 0)]
