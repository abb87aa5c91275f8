"""The shop's rows that could not stand, and the lines that are no rows: listed, shown, tried again."""

from functools import reduce

import msgspec
import polars as pl

from taquilla.engines import Engine, Progress
from taquilla.errors import DataError
from taquilla.lake import Lake
from taquilla.pipeline.rentals.curate import curate_rentals
from taquilla.pipeline.rentals.shop_tables import TECHNICAL, ShopTables, shop_tables
from taquilla.sources.relations import ERROR, LINE
from taquilla.tables.cell_reading import as_found
from taquilla.tables.cleaning import clean
from taquilla.tables.films import UTC_MICROS
from taquilla.tables.rentals import CURATED, SHOP
from taquilla.tables.settling import KEY_IS_FREE

SCHEMA = pl.Schema(
    {
        "table": pl.String(),
        "raw_seq": pl.Int64(),
        "kind": pl.String(),
        "key": pl.String(),
        "fetched_at": UTC_MICROS,
        "rule": pl.String(),
        "reason": pl.String(),
    }
)


def refused_rows(lake: Lake) -> pl.LazyFrame:
    """Every row in quarantine and every line that is no row: `SCHEMA`; raw_seq counts in each table from 0."""
    found = [part for tables in shop_tables(lake) for part in (_quarantined(tables), _dead(tables))]
    return pl.concat([pl.LazyFrame(schema=SCHEMA), *found])


def _quarantined(tables: ShopTables) -> pl.LazyFrame:
    told = {"table": pl.lit(tables.spec.curated), "kind": pl.lit("quarantined"), "fetched_at": pl.col("landed_at")}
    return tables.quarantine.scan().with_columns(**told).select(SCHEMA.names())


def _dead(tables: ShopTables) -> pl.LazyFrame:
    nothing = pl.lit(None, pl.String)
    told = {"table": pl.lit(tables.spec.curated), "kind": pl.lit("dead letter"), "key": nothing, "rule": nothing}
    rows = tables.raw.scan().filter(pl.col(ERROR).is_not_null())
    return rows.select("raw_seq", fetched_at="_landed_at", reason=ERROR, **told).select(SCHEMA.names())


def record_of(lake: Lake, table: str, raw_seq: int) -> bytes:
    """A row of raw as it came: a line verbatim, or the row's columns as JSON. DataError: there is no such row."""
    spec = SHOP.get(table) or CURATED.get(table)
    if spec is None:
        raise DataError(f"The shop has no table {table!r}. Known: films, {', '.join(CURATED)}.")
    tables = ShopTables.of(lake, spec)
    rows = tables.raw.scan().filter(pl.col("raw_seq") == raw_seq).collect() if tables.raw.exists() else pl.DataFrame()
    if rows.is_empty():
        raise DataError(f"There is no raw row {raw_seq} of {table}. List them with: taquilla quarantine list")
    line = rows[LINE].item()
    if line is not None:
        return str(line).encode()
    [record] = as_found(rows.drop(TECHNICAL.names())).to_dicts()
    return msgspec.json.encode(record)


def replay_rows(lake: Lake, engine: Engine, progress: Progress = lambda done, total: None) -> tuple[int, int]:
    """Try what is in quarantine again by today's rules; (tried, accepted). Lines that are no rows are read again with
    their file, once it is mended."""
    counts = [_replayed(lake, engine, tables, progress) for tables in shop_tables(lake)]
    return reduce(lambda sums, count: (sums[0] + count[0], sums[1] + count[1]), counts, (0, 0))


def _replayed(lake: Lake, engine: Engine, tables: ShopTables, progress: Progress) -> tuple[int, int]:
    before = tables.quarantine.count()
    if before and _would_pass(tables):
        curate_rentals(lake, engine, rebuild=True, only=(tables.spec.name,), progress=progress)
    return before, before - tables.quarantine.count()


def _would_pass(tables: ShopTables) -> bool:
    """Whether today's rules accept any of them. One whose mended key is another row's own waits for that row to go."""
    refused = tables.quarantine.scan().filter(~pl.col("rule").str.ends_with(KEY_IS_FREE)).select("raw_seq")
    rows = tables.raw.scan().join(refused, on="raw_seq", how="semi")
    return any(clean(tables.spec, chunk).rows.height for chunk in tables.raw.chunks(rows))
