"""The tutorial's film rental shop: eight CSV files as an old system exports them, and Taquilla's answers over them.

    folder = write_shop("shop")           # the same files on every machine
    answers = taquilla_answers("shop")    # what `taquilla rentals shop` makes of them

The shop is the demo's generated town: the films are real, people, prices and rentals are invented. `DIRT` says what was
done to it: the damage is of the kinds that a real export had.
"""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from taquilla.demo.town import Town

SEED = 7
TABLES = ("film", "category", "film_category", "inventory", "customer", "store", "rental", "payment")
NULL = "NULL"


@dataclass(frozen=True, slots=True)
class Dirt:
    """Damage to `cells` cells of a column: a sound cell, what becomes of it, and why such a thing happens."""

    table: str
    column: str
    cells: int
    sound: str
    damage: Callable[[str], str]
    story: str


def _day_first(cell: str) -> str:
    return f"{cell[8:10]}/{cell[5:7]}/{cell[:4]}{cell[10:]}"


DIRT = (
    Dirt("film", "release_year", 6, "2006", "x{}".format, "a key that stuck"),
    Dirt("film", "release_year", 2, "2006", "XXXX{}".format, "a mask that was typed over"),
    Dirt("film", "rental_rate", 6, "2.99", "{}a".format, "a finger beside the key"),
    Dirt("film", "length", 4, "61", "fff{}".format, "a cat on the keyboard"),
    Dirt("film", "replacement_cost", 5, "20.99", "{}aaaa".format, "the cat again"),
    Dirt(
        "film",
        "replacement_cost",
        3,
        "20.99",
        "{}a9".format,
        "digits in two places: nobody knows which price was meant",
    ),
    Dirt("film", "film_id", 1, "98", "x{}".format, "junk in a key"),
    Dirt("inventory", "store_id", 10, "2", "{}*$#".format, "a broken transmission"),
    Dirt(
        "customer",
        "email",
        40,
        "ana@example.org",
        "{}\\r".format,
        "the end of a line, as letters, from an older system",
    ),
    Dirt("customer", "customer_id", 2, "41", "{}b7".format, "a key that can be read in two ways"),
    Dirt("rental", "rental_date", 24, "2014-05-24 18:30:00", _day_first, "a clerk whose computer writes the day first"),
    Dirt(
        "rental",
        "return_date",
        5,
        "2014-05-26 10:00:00",
        lambda cell: f"2013{cell[4:]}",
        "a clock that stood in another year",
    ),
    Dirt("rental", "inventory_id", 3, "12", "{}b7".format, "a label that was read twice"),
    Dirt("payment", "amount", 10, "4.99", "{}a".format, "a finger beside the key"),
    Dirt("payment", "amount", 3, "4.99", "{}a9".format, "digits in two places"),
)
# A film that the export wrote so many times too often.
REPEATED_FILM, REPEATS = 20, 3


def write_shop(folder: str | Path) -> Path:
    """The eight files, separated by semicolons; nothing is done where they are there already."""
    folder = Path(folder).resolve()
    if not (folder / f"{TABLES[-1]}.csv").exists():
        folder.mkdir(parents=True, exist_ok=True)
        town = Town(seed=SEED, rentals=6_000, stores=2, years=1, films=400)
        for name in TABLES:
            rows = pa.Table.from_batches(town.batches(name), schema=town.schema(name)).to_pylist()
            _write(folder / f"{name}.csv", _damaged(name, [_texts(row) for row in rows]))
    return folder


def _texts(row: Mapping[str, object]) -> dict[str, str]:
    return {name: _text(value) for name, value in row.items()}


def _text(value: object) -> str:
    if value is None:
        return NULL
    return str(int(value)) if isinstance(value, bool) else str(value)


def _damaged(table: str, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The rows with the table's dirt, each in a row of its own that the seed chooses."""
    order = iter(np.random.default_rng(SEED).permutation(len(rows)).tolist())
    for dirt in DIRT:
        left = dirt.cells if dirt.table == table else 0
        while left:
            row = rows[next(order)]
            if row[dirt.column] != NULL:
                row[dirt.column] = dirt.damage(row[dirt.column])
                left -= 1
    return rows + rows[REPEATED_FILM : REPEATED_FILM + 1] * (REPEATS if table == "film" else 0)


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.DictWriter(file, list(rows[0]), delimiter=";", lineterminator="\n")
        lines.writeheader()
        lines.writerows(rows)


def taquilla(*words: str, data: str | Path = "data", **settings: str) -> str:
    """What the command `taquilla` with these words prints; `lake__root="s3://…"` sets TAQUILLA_LAKE__ROOT."""
    command = [sys.executable, "-m", "taquilla", "--data", str(data), *words]
    env = os.environ | {f"TAQUILLA_{name.upper()}": value for name, value in settings.items()}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
    if done.returncode:
        raise RuntimeError(f"taquilla {' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


ANSWERS = {
    "repairs": """select table_name, column_name, rule, cells_repaired, cells_refused
                  from mart.rental_quality where column_name is not null""",
    "by_category": "select category, rentals, revenue from mart.category_mix",
    "by_store": "select store_id, rentals, rentals_open, revenue from mart.store_summary",
    "shop": "select rentals, rentals_open, revenue, late_share from mart.shop_kpis",
}
# The rows are compared in this order.
_KEYS = {"accounts": ["table"], "repairs": ["table_name", "column_name", "rule"], "by_category": ["category"]}
_KEYS |= {"by_store": ["store_id"], "shop": ["rentals"]}
ACCOUNT = ["table", "landed", "current", "superseded", "quarantined"]


def taquilla_answers(shop: str | Path, data: str | Path = "data") -> dict[str, pd.DataFrame]:
    """Taquilla's account of every row, and four of its answers; `taquilla rentals SHOP` runs unless it ran already."""
    file = Path(data) / "warehouse.duckdb"
    if not file.exists() or file.stat().st_mtime < max(path.stat().st_mtime for path in Path(shop).iterdir()):
        taquilla("rentals", str(shop), data=data)
    rows = json.loads(taquilla("status", "--json", data=data))["shop"]
    with duckdb.connect(file, read_only=True) as warehouse:
        answers = {name: warehouse.sql(question).df() for name, question in ANSWERS.items()}
    return {"accounts": pd.DataFrame(rows)[ACCOUNT], **answers}


def compare(mine: Mapping[str, pd.DataFrame], theirs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """How many rows and cells agree, table by table. AssertionError: one cell does not, and which."""
    told = []
    for name, key in _KEYS.items():
        one, other = (
            side[name].sort_values(key, na_position="last").reset_index(drop=True)[theirs[name].columns]
            for side in (mine, theirs)
        )
        pd.testing.assert_frame_equal(_plain(one), _plain(other), rtol=1e-9, atol=1e-9, obj=name)
        told.append({"table": name, "rows": len(one), "cells that agree": one.size})
    return pd.DataFrame(told)


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Numbers as floats and texts as objects, so that values are compared and not the types of a library."""
    return table.apply(
        lambda column: column.astype("Float64") if pd.api.types.is_numeric_dtype(column) else column.astype("string")
    )
