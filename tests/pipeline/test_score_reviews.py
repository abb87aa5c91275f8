"""curated.reviews → curated.review_signals: whatever happens between, each review has the signals of its own text."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from taquilla.engines import engine
from taquilla.lake import Lake, LakeTable
from taquilla.lake import upkeep as lake_upkeep
from taquilla.pipeline.film_tables import REBUILT
from taquilla.pipeline.reviews import score as step
from taquilla.pipeline.reviews.review_tables import ReviewTables
from taquilla.pipeline.reviews.score import Scored, score_reviews, signals_table
from taquilla.tables.reviews import ReviewSignals

ENGINE = engine("local", workers=1)
TEXTS = ("A great place", "Una sala horrible", "Rạp rất đẹp", None, "clean and comfy", "El peor cine", "The best seats")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path / "lake"))


def curated(lake: Lake) -> LakeTable:
    return ReviewTables.of(lake, "reviews").curated


def rows_of(table: LakeTable, texts: dict[int, str | None]) -> pl.DataFrame:
    """Reviews by their row of raw."""
    rows = [{"review_id": f"r{seq}", "text": text, "stars": 5.0, "raw_seq": seq} for seq, text in texts.items()]
    same = {
        "source": "yelp",
        "venue_id": "v",
        "reviewed_at": datetime(2026, 1, 1, tzinfo=UTC),
        "date_precision": "second",
        "bucket": 0,
    }
    return pl.DataFrame([{**row, **same} for row in rows], schema=table.schema)


def publish(lake: Lake, texts: dict[int, str | None], *, replacing: bool = False, rebuilt: int = 0) -> None:
    table = curated(lake)
    old = table.parts(table.open()) if replacing else []
    table.publish([table.write_part(rows_of(table, texts), 0)], replacing=old, marks={REBUILT: rebuilt})


def signals(lake: Lake) -> dict[int, Any]:
    """language and sentiment by row of raw, after a check of the contract and of the reviews."""
    found = signals_table(lake).scan().collect()
    ReviewSignals.validate(found)
    assert sorted(found["raw_seq"]) == sorted(curated(lake).scan().collect()["raw_seq"])
    return {row["raw_seq"]: (row["language"], row["sentiment"]) for row in found.iter_rows(named=True)}


def test_new_reviews_are_scored_and_gone_ones_taken_out(lake: Lake) -> None:
    assert score_reviews(lake, ENGINE) == Scored()
    publish(lake, dict(enumerate(TEXTS[:3])))
    assert score_reviews(lake, ENGINE) == Scored(3, 1)
    assert score_reviews(lake, ENGINE) == Scored()
    publish(lake, {3: TEXTS[3], 4: TEXTS[4]})
    assert score_reviews(lake, ENGINE) == Scored(2, 1)
    before = signals(lake)
    assert [language for language, _ in before.values()].count("en") == 2
    # Row 1 was superseded by row 5; rows 0 to 2 were written anew into one file with it.
    publish(lake, {0: TEXTS[0], 2: TEXTS[2], 3: TEXTS[3], 4: TEXTS[4], 5: TEXTS[5]}, replacing=True)
    assert score_reviews(lake, ENGINE) == Scored(1, 1, removed=1)
    after = signals(lake)
    assert {seq: after[seq] for seq in (0, 2, 3, 4)} == {seq: before[seq] for seq in (0, 2, 3, 4)}
    assert after[5][1] < 0 < after[4][1]


def test_a_compaction_of_either_table_scores_nothing_anew(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lake_upkeep, "SMALL_FILES", 2)
    for seq, text in enumerate(TEXTS):
        publish(lake, {seq: text})
        score_reviews(lake, ENGINE)
    before = signals(lake)
    assert all(lake_upkeep.tidy(table).compacted == len(TEXTS) for table in (curated(lake), signals_table(lake)))
    assert score_reviews(lake, ENGINE) == Scored()
    assert signals(lake) == before
    publish(lake, {len(TEXTS): "boring"})
    assert score_reviews(lake, ENGINE).rows == 1
    publish(lake, {0: TEXTS[0]}, replacing=True)
    assert score_reviews(lake, ENGINE) == Scored(0, 0, removed=len(TEXTS))
    assert signals(lake) == {0: before[0]}


def test_other_rules_other_lexicons_and_reviews_made_anew_are_scored_anew(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(lake, dict(enumerate(TEXTS)), rebuilt=1)
    assert score_reviews(lake, ENGINE).rows == len(TEXTS)
    monkeypatch.setattr(step, "signals_version", lambda: 1)
    assert score_reviews(lake, ENGINE) == Scored(len(TEXTS), 1)
    assert score_reviews(lake, ENGINE, rebuild=True).rows == len(TEXTS)
    # The same rows of raw say something else by the cleaning rules of today.
    publish(lake, dict.fromkeys(range(len(TEXTS)), "horrible"), replacing=True, rebuilt=2)
    assert score_reviews(lake, ENGINE).rows == len(TEXTS)
    assert {index < 0 for _, index in signals(lake).values()} == {True}
    assert len(signals_table(lake).parts(signals_table(lake).open())) == 1


class KilledError(Exception):
    """The process ends here."""


def test_a_scoring_that_was_cut_off_is_as_if_it_had_not_begun(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(lake, {0: TEXTS[0]})
    score_reviews(lake, ENGINE)
    publish(lake, {1: TEXTS[1], 2: TEXTS[2]}, replacing=True)
    publish(lake, {3: TEXTS[4]})

    def cut(after: int) -> Iterator[None]:
        for _ in range(after):
            yield
        raise KilledError

    for writes in range(4):
        left, write = cut(writes), LakeTable.write_part

        def counted(self: LakeTable, *args: Any, left: Iterator[None] = left, write: Any = write) -> Any:
            next(left)
            return write(self, *args)

        def published(self: LakeTable, *args: Any, **more: Any) -> None:
            raise KilledError

        with monkeypatch.context() as patch:
            patch.setattr(LakeTable, "write_part", counted)
            patch.setattr(LakeTable, "publish", published)
            with pytest.raises(KilledError):
                score_reviews(lake, ENGINE)
        assert signals_table(lake).scan().collect()["raw_seq"].to_list() == [0]
    assert score_reviews(lake, ENGINE) == Scored(3, 2, removed=1)
    assert len(signals(lake)) == 3
