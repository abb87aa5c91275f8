"""What several records of a film become: removals, snapshots, and the newest that wins."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from film_histories import cuts, histories
from records import at, film, gone, raw, read
from taquilla.pipeline.raw_rows import RawRecord
from taquilla.tables import films
from taquilla.tables.films import clean_films, newest

# Removals.


def state(*records: bytes | RawRecord) -> list[dict[str, Any]]:
    """What `newest` makes of the records' films, in sight."""
    known = newest(clean_films(raw(*records)).films).sort("film_id")
    return known.select("film_id", "title", "is_removed", "removed_at").to_dicts()


def test_a_known_film_that_is_gone_keeps_its_record() -> None:
    assert state(read(film(1, title="A"), 1), gone(1, 2)) == [
        {"film_id": 1, "title": "A", "is_removed": True, "removed_at": at(2)}
    ]


def test_a_film_that_was_never_known_is_only_known_to_be_gone() -> None:
    assert state(gone(1, 2), gone(1, 3)) == [{"film_id": 1, "title": None, "is_removed": True, "removed_at": at(3)}]


def test_a_film_that_comes_back_is_no_longer_removed() -> None:
    assert state(read(film(1, title="A"), 1), gone(1, 2), read(film(1, title="B"), 3)) == [
        {"film_id": 1, "title": "B", "is_removed": False, "removed_at": at(2)}
    ]


def test_an_old_removal_that_arrives_late_removes_nothing() -> None:
    assert state(read(film(1, title="A"), 3), gone(1, 2)) == [
        {"film_id": 1, "title": "A", "is_removed": False, "removed_at": at(2)}
    ]


def test_a_record_of_the_moment_of_the_removal_is_still_there() -> None:
    assert state(read(film(1, title="A"), 2), gone(1, 2))[0]["is_removed"] is False


def test_the_last_of_two_removals_counts_though_it_came_first() -> None:
    assert state(gone(1, 5), gone(1, 2), read(film(1, title="A"), 3)) == [
        {"film_id": 1, "title": "A", "is_removed": True, "removed_at": at(5)}
    ]


def test_a_removal_is_a_change_of_the_film() -> None:
    versions = clean_films(raw(read(film(1), 1), read(film(2), 1), gone(1, 2))).films
    # What was loaded up to row 2 must see film 1 again, and film 2 not.
    assert newest(versions).sort("film_id")["raw_seq"].to_list() == [2, 1]


@pytest.mark.parametrize(("film_id", "rule"), [(None, "film_id|nullability"), (0, "film_id|min"), (-3, "film_id|min")])
def test_a_removal_of_no_film_is_quarantined(film_id: int | None, rule: str) -> None:
    cleaned = clean_films(raw(gone(film_id, 2)))
    assert cleaned.films.height == 0
    assert cleaned.quarantined.select("film_id", "fetched_at", "rule").row(0) == (film_id, at(2), rule)


# Snapshots.


def test_each_record_leaves_what_moves_with_time() -> None:
    cleaned = clean_films(
        raw(read(film(1, popularity=1.0), 1), read(film(1, popularity=2.0, revenue=0), 2), gone(2, 3))
    )
    assert cleaned.snapshots.drop("bucket").rows() == [
        (1, at(1), 1.0, 6.5, 10, 250, "details", 0),
        (1, at(2), 2.0, 6.5, 10, None, "details", 1),
    ]


def test_of_two_records_of_one_moment_the_first_landed_leaves_the_snapshot() -> None:
    rows = raw(film(1, popularity=1.0), film(1, popularity=2.0), film(1, popularity=3.0))
    for order in ([0, 1, 2], [2, 1, 0]):
        assert clean_films(rows[order]).snapshots["popularity"].to_list() == [1.0]


# The newest wins, however the rows are cut and in whatever order they come.


def test_the_newest_record_wins_though_it_came_first() -> None:
    assert state(read(film(1, title="new"), 2), read(film(1, title="old"), 1))[0]["title"] == "new"


def test_of_one_moment_the_highest_digest_wins() -> None:
    records = [film(1, title="A"), film(1, title="B")]
    highest = max(zip(raw(*records)["payload_sha256"], ["A", "B"], strict=True))[1]
    assert [state(*records)[0]["title"], state(*reversed(records))[0]["title"]] == [highest, highest]


def test_a_record_landed_twice_is_the_row_that_came_first() -> None:
    versions = clean_films(raw(read(film(1), 1), read(film(1), 1))).films
    assert newest(versions)["raw_seq"].to_list() == [0]


def test_the_superseded_are_all_but_the_newest() -> None:
    versions = clean_films(raw(read(film(1), 1), read(film(1), 3), read(film(1), 2), read(film(2), 1))).films
    assert films.superseded(versions)["raw_seq"].sort().to_list() == [0, 2]


def content(versions: pl.DataFrame) -> list[dict[str, Any]]:
    return versions.drop("raw_seq").sort("film_id").to_dicts()


def _good(records: list[RawRecord]) -> pl.DataFrame:
    return raw(*records).filter(pl.col("error").is_null())


@given(histories())
def test_every_row_ends_in_films_or_in_quarantine(history: list[RawRecord]) -> None:
    rows = _good(history)
    cleaned = clean_films(rows)
    ends = [*cleaned.films["raw_seq"], *cleaned.quarantined["raw_seq"]]
    assert sorted(ends) == rows["raw_seq"].to_list()
    films.Films.validate(newest(cleaned.films))


@given(histories(), st.data())
def test_cutting_the_rows_differently_changes_nothing(history: list[RawRecord], data: st.DataObject) -> None:
    rows = _good(history)
    begins, parts = 0, []
    for end in data.draw(cuts(rows.height)):
        parts.append(clean_films(rows[begins:end]))
        begins = end
    whole = clean_films(rows)
    assert content(newest(pl.concat([whole.films.clear(), *[p.films for p in parts]]))) == content(newest(whole.films))
    assert pl.concat([whole.quarantined.clear(), *[p.quarantined for p in parts]]).equals(whole.quarantined)


@given(histories(), st.data())
def test_merging_what_was_merged_changes_nothing(history: list[RawRecord], data: st.DataObject) -> None:
    versions = clean_films(_good(history)).films
    cut = data.draw(st.integers(0, versions.height))
    a, b = versions[:cut], versions[cut:]
    once = content(newest(pl.concat([a, b])))
    assert content(newest(pl.concat([newest(a), newest(b)]))) == once
    assert content(newest(newest(versions))) == once


@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(history: list[RawRecord], random: Any) -> None:
    shuffled = random.sample(history, len(history))
    expected, found = (content(newest(clean_films(_good(records)).films)) for records in (history, shuffled))
    assert found == expected


@given(histories())
def test_the_newest_is_the_highest_moment_and_digest(history: list[RawRecord]) -> None:
    versions = clean_films(_good(history)).films
    read_ones = versions.filter(pl.col("fetched_at").is_not_null())
    keys = read_ones.select("film_id", "fetched_at", "payload_sha256").rows()
    expected = {film_id: max(key for key in keys if key[0] == film_id) for film_id, _, _ in keys}
    won = newest(versions).filter(pl.col("fetched_at").is_not_null())
    assert {row[0]: row for row in won.select("film_id", "fetched_at", "payload_sha256").rows()} == expected
