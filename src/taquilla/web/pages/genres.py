"""/genres: each genre in one row, with a way to its films."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from taquilla.analysis.fields import written
from taquilla.web.language import Language
from taquilla.web.pages.answering import answered
from taquilla.web.pages.rendering import Words
from taquilla.web.reader import Row
from taquilla.web.state import Reader

# What is shown of mart.genre_summary after the genre itself; the second gives way on a telephone where it is true.
COLUMNS = {
    "films": False,
    "share_of_films": True,
    "median_budget_usd": True,
    "median_revenue_usd": True,
    "median_roi": True,
    "mean_popularity_percentile": True,
    "shrunk_rating": False,
    "first_year": True,
    "last_year": True,
}

router = APIRouter(include_in_schema=False)


@router.get("/genres")
def genres_page(request: Request, reader: Reader, words: Words) -> HTMLResponse:
    """The genres; a warehouse of another version may not have them."""
    return answered(request, lambda: _genres(reader, words), "genres.html")


def _genres(reader: Reader, words: Language) -> tuple[int, dict[str, Any]]:
    with reader.session() as session:
        has = "genre_summary" in session.marts()
        rows = session.rows("select * from mart.genre_summary") if has else []
    return 200, {
        "has_mart": has,
        "columns": [(name, words.text(f"genres_page.columns.{name}"), is_minor) for name, is_minor in COLUMNS.items()],
        "genres": [(row["genre_id"], written(words, "genre", row), list(_cells(words, row))) for row in rows],
    }


def _cells(words: Language, row: Row) -> list[tuple[str, bool]]:
    return [(_written(words, name, row), is_minor) for name, is_minor in COLUMNS.items()]


def _written(words: Language, name: str, row: Row) -> str:
    # Years are no numbers to be grouped.
    return words.written("year", row[name]) if name.endswith("_year") else written(words, name, row)
