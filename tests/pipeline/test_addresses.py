"""What people write for tables, what it means, and that a password in it is never repeated."""

from pathlib import Path

import pytest

from taquilla.errors import SettingsError
from taquilla.pipeline.addresses import Address, open_source, parse
from taquilla.sources.sql import SqlOptions

SHOP = {"shop": SqlOptions("mysql://reader@db.example/sakila", name="shop")}
CANARY = "s3cr3t/canary"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("shop", Address("database", "shop")),
        ("shop:", Address("database", "shop")),
        ("SHOP:rental", Address("database", "shop", "rental")),
        ('shop:a"b; drop: x', Address("database", "shop", 'a"b; drop: x')),
        ("sqlite:///shop.sqlite", Address("database", "sqlite:///shop.sqlite")),
        ("sqlite:///shop.sqlite#a#b", Address("database", "sqlite:///shop.sqlite", "a#b")),
        ("mysql+pymysql://u@h/db#t", Address("database", "mysql+pymysql://u@h/db", "t")),
        ("postgres://u@h/db#s.t", Address("database", "postgres://u@h/db", "s.t")),
        ("snowflake://u@a/DB/S?warehouse=W#T", Address("database", "snowflake://u@a/DB/S?warehouse=W", "T")),
        ("lake", Address("lake", "")),
        ("lake:curated.rentals", Address("lake", "", "curated.rentals")),
        ("warehouse:mart.top_films", Address("warehouse", "", "mart.top_films")),
        ("s3://bucket/a/b.csv", Address("files", "s3://bucket/a/b.csv")),
        ("s3://bucket/book.xlsx:film", Address("files", "s3://bucket/book.xlsx", "film")),
        ("book.xlsx:film", Address("files", "book.xlsx", "film")),
        ("exports/", Address("files", "exports/")),
        ("a.csv", Address("files", "a.csv")),
    ],
)
def test_what_an_address_means(text: str, address: Address) -> None:
    assert parse(text, SHOP) == address
    assert parse(address.named(), SHOP) == address


def test_a_path_may_have_a_colon(tmp_path: Path) -> None:
    (tmp_path / "a:b.csv").write_text("id\n1\n")
    assert parse(str(tmp_path / "a:b.csv"), SHOP) == Address("files", str(tmp_path / "a:b.csv"))
    assert parse(f"{tmp_path / 'a:b.csv'}:t", SHOP) == Address("files", str(tmp_path / "a:b.csv"), "t")


@pytest.mark.parametrize(
    "text",
    [
        f"mysql://u:{CANARY}@h/db",
        f"mysql+pymysql://u:{CANARY}@h/db#t",
        f"redshift://u:{CANARY}@h/db",
        f"jdbc:mysql://u:{CANARY}@h/db",
        f"mysql:/u:{CANARY}@h/db",
        f"u:{CANARY}@h/db",
        f"s3://KEY:{CANARY}@bucket/key.csv",
        f"s3://KEY:{CANARY}/more@bucket/key.csv",
        f"snowflake://u@a/DB/S?password={CANARY}",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse(text, SHOP)
    assert "s3cr3t" not in str(refused.value)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("text", ["shopp:rental", "shopp"])
def test_an_unknown_connection_is_told_with_those_that_are_known(text: str) -> None:
    said = "no connection and no file 'shopp'. Known connections: shop. Set TAQUILLA_CONNECTIONS__SHOPP__URL"
    with pytest.raises(SettingsError, match=said), open_source(parse(text, SHOP), SHOP):
        pass


@pytest.mark.parametrize("text", ["", " ", "ftp://host/a.csv", "gs://bucket/a.csv"])
def test_what_is_no_address_is_told_with_what_is(text: str) -> None:
    with pytest.raises(SettingsError, match="Write a connection's name, mysql://"):
        parse(text, SHOP)
