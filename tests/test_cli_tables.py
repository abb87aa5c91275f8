"""The commands for tables anywhere, as a person and a program call them."""

import json
import os
import re
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from taquilla.__main__ import main
from test_cli import run

CANARY = "s3cr3t-canary"
FILM = "film_id,title,rate\n1,Amélie,4.99\n2,,0.99\n"


class Said(NamedTuple):
    """What a command printed."""

    stdout: str
    stderr: str


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path) -> Callable[..., Said]:
    """What a command answers that ends with that code; in this process, which saves the start of another."""
    monkeypatch.chdir(folder)
    for name in [name for name in os.environ if name.startswith("TAQUILLA_")]:
        monkeypatch.delenv(name)

    def called(*arguments: str, code: int = 0) -> Said:
        monkeypatch.setattr("sys.argv", ["taquilla", *arguments])
        before = signal.getsignal(signal.SIGTERM)
        with pytest.raises(SystemExit) as end:
            main()
        signal.signal(signal.SIGTERM, before)
        said = Said(*capsys.readouterr())
        assert (end.value.code or 0) == code, said
        return said

    return called


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "film.csv").write_text(FILM, "utf-8")
    (tmp_path / "bad.csv").write_text("film_id,title\n1,x\n2\n")
    return tmp_path


def test_a_copy_says_what_it_did(folder: Path, call: Callable[..., Said]) -> None:
    said = run("copy", "film.csv", "sqlite:///shop.sqlite#film", folder=folder).stdout
    line, found = said.splitlines()
    pattern = r"film\.csv -> sqlite:///shop\.sqlite#film: 2 rows, 3 columns, \d+\.\d s \([\d,]+ rows/s\)"
    assert re.fullmatch(pattern, line)
    assert found == "  types found in its rows: film_id int64, rate decimal128(15, 2), 1 of text"
    again = call("copy", "sqlite:///shop.sqlite#film", "lake:copies.film", "--json")
    told = json.loads(again.stdout)
    assert {name: told[name] for name in ("read", "rows", "rejected", "taken_up", "notes")} == {
        "read": 2, "rows": 2, "rejected": 0, "taken_up": 0, "notes": [],
    }  # fmt: skip
    assert told["columns"] == {"film_id": "int64", "title": "string", "rate": "decimal128(38, 2)"}
    query = "select title, rate from film where rate > 1"
    call("copy", "sqlite:///shop.sqlite", "dear.csv", "--query", query)
    assert (folder / "dear.csv").read_text("utf-8") == '"title","rate"\n"Amélie",4.99\n'


def test_rows_that_do_not_fit_go_to_a_file(folder: Path, call: Callable[..., Said]) -> None:
    refused = call("copy", "bad.csv", "film.parquet", code=3).stderr
    assert "row 2: 2 cells expected, 1 found (line 3)" in refused
    assert "--rejects FILE.csv" in refused
    assert not (folder / "film.parquet").exists()
    said = call("copy", "bad.csv", "film.parquet", "--rejects", "rejects.ndjson").stdout
    assert "  2 rows were read; 1 of them do not fit, and stand in rejects.ndjson" in said
    assert json.loads((folder / "rejects.ndjson").read_text())["record"] == "2"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("copy", "film.csv", f"mysql://u:{CANARY}@h/db#film"), 2, "holds a password"),
        (("copy", f"s3://KEY:{CANARY}@bucket/film.csv", "x.csv"), 2, "without credentials"),
        (("copy", "shop:film", "x.csv"), 2, "no connection and no file 'shop'"),
        (("copy", "film.csv", "shop:film"), 2, "TAQUILLA_CONNECTIONS__SHOP__URL"),
        (("copy", "none.csv", "x.csv"), 3, "There is no none.csv"),
        (("copy", "film.csv", "film.csv"), 2, "onto itself"),
        (("copy", "film.csv", "."), 2, "is a folder"),
        (("copy", "film.csv", "film.docx"), 2, "its ending tells no format"),
        (("copy", "film.csv", "x.csv", "--since", "film_id"), 2, "is no COLUMN=VALUE"),
        (("copy", "film.csv", "x.csv", "--since", "film_id=1"), 3, "is read whole"),
        (("copy", "film.csv", "/proc/nowhere/x.csv"), 3, "Cannot use /proc/nowhere/x.csv"),
        (("copy", "film.csv:sheet", "x.csv"), 3, "has no table 'sheet'. It has: film"),
        (("copy", "warehouse:movies", "x.csv"), 4, "There is no warehouse"),
        (("ddl", "film.csv", "--dialect", "oracle"), 2, "Known: mysql, postgresql, sqlite, snowflake, duckdb"),
        (("profile", "nothing"), 2, "no connection and no file 'nothing'"),
        (("town", "lake:x", "--rentals", "5"), 2, "cannot take several tables"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    folder: Path, call: Callable[..., Said], arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = call(*arguments, code=code)
    assert done.stderr.startswith("Error: ")
    assert said in done.stderr
    assert CANARY not in done.stdout + done.stderr
    assert not (folder / "x.csv").exists()


def test_a_password_of_the_settings_is_in_no_output(folder: Path, call: Callable[..., Said]) -> None:
    env = {
        "TAQUILLA_CONNECTIONS__SHOP__URL": "mysql://reader@127.0.0.1:9/sakila",
        "TAQUILLA_CONNECTIONS__SHOP__PASSWORD": CANARY,
    }
    done = run("copy", "shop:film", "x.csv", folder=folder, code=4, **env)
    assert "MySQL at 127.0.0.1:9/sakila does not answer" in done.stderr
    assert CANARY not in done.stdout + done.stderr


def test_a_profile_is_read_by_people_and_programs(folder: Path, call: Callable[..., Said]) -> None:
    said = run("profile", "film.csv", folder=folder, COLUMNS="80").stdout
    assert said.splitlines()[0] == "film: 2 rows, 3 columns, key film_id"
    assert "0.99 ... 4.99" in said
    told = json.loads(call("profile", "film.csv", "--json").stdout)
    [table] = told["tables"]
    assert (table["table"], table["rows"], table["would_become"], told["broken_keys"]) == (
        "film",
        2,
        "rental_films",
        [],
    )
    assert [column["name"] for column in table["columns"]] == ["film_id", "title", "rate"]


def test_ddl_is_printed_without_a_warehouse(folder: Path, call: Callable[..., Said]) -> None:
    said = call("ddl", "--dialect", "sqlite").stdout
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(said)
        names = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
    assert {"movies", "shop_fact_rental"} <= names


def test_a_town_goes_to_a_folder_and_a_database(folder: Path, call: Callable[..., Said]) -> None:
    assert call("town", "town.sqlite", "--rentals", "50").stdout.endswith("rows in town.sqlite\n")
    said = call("town", "town", "--rentals", "50").stdout
    assert said.endswith(" rows of 15 tables in town\n")
    assert len(list((folder / "town").glob("*.parquet"))) == 15
    assert call("town", "written", "--reviews", "60").stdout.endswith(" lines of 10 files in written\n")
    assert (folder / "written" / "review.json").stat().st_size > 10_000


def test_the_help_has_examples(folder: Path, call: Callable[..., Said]) -> None:
    for command in ("copy", "ddl", "profile"):
        assert f"  taquilla {command} " in call(command, "--help").stdout
