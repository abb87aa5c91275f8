"""The direct road and the road through Kafka end in identical tables, in DuckDB and in PostgreSQL."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pipeline.road import MOMENTS, Road, contents, line, road
from sandbox_server import film
from services.kafka import KafkaServer
from services.postgres import PostgresServer

FILMS = 60
KAFKA_STEPS = ["produce_films", "consume_films", "land_popularity", "curate_films", "load_films", "load_postgresql"]


@dataclass(frozen=True)
class Roads:
    """One sandbox, a folder a road, and the database of the road through Kafka."""

    direct: Road
    kafka: Road
    url: str


@pytest.fixture
def roads(tmp_path: Path, broker: KafkaServer, postgres: PostgresServer) -> Iterator[Roads]:
    url = postgres.new_database()
    name = url.rpartition("/")[2]
    with road(tmp_path, FILMS) as direct:
        settings = {
            "films__road": "kafka",
            "kafka__bootstrap": broker.bootstrap,
            "kafka__topic": f"roads-{name}",
            "kafka__partitions": "3",
            "postgres__url": postgres.url(name, password=False),
            "postgres__password": postgres.password,
        }
        kafka = replace(direct, folder=tmp_path / "kafka", settings=settings)
        kafka.folder.mkdir()
        yield Roads(direct, kafka, url)


def in_postgres(url: str) -> dict[str, set[str]]:
    """Every table as rows, in the form of `contents`."""
    found = {}
    with psycopg.connect(url) as connection:
        connection.execute("set timezone = 'UTC'")
        named = "select tablename from pg_tables where schemaname = 'public'"
        for (name,) in connection.execute(named).fetchall():
            if name not in ("load_marks", "alembic_version"):
                found[name] = _rows(connection, name)
    return found


def _rows(connection: "psycopg.Connection[Any]", table: str) -> set[str]:
    answer = connection.execute(f'select * from "{table}"')  # noqa: S608 - a name of the catalogue
    names = [column.name for column in answer.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
    return {repr({name: row[name] for name in sorted(row) if name not in MOMENTS}) for row in rows}


def test_both_roads_end_in_identical_tables_also_after_changes(roads: Roads) -> None:
    way = roads.kafka
    said = way.taquilla("migrate").stdout
    assert "0001" in said
    for is_first in (True, False):
        if not is_first:
            changed(roads.direct)
        roads.direct.taquilla("run")
        said = way.taquilla("run").stdout
        assert steps_told(said)[: len(KAFKA_STEPS)] == KAFKA_STEPS
        direct, kafka = contents(roads.direct), contents(way)
        assert kafka == direct
        assert {name: rows for name, rows in direct.items() if not name.startswith("curated ")} == in_postgres(
            roads.url
        )
    assert way.account().missing == 0
    assert way.account().superseded == 5


def steps_told(said: str) -> list[str]:
    told = [row[row.index("]") + 2 :].partition("OK")[0] for row in said.splitlines() if row.startswith("[")]
    return [step.strip().lower().replace(" ", "_") for step in told]


def changed(way: Road) -> None:
    """Five films have other figures, titles and people."""
    for n in range(1, 6):
        way.sandbox.change(film(n)["id"], title=f"Another {n}", revenue=7_000_000 + n)


def test_a_file_of_flat_records_of_the_seeds_becomes_films(roads: Roads) -> None:
    way = roads.kafka
    flat = {"title": "Fight Club", "release_date": "1999-10-15", "genres": ["Drama"], "cast": ["Edward Norton"]}
    file = way.folder / "flat.ndjson"
    file.write_bytes(b"\n".join([json.dumps({"id": 550} | flat).encode(), line(7), b"{ not a film"]) + b"\n")
    way.taquilla("migrate")
    way.taquilla("produce", str(file))
    said = way.taquilla("consume").stdout
    assert "consume films      OK   3 rows   1 dead" in said
    films = way.ask("select film_id, title from movies order by 1")
    assert films == [(550, "Fight Club"), (film(7)["id"], film(7)["title"])]
    assert way.ask("select name, person_id < 0 from people where name = 'Edward Norton'") == [("Edward Norton", True)]
    (letter,) = way.json("dead-letters", "list", "--topic", way.settings["kafka__topic"])
    assert {name: letter[name] for name in ("offset", "topic")} == {
        "offset": letter["offset"],
        "topic": way.settings["kafka__topic"],
    }
    assert "not a film" in letter["reason"] or "malformed" in letter["reason"]
    shown = way.taquilla("dead-letters", "show", str(letter["raw_seq"])).stdout
    assert shown == "{ not a film\n"


def test_status_and_doctor_tell_of_the_broker_the_consumer_and_the_server(roads: Roads) -> None:
    way = roads.kafka
    way.taquilla("migrate")
    checks = {check["what"]: check for check in way.json("doctor")}
    assert checks["kafka"]["ok"]
    assert checks["topic"] | {"found": ""} == {
        "what": "topic", "ok": None, "found": "", "next_step": "Make it with: taquilla topics create",
    }  # fmt: skip
    assert checks["postgres"]["found"].startswith("PostgreSQL 18")
    assert checks["postgres write"]["ok"]
    way.taquilla("produce")
    checks = {check["what"]: check for check in way.json("doctor")}
    assert checks["topic"]["found"].endswith(f"3 partitions, {FILMS} messages, {FILMS} of them not landed yet")
    way.taquilla("consume")
    told = way.json("status")
    (consumer,) = told["consumers"]
    assert (consumer["state"], consumer["lag"], consumer["messages"]) == ("ended", 0, FILMS)
    assert told["postgres"]["movies"] == told["warehouse"]["movies"] == FILMS
    assert told["postgres"]["is_level"]
    assert way.settings["postgres__password"] not in json.dumps([told, checks]), "a password is shown"


def test_without_a_broker_producing_says_so_and_falls_back_when_asked(roads: Roads) -> None:
    way = roads.kafka
    way = replace(way, settings={**way.settings, "kafka__bootstrap": "127.0.0.1:1", "kafka__timeout_s": "1"})
    refused = way.taquilla("produce", code=4)
    assert "127.0.0.1:1 does not answer" in refused.stderr
    assert "--fallback" in refused.stderr
    assert refused.stderr.strip().splitlines()[-1] == "Resume with: taquilla produce"
    way.taquilla("produce", "--fallback")
    assert way.account().pending == FILMS


def test_without_postgresql_the_run_goes_on_and_says_so(roads: Roads) -> None:
    away = {"postgres__url": "postgresql://taquilla@127.0.0.1:1/films", "report__on_run": "true"}
    way = replace(roads.direct, settings=away)
    ended = way.taquilla("run", code=4)
    assert "from the DuckDB warehouse: PostgreSQL does not answer" in ended.stdout
    assert "The run went on without load PostgreSQL: PostgreSQL at 127.0.0.1:1 does not answer" in ended.stderr
    assert way.ask("select count(*) from movies") == [(FILMS,)]
