"""Lists on pages: what was asked for in the address, checked kindly, and the addresses of the other pages of a list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from fastapi import Request
from pydantic import ValidationError

from taquilla.web.api.paging import MAX_OFFSET, Page
from taquilla.web.language import Language
from taquilla.web.plain import plain

ROWS = 25
PAGE = "page"

_Query = TypeVar("_Query", bound=Page)


def given(request: Request, names: Iterable[str]) -> dict[str, str]:
    """What the address says under these names; an empty field of a form says nothing."""
    found = {name: request.query_params.get(name, "").strip() for name in names}
    return {name: value for name, value in found.items() if value}


def page_number(request: Request, name: str = PAGE) -> int:
    """The page asked for, from 1; what is none is the first."""
    text = request.query_params.get(name, "")
    return min(max(int(text), 1), MAX_OFFSET // ROWS) if text.isdecimal() and len(text) < 16 else 1


def checked(query: type[_Query], asked: Mapping[str, Any], page: int = 1, rows: int = ROWS) -> tuple[_Query, set[str]]:
    """The query of what was asked, without the values that it refuses; and their names."""
    place = {"limit": rows, "offset": (page - 1) * rows}
    try:
        return query.model_validate({**asked, **place}), set()
    except ValidationError as error:
        refused = {str(fault["loc"][0]) for fault in error.errors()}
    kept = {name: value for name, value in asked.items() if name not in refused}
    return query.model_validate({**kept, **place}), refused


def address(path: str, asked: Mapping[str, Any], **changes: Any) -> str:
    """The path with what was asked, but for the changes; None takes a name away."""
    kept = {name: value for name, value in {**asked, **changes}.items() if value is not None}
    return f"{path}?{urlencode(kept, doseq=True)}" if kept else path


@dataclass(frozen=True, slots=True)
class Pager:
    """Page x of y, in words, and where the pages before and after are."""

    page: int
    pages: int
    text: str
    previous: str | None
    following: str | None


def last_page(total: int, rows: int = ROWS) -> int:
    """The last page of so many rows; no rows are one empty page."""
    return max(-(-total // rows), 1)


def pager(
    words: Language, path: str, asked: Mapping[str, Any], page: int, total: int, *, rows: int = ROWS, name: str = PAGE
) -> Pager:
    """The pager of this page of a list."""
    pages = last_page(total, rows)
    return Pager(
        page,
        pages,
        words.text("list.page", page=words.number(page), pages=words.number(pages)),
        address(path, asked, **{name: page - 1 if page > 2 else None}) if page > 1 else None,
        address(path, asked, **{name: page + 1}) if page < pages else None,
    )


def options(named: Iterable[tuple[Any, str]]) -> list[tuple[Any, str]]:
    """The choices of a list, by their names as a reader looks for them: accents do not count."""
    return sorted(named, key=lambda option: plain(option[1]))
