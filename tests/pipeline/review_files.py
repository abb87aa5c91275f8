"""Files of reviews that a test writes and changes, and what a lake then holds of them."""

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from taquilla.engines.local import LocalEngine
from taquilla.lake import Lake
from taquilla.pipeline.reviews.accounts import review_accounts
from taquilla.pipeline.reviews.curate import CuratedReviews, curate_reviews
from taquilla.pipeline.reviews.land import LandedReviews, land_reviews
from taquilla.pipeline.reviews.pseudonyms import Pseudonyms
from taquilla.pipeline.reviews.review_tables import ReviewTables

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
NAMES = Pseudonyms(b"a key that tests alone know")


def review(number: int, **fields: Any) -> dict[str, Any]:
    """As Yelp writes one."""
    given = {
        "review_id": f"r{number}",
        "user_id": f"u{number % 3}",
        "business_id": f"b{number % 2}",
        "stars": 4,
        "useful": 0,
        "funny": 0,
        "cool": 0,
        "text": f"Fine film, seat {number}.",
        "date": "2013-05-06 20:15:00",
    }
    return {**given, **fields}


def reviews(*numbers: int, **fields: Any) -> str:
    return lines([review(number, **fields) for number in numbers])


def lines(records: Sequence[dict[str, Any]]) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def write(path: Path, content: str | bytes) -> Path:
    """The file with another time of its last change than any before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    last = path.stat().st_mtime_ns if path.exists() else 0
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    if path.stat().st_mtime_ns <= last:
        os.utime(path, ns=(last + 1_000, last + 1_000))
    return path


def land(lake: Lake, *addresses: Path | str, **how: Any) -> LandedReviews:
    given = {"run_id": "test", "now": NOW, "pseudonyms": NAMES, **how}
    return land_reviews(lake, [str(address) for address in addresses], **given)


def curate(lake: Lake, **how: Any) -> CuratedReviews:
    return curate_reviews(lake, LocalEngine(), **how)


def bring(lake: Lake, *addresses: Path | str, **how: Any) -> LandedReviews:
    """Land and curate; every record is accounted for."""
    landed = land(lake, *addresses, **how)
    curate(lake)
    assert all(account.missing == 0 for account in review_accounts(lake)), review_accounts(lake)
    return landed


def account(lake: Lake, kind: str = "reviews") -> dict[str, int]:
    """A kind's account, without what is none."""
    [found] = [account for account in review_accounts(lake) if account.table == kind]
    return {name: value for name, value in found.as_dict().items() if isinstance(value, int) and value}


def curated(lake: Lake, kind: str = "reviews") -> pl.DataFrame:
    tables = ReviewTables.of(lake, kind)
    return tables.curated.scan().sort(*tables.kind.key).collect()


def ids(lake: Lake) -> list[str]:
    return curated(lake)["review_id"].to_list()
