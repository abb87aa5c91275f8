"""How the platform stands: the account of all records, freshness, what the warehouse holds and the last runs."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from taquilla.errors import TaquillaError
from taquilla.lake import Lake
from taquilla.pipeline.accounts import account
from taquilla.pipeline.fetching import CHANGES
from taquilla.pipeline.film_tables import FilmTables
from taquilla.pipeline.kafka.state import ConsumerState, consumer_states
from taquilla.pipeline.land import EXPORT
from taquilla.pipeline.load import same_state
from taquilla.pipeline.rentals.accounts import shop_accounts
from taquilla.pipeline.reviews.accounts import review_accounts
from taquilla.pipeline.runs import recent_runs
from taquilla.warehouse import duckdb, postgres
from taquilla.warehouse.postgres import PostgresOptions

COUNTED = (
    "movies",
    "people",
    "production_companies",
    "genres",
    "movie_people",
    "movie_data_warehouse",
    "film_snapshots",
)


def status(
    lake: Lake, warehouse: Path, *, runs: int = 10, server: PostgresOptions | None = None, now: datetime | None = None
) -> dict[str, Any]:
    """Everything that `taquilla status` shows, as plain values; what the settings do not name is left out."""
    tables = FilmTables.of(lake)
    changes = tables.raw.mark(CHANGES)
    return {
        "records": account(lake).as_dict(),
        "fresh_as_of": None if changes is None else datetime.fromtimestamp(changes / 1e6, UTC),
        "newest_export": _day(tables.exports.mark(EXPORT)),
        "warehouse": _counts(warehouse),
        **({} if server is None else {"postgres": _postgres(warehouse, server)}),
        **_consumers(lake, now or datetime.now(UTC)),
        **_shop(lake),
        **_reviews(lake),
        "runs": recent_runs(lake, runs).to_dicts(),
    }


def _consumers(lake: Lake, now: datetime) -> dict[str, Any]:
    """Each consumer that this lake has had: how far it is, how fast, and what went wrong last."""
    told = [
        {
            "consumer": state.instance,
            "topic": state.topic,
            "state": _state(state, now),
            "partitions": ", ".join(map(str, state.partitions)),
            "lag": state.lag,
            "messages": state.messages,
            "dead": state.dead_letters,
            "rows_per_s": 0.0 if state.has_ended else state.landed_rows_per_s,
            "seen_at": state.moment,
            "last_error": state.last_error,
        }
        for state in consumer_states(lake)
    ]
    return {"consumers": told} if told else {}


def _shop(lake: Lake) -> dict[str, Any]:
    """Where every row of the shop's tables is."""
    accounts = [account.as_dict() for account in shop_accounts(lake)]
    return {"shop": accounts} if accounts else {}


def _reviews(lake: Lake) -> dict[str, Any]:
    """Where every record of the reviews' files is."""
    accounts = [account.as_dict() for account in review_accounts(lake)]
    return {"reviews": accounts} if accounts else {}


def _state(state: ConsumerState, now: datetime) -> str:
    if state.has_ended:
        return "ended"
    return "at work" if state.is_alive(now) else "silent"


def _postgres(warehouse: Path, server: PostgresOptions) -> dict[str, Any]:
    """Rows of its tables, and whether it is level with the DuckDB file; or why it cannot tell."""
    try:
        with postgres.connect(server) as connection:
            ask = postgres.asking(connection)
            counted = {table: ask(f"select count(*) as n from {table}")[0]["n"] for table in COUNTED}  # noqa: S608
            return counted | {"is_level": warehouse.exists() and same_state(warehouse, connection)}
    except TaquillaError as error:
        return {"error": str(error)}


def _day(number: int | None) -> str | None:
    return None if number is None else f"{number // 10000}-{number // 100 % 100:02}-{number % 100:02}"


def _counts(warehouse: Path) -> dict[str, int]:
    if not warehouse.exists():
        return {}
    with duckdb.connect(warehouse) as connection:
        if not duckdb.is_warehouse(connection):
            return {}
        # The names are those above.
        counted = {t: connection.execute(f"select count(*) from {t}").fetchone() for t in COUNTED}  # noqa: S608
    return {table: row[0] for table, row in counted.items() if row}
