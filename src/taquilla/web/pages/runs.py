"""/runs: what the platform did, where every record is, what it refused, and how old the records are."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from taquilla.web.api import ops
from taquilla.web.api.ops import Accounts, Rejected, RejectedQuery, Run
from taquilla.web.api.paging import Page
from taquilla.web.language import Language
from taquilla.web.pages.answering import answered
from taquilla.web.pages.listings import Pager, last_page, page_number, pager
from taquilla.web.pages.rendering import Words
from taquilla.web.reader import Row, Session
from taquilla.web.state import Reader

PATH = "/runs"
ROWS = 12
# The pages of the two lists by their names in the address.
STEPS, REFUSED = "steps", "refused"
MARTS = {"run_summary": 10, "reject_reasons": 20, "freshness": 20}
PARTS = ("current", "superseded", "quarantined", "dead", "pending", "purged")

router = APIRouter(include_in_schema=False)


@router.get(PATH)
def runs_page(request: Request, reader: Reader, words: Words) -> HTMLResponse:
    """The operations, as of the last load."""
    return answered(request, lambda: (200, _runs(request, reader, words)), "runs.html")


def _runs(request: Request, reader: Reader, words: Language) -> dict[str, Any]:
    with reader.session() as session:
        marts = _marts(session)
        step_number, step_total, steps = _steps(session, page_number(request, STEPS))
        refused_number, refused_total, refused = _refused(session, page_number(request, REFUSED))
    asked = {STEPS: step_number, REFUSED: refused_number}
    return {
        "words": words,
        "accounts": _accounts(words, ops.accounts(reader)),
        "runs": marts.get("run_summary"),
        "steps": steps,
        "steps_pager": _pager(words, asked, STEPS, step_total),
        "reasons": marts.get("reject_reasons"),
        "refused": refused,
        "refused_total": refused_total,
        "refused_pager": _pager(words, asked, REFUSED, refused_total),
        "freshness": [_age(words, row) for row in marts["freshness"]] if "freshness" in marts else None,
    }


def _marts(session: Session) -> dict[str, list[Row]]:
    """The rows of those marts that this warehouse has."""
    present = set(session.marts())
    return {
        name: session.rows(f"select * from mart.{name} limit {rows:d}")  # noqa: S608 - constants
        for name, rows in MARTS.items()
        if name in present
    }


def _steps(session: Session, asked: int) -> tuple[int, int, list[Run]]:
    """The number of the page that is there, how many steps there are, and those of the page."""
    total, found = ops.find_runs(session, Page.model_validate(_place(asked)))
    if found or not total:
        return asked, total, found
    last = last_page(total, ROWS)
    return last, *ops.find_runs(session, Page.model_validate(_place(last)))


def _refused(session: Session, asked: int) -> tuple[int, int, list[Rejected]]:
    """The same of the refused records."""
    total, found = ops.find_rejected(session, RejectedQuery.model_validate(_place(asked)))
    if found or not total:
        return asked, total, found
    last = last_page(total, ROWS)
    return last, *ops.find_rejected(session, RejectedQuery.model_validate(_place(last)))


def _place(number: int) -> dict[str, int]:
    return {"limit": ROWS, "offset": (number - 1) * ROWS}


def _pager(words: Language, asked: dict[str, int], name: str, total: int) -> Pager:
    others = {other: number for other, number in asked.items() if other != name and number > 1}
    return pager(words, PATH, others, asked[name], total, rows=ROWS, name=name)


def _accounts(words: Language, found: Accounts) -> dict[str, Any] | None:
    """The sum as a reader checks it; nothing where this warehouse keeps no accounts."""
    if found.landed is None:
        return None
    return {
        "landed": words.number(found.landed),
        "parts": [(words.text(f"accounts.{name}"), _count(words, getattr(found, name))) for name in PARTS],
        "missing": _count(words, found.missing),
        "adds_up": found.adds_up,
    }


def _count(words: Language, records: int | None) -> str:
    return words.written("whole", records)


def _age(words: Language, row: Row) -> dict[str, Any]:
    """A band of ages; TMDB's records are to be read anew or deleted before the last one."""
    first, last = row["age_days_from"], row["age_days_to"]
    key = "age_over" if last is None else "age" if first else "age_first"
    return {
        "origin": words.text(f"runs_page.{'built_in' if row['is_built_in'] else 'from_tmdb'}"),
        "age": words.text(f"runs_page.{key}", first=words.number(first), last=words.written("whole", last)),
        "films": words.number(row["films"]),
        "oldest": words.moment(row["oldest_fetched_at"]),
        "is_too_old": last is None and not row["is_built_in"],
    }
