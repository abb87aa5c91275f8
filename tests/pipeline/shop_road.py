"""The road from a shop's database, workbook or files to its answers, walked by the command line."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from command_line import taquilla
from pipeline.road import command
from taquilla.lake import Lake
from taquilla.pipeline.rentals.links import links_table
from taquilla.pipeline.rentals.shop_tables import ShopTables, shop_tables
from taquilla.tables.rentals import SHOP
from taquilla.warehouse import duckdb

# What says when a row came here, and not what it says.
ARRIVAL = frozenset({"raw_seq", "bucket", "landed_at", "load_seq", "customer_key"})


@dataclass(frozen=True)
class ShopRoad:
    """A folder of data and what the commands are set to; a name is a setting's, as in `connections__shop__url`."""

    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def warehouse(self) -> Path:
        return self.data / "warehouse.duckdb"

    @property
    def lake(self) -> Lake:
        return Lake(str(self.data / "lake"))

    def env(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TAQUILLA_")}
        settings = {"data": str(self.data), **self.settings}
        return inherited | {f"TAQUILLA_{name.upper()}": value for name, value in settings.items()}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command(*arguments),
            cwd=self.folder,
            env=self.env(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def taquilla(self, *arguments: str, code: int = 0) -> str:
        """What a command prints, on both streams, that ends with that exit code."""
        return "".join(self._said(*arguments, code=code))

    def _said(self, *arguments: str, code: int) -> tuple[str, str]:
        done = taquilla(*arguments, folder=self.folder, env=self.env())
        assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout, done.stderr

    def json(self, *arguments: str) -> Any:
        return json.loads(self._said(*arguments, "--json", code=0)[0])

    def status(self) -> dict[str, dict[str, int]]:
        """The account of each of the shop's tables, as `taquilla status` has it."""
        return {row["table"]: row for row in self.json("status")["shop"]}

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(self.warehouse) as connection:
            return connection.execute(sql).fetchall()

    def curated(self, table: str) -> pl.DataFrame:
        """A curated table, by the source's name of it."""
        tables = ShopTables.of(self.lake, SHOP[table])
        return tables.curated.scan().sort(*tables.spec.key, "raw_seq").collect()


def told(rows: pl.DataFrame, leaving: frozenset[str] = ARRIVAL) -> list[str]:
    """Rows as text, in an order of their own, without what `leaving` names."""
    kept = rows.select(sorted(name for name in rows.columns if name not in leaving))
    return sorted(repr(row) for row in kept.iter_rows())


def lake_contents(lake: Lake) -> dict[str, list[str]]:
    """What the shop's tables in the lake say: curated, repairs, quarantine, links."""
    found = {table.name: told(table.scan().collect()) for tables in shop_tables(lake) for table in tables.made()}
    return found | {"links": told(links_table(lake).scan().collect())}


def star_contents(warehouse: Path) -> dict[str, list[str]]:
    """What the star says in the warehouse file."""
    with duckdb.connect(warehouse) as connection:
        named = connection.execute("select table_name from duckdb_tables() where schema_name = 'shop'").fetchall()
        return {name: told(connection.table(f"shop.{name}").pl()) for (name,) in named}
