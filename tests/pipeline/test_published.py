"""The journal of what was published: it outlives a kill, and forgets what raw knows."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from records import at, film, land, new_lake, read
from taquilla.errors import UnavailableError
from taquilla.pipeline.film_tables import FilmTables
from taquilla.pipeline.kafka.published import Published
from taquilla.sources.tmdb import FetchedFilm


def fetched(film_id: int, day: float, status: int | None = 200, error: str | None = None) -> FetchedFilm:
    return FetchedFilm(film_id, at(day), status, None, error)


def journal(folder: Path, *entries: FetchedFilm) -> Published:
    published = Published.of(new_lake(folder), "tmdb_data")
    for entry in entries:
        published.add(entry)
    published.close()
    return published


def test_the_journal_tells_what_was_published(tmp_path: Path) -> None:
    moment = at(0) + timedelta(microseconds=123_457)
    whole = FetchedFilm(2**62, moment, 404, b"not kept", None)
    found = journal(tmp_path, whole, fetched(2, 1, None, "no answer"), fetched(2, 2)).answers()
    assert found.rows() == [(2**62, moment, 404, False), (2, at(1), None, True), (2, at(2), 200, False)]


def test_half_an_entry_is_none_and_garbles_none_that_follows(tmp_path: Path) -> None:
    published = journal(tmp_path, fetched(1, 0), fetched(2, 0))
    published.file.write_bytes(published.file.read_bytes()[:-3])
    assert published.answers()["film_id"].to_list() == [1]
    published.prune(FilmTables.of(new_lake(tmp_path)), at(0))
    published.add(fetched(3, 0))
    assert published.answers()["film_id"].to_list() == [1, 3]


def test_what_raw_knows_and_what_is_old_is_forgotten(tmp_path: Path) -> None:
    published = journal(tmp_path, fetched(1, 8), fetched(2, 8), fetched(2, 9), fetched(3, 1), fetched(4, 8))
    lake = new_lake(tmp_path)
    land(lake, [read(film(1), 8), read(film(2), 8), read(film(4), 7)])
    left = published.prune(FilmTables.of(lake), at(10))
    assert left.select("film_id", "fetched_at").rows() == [(2, at(9)), (4, at(8))]
    assert published.answers().rows() == left.rows()


def test_a_journal_belongs_to_one_topic_and_another_ones_films_are_to_be_had_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    published = journal(tmp_path, fetched(1, 0), fetched(2, 0))
    # Of an unknown topic: it stays as it is, and is of this one from now on.
    assert [published.belong(topic_id) for topic_id in (None, 2**63 - 1, 2**63 - 1, None)] == [False] * 4
    published.prune(FilmTables.of(new_lake(tmp_path)), at(0))
    assert published.answers()["is_failed"].to_list() == [False, False]
    assert not caplog.records
    assert [published.belong(topic_id) for topic_id in (7, 7)] == [True, False]
    published.add(fetched(2, 1))
    assert published.answers().select("film_id", "is_failed").rows() == [(1, True), (2, True), (2, False)]
    assert [record.getMessage() for record in caplog.records] == [
        "Topic tmdb_data was made anew, or this is another broker: what was published before is published again."
    ]


def test_an_empty_journal_is_any_topics(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    published = journal(tmp_path)
    assert [published.belong(topic_id) for topic_id in (7, 8)] == [False, False]
    assert not caplog.records


def test_without_a_journal_nothing_was_published(tmp_path: Path) -> None:
    published = Published.of(new_lake(tmp_path), "tmdb_data")
    assert published.answers().is_empty()
    assert published.prune(FilmTables.of(new_lake(tmp_path)), datetime.now(at(0).tzinfo)).is_empty()


def test_a_disk_that_takes_nothing_is_told(tmp_path: Path) -> None:
    published = Published.of(new_lake(tmp_path), "tmdb_data")
    published.file.mkdir()
    with pytest.raises(UnavailableError, match=r"Cannot write to .*tmdb_data\.journal: Is a directory"):
        published.add(fetched(1, 0))
