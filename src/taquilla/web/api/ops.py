"""/api/runs, /api/quarantine, /api/accounts: what the platform did, what it refused, and where every record is."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from taquilla.web.api.paging import PAGED, Page, link_pages
from taquilla.web.reader import Row, Session
from taquilla.web.state import Reader

router = APIRouter(prefix="/api", tags=["operations"])


class Run(BaseModel):
    """A step of a run. Counts of a step that failed are unknown: null."""

    run_seq: int
    run_id: str
    step: str
    started_at: datetime
    seconds: float
    outcome: str
    rows: int | None
    quarantined: int | None
    dead: int | None
    peak_memory_mb: float | None
    note: str | None
    version: str


class RunPage(BaseModel):
    """Some of the steps that ran, and how many the warehouse knows of."""

    total: int
    items: list[Run]


class Rejected(BaseModel):
    """A record that did not become a film: where it stands, and why. What it holds stays in the lake."""

    raw_seq: int
    kind: str
    film_id: int | None
    fetched_at: datetime
    rule: str | None
    reason: str
    topic: str | None
    partition: int | None
    offset: int | None


class RejectedPage(BaseModel):
    """Some of the refused records, and how many there are (of dead letters, at most the newest 10,000)."""

    total: int
    items: list[Rejected]


class RejectedQuery(Page):
    """Which of the refused records are asked for."""

    kind: Annotated[Literal["dead letter", "quarantined"] | None, Field(examples=["quarantined"])] = None
    rule: Annotated[
        str | None,
        Field(max_length=200, description="part of the names of the rules that were broken", examples=["title"]),
    ] = None


class Accounts(BaseModel):
    """Where the landed records are now; null where no load has counted them.

    `adds_up`: landed = current + superseded + quarantined + dead + pending + purged, and none is missing.
    """

    landed: int | None
    current: int | None
    superseded: int | None
    quarantined: int | None
    dead: int | None
    pending: int | None
    purged: int | None
    missing: int | None
    adds_up: bool | None


_PARTS = ("current", "superseded", "quarantined", "dead", "pending", "purged", "missing")
_CONDITIONS = {"kind": "kind = $kind", "rule": "contains(rule, $rule)"}


@router.get("/runs", responses=PAGED)
def runs(request: Request, response: Response, reader: Reader, query: Annotated[Page, Query()]) -> RunPage:
    """The steps that ran, the newest first, as of the last load."""
    with reader.session() as session:
        total, found = find_runs(session, query)
    link_pages(request, response, query, total)
    return RunPage(total=total, items=found)


def find_runs(session: Session, query: Page) -> tuple[int, list[Run]]:
    """How many steps ran, and those of the page."""
    total, rows = _page(session, query, "from ops.runs", "run_seq desc")
    return total, [Run.model_validate(row) for row in rows]


@router.get("/quarantine", responses=PAGED)
def quarantine(
    request: Request, response: Response, reader: Reader, query: Annotated[RejectedQuery, Query()]
) -> RejectedPage:
    """The records that did not become films, the newest first, as of the last load."""
    with reader.session() as session:
        total, found = find_rejected(session, query)
    link_pages(request, response, query, total)
    return RejectedPage(total=total, items=found)


def find_rejected(session: Session, query: RejectedQuery) -> tuple[int, list[Rejected]]:
    """How many records were refused for what is asked, and those of the page."""
    asked = {name: value for name in _CONDITIONS if (value := getattr(query, name))}
    found = f"from ops.rejected where {' and '.join(['true', *(_CONDITIONS[name] for name in asked)])}"
    total, rows = _page(session, query, found, "fetched_at desc, raw_seq desc", **asked)
    return total, [Rejected.model_validate(row) for row in rows]


@router.get("/accounts")
def accounts(reader: Reader) -> Accounts:
    """Where every landed record is, and whether the sums are right, as of the last load."""
    with reader.session() as session:
        found = {row["state"]: row["records"] for row in session.rows("select state, records from ops.accounts")}
    known = {name: found.get(name) for name in ("landed", *_PARTS)}
    return Accounts(**known, adds_up=_adds_up(known))


def _adds_up(known: dict[str, int | None]) -> bool | None:
    parts = [records for name in _PARTS if (records := known[name]) is not None]
    if known["landed"] is None or len(parts) < len(_PARTS):
        return None
    return known["landed"] == sum(parts) and known["missing"] == 0


def _page(session: Session, page: Page, found: str, order: str, **asked: Any) -> tuple[int, list[Row]]:
    """How many rows there are, and those of the page. `found` and `order` are constants of this file."""
    total = session.rows(f"select count(*) as total {found}", **asked)[0]["total"]
    rows = session.rows(f"select * {found} order by {order} limit $limit offset $offset", **asked, **page.bounds)
    return total, rows
