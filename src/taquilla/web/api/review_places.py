"""The places with their reviews' scores: read once a warehouse, then found and sorted in memory."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import Field

from taquilla.web.api.paging import Page
from taquilla.web.kept import kept
from taquilla.web.plain import plain
from taquilla.web.reader import Row, Session

PlaceOrder = Literal[
    "bayesian_stars", "-bayesian_stars", "mean_stars", "-mean_stars", "reviews", "-reviews",
    "mean_sentiment", "-mean_sentiment", "answer_rate", "-answer_rate", "retention", "-retention",
    "last_on", "-last_on", "name", "-name",
]  # fmt: skip

_PLACES = """
    select s.*, d.is_cinema, d.is_video_shop, d.is_inferred, coalesce(c.categories, []) as categories
    from mart.venue_scores as s
    join reviews.dim_venue as d on d.venue_id = s.venue_id
    left join (
        select venue_id, list(category order by category) as categories from reviews.venue_categories group by venue_id
    ) as c on c.venue_id = s.venue_id
    order by s.bayesian_stars desc nulls last, s.reviews desc, s.venue_id
"""


class PlaceQuery(Page):
    """What may be asked of the places; all of it must hold. Case and accents do not count."""

    q: Annotated[str | None, Field(max_length=200, description="part of a name", examples=["cine"])] = None
    city: Annotated[str | None, Field(max_length=200, description="the whole name")] = None
    state: Annotated[str | None, Field(max_length=100, description="as the source writes it")] = None
    category: Annotated[str | None, Field(max_length=200, description="one of its categories", examples=["Cinema"])] = (
        None
    )
    is_cinema: Annotated[bool | None, Field(description="whether it shows films")] = None
    min_reviews: Annotated[int | None, Field(ge=1, le=2**31, description="reviews here, at least")] = None
    sort: Annotated[
        PlaceOrder, Field(description="`-` is descending; unknown is last in both", examples=["-reviews"])
    ] = "-bayesian_stars"


def review_places(session: Session) -> list[Row]:
    """Every place with reviews, the best first; without reviews none."""
    if "venue_scores" not in session.marts():
        return []
    return kept(session.version, "review_places", lambda: [_searched(row) for row in session.rows(_PLACES)])


def names_of(session: Session, column: str, most: int) -> list[str]:
    """The cities, or another column's names, of most places first, at most so many."""
    return kept(session.version, ("names", column), lambda: _names(review_places(session), column))[:most]


def find_places(session: Session, query: PlaceQuery) -> tuple[int, list[Row]]:
    """How many places there are, and those of the page."""
    conditions = _conditions(query)
    found = [row for row in review_places(session) if all(holds(row) for holds in conditions)]
    name, is_down = query.sort.removeprefix("-"), query.sort.startswith("-")
    known = [row for row in found if row[name] is not None]
    # The order of equals is the mart's; a sort that is turned round must not turn it.
    known.sort(key=lambda row: row["plain"] if name == "name" else row[name], reverse=is_down)
    ordered = known + [row for row in found if row[name] is None]
    return len(ordered), ordered[query.offset : query.offset + query.limit]


def _searched(row: Row) -> Row:
    texts = {f"plain_{name}": plain(row[name] or "") for name in ("city", "state")}
    return row | texts | {"plain": plain(row["name"] or ""), "plain_categories": [plain(c) for c in row["categories"]]}


def _names(rows: list[Row], column: str) -> list[str]:
    counts: dict[str, int] = {}
    for row in rows:
        found = row[column]
        for name in found if isinstance(found, list) else [found] if found else []:
            counts[name] = counts.get(name, 0) + 1
    return sorted(counts, key=lambda name: (-counts[name], name))


def _conditions(query: PlaceQuery) -> list[Callable[[Row], bool]]:
    conditions: list[Callable[[Row], bool]] = []
    if query.q:
        part = plain(query.q)
        conditions.append(lambda row: part in row["plain"])
    if query.city:
        conditions.append(_is("plain_city", plain(query.city)))
    if query.state:
        conditions.append(_is("plain_state", plain(query.state)))
    if query.category:
        category = plain(query.category)
        conditions.append(lambda row: category in row["plain_categories"])
    if query.is_cinema is not None:
        conditions.append(lambda row: row["is_cinema"] is query.is_cinema)
    if least := query.min_reviews:
        conditions.append(lambda row: row["reviews"] >= least)
    return conditions


def _is(name: str, wanted: Any) -> Callable[[Row], bool]:
    return lambda row: bool(row[name] == wanted)
