"""/api/marts: the questions that the warehouse answers, and each answer as columns and rows."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from taquilla.warehouse.marts import marts as known_marts
from taquilla.web.problems import NotFoundError, described
from taquilla.web.state import Reader

router = APIRouter(prefix="/api/marts", tags=["marts"])


class MartSummary(BaseModel):
    """A mart and the question that it answers."""

    name: str
    description: str


class MartTable(MartSummary):
    """A mart's answer: `total` rows in all, of which `rows` are the first."""

    total: int
    columns: list[str]
    rows: list[list[Any]]


@router.get("")
def marts(reader: Reader) -> list[MartSummary]:
    """The marts of this warehouse."""
    with reader.session() as session:
        names = session.marts()
    return [MartSummary(name=name, description=_description(name)) for name in names]


@router.get("/{name}", responses=described(http_404="no such mart"))
def mart(
    reader: Reader,
    name: Annotated[str, Path(description="a mart's name", examples=["top_films"])],
    limit: Annotated[int, Query(ge=1, le=5_000, description="rows, at most")] = 100,
) -> MartTable:
    """The first rows of a mart, in the mart's own order."""
    with reader.session() as session:
        names = session.marts()
        if name not in names:
            raise NotFoundError(f"There is no mart {name!r}.", f"Known: {', '.join(names) or 'none'}.")
        # The name is one of the catalogue's own; a name takes no parameter.
        total = session.rows(f'select count(*) as total from mart."{name}"')[0]["total"]  # noqa: S608
        columns, rows = session.table(f'select * from mart."{name}" limit $limit', limit=limit)  # noqa: S608
    return MartTable(
        name=name, description=_description(name), total=total, columns=columns, rows=[list(row) for row in rows]
    )


def _description(name: str) -> str:
    known = known_marts().get(name)
    return known.description if known else ""
